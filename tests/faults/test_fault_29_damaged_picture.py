"""Fault 29: a truncated or empty picture, or text with a picture's ending, is named by file and position."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFile

from reflop.data.image_folders import Item
from reflop.data.picture_batches import batches
from reflop.data.pictures import open_picture
from reflop.errors import BadFile
from tests.data.pictures_made import write_picture

PIXELS = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", "PPM"])
@pytest.mark.parametrize("kept", [0.9, 0.5, 0.01])
def test_fault_29_truncated_picture(kind: str, kept: float) -> None:
    file = io.BytesIO()
    Image.fromarray(PIXELS).save(file, kind)
    with pytest.raises(BadFile, match=r"picture 7: expected a whole picture .*bytes"):
        open_picture(file.getvalue()[: int(kept * len(file.getvalue()))], index=7)


@pytest.mark.parametrize("content", [b"", b"\xff", b"not a picture\n" * 100, bytes(4096)])
def test_fault_29_empty_file_and_text(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(content)
    with pytest.raises(BadFile, match=r"picture 3, .*a\.jpg"):
        open_picture(path, index=3)


def test_fault_29_missing_file_and_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "none.jpg", tmp_path):
        with pytest.raises(BadFile, match="expected a picture file, found none"):
            open_picture(path)


def test_fault_29_damaged_bytes_inside_never_escape_the_family() -> None:
    """Whatever the decoder raises on flipped bytes, the caller sees a picture or BadFile."""
    rng, seen = np.random.default_rng(1), set()
    for kind in ("JPEG", "PNG", "GIF", "TIFF", "WEBP"):
        file = io.BytesIO()
        Image.fromarray(PIXELS[:16, :16]).save(file, kind)
        for _ in range(60):
            content = bytearray(file.getvalue())
            for place in rng.integers(0, min(len(content), 300), 3):
                content[place] = rng.integers(0, 256)
            try:
                seen.add(open_picture(bytes(content)).mode)
            except BadFile:
                seen.add("refused")
    assert seen == {"RGB", "refused"}


def test_fault_29_stream_stops_unless_asked_to_count(tmp_path: Path) -> None:
    items: list[Item] = [(write_picture(tmp_path / f"{i}.jpg", i), i) for i in range(4)]
    items[2][0].write_text("text named .jpg")
    with pytest.raises(BadFile, match=r"picture 2, .*2\.jpg"):
        list(batches(items, (4, 4)))
    skipped: list[BadFile] = []
    assert sum(len(labels) for _, labels in batches(items, (4, 4), skipped=skipped)) == 3
    assert len(skipped) == 1


def test_fault_29_loading_of_truncated_pictures_stays_off() -> None:
    assert not ImageFile.LOAD_TRUNCATED_IMAGES
