"""Every kind of picture file gives three 8-bit channels, upright; values worked out by hand."""

import io
import os
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from reflop.data import pictures
from reflop.errors import BadFile

CORNERS = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [9, 9, 9]], [[1, 2, 3], [4, 5, 6]]], np.uint8)


def encoded(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def test_a_file_and_its_bytes_are_the_same(tmp_path: Path) -> None:
    content = encoded(Image.fromarray(CORNERS))
    (tmp_path / "a.png").write_bytes(content)
    assert np.array_equal(pictures.read(content), CORNERS)
    assert np.array_equal(pictures.read(tmp_path / "a.png"), CORNERS)
    assert pictures.open_picture(content).mode == "RGB"


@pytest.mark.parametrize(
    ("orientation", "expected"),
    [
        (1, CORNERS),
        (2, CORNERS[:, ::-1]),
        (3, CORNERS[::-1, ::-1]),
        (4, CORNERS[::-1]),
        (5, CORNERS.transpose(1, 0, 2)),
        (6, np.rot90(CORNERS, -1)),
        (7, np.rot90(CORNERS.transpose(1, 0, 2), 2)),
        (8, np.rot90(CORNERS)),
        (99, CORNERS),
    ],
)
def test_the_turn_a_camera_noted_is_applied(orientation: int, expected: np.ndarray) -> None:
    exif = Image.Exif()
    exif[pictures.ORIENTATION] = orientation
    assert np.array_equal(pictures.read(encoded(Image.fromarray(CORNERS), exif=exif)), expected)


def test_the_turns_are_those_of_pillow() -> None:
    from PIL import ImageOps

    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[pictures.ORIENTATION] = orientation
        content = encoded(Image.fromarray(CORNERS), exif=exif)
        turned = ImageOps.exif_transpose(Image.open(io.BytesIO(content)))
        assert np.array_equal(pictures.read(content), np.asarray(turned))


def test_a_damaged_note_is_no_turn() -> None:
    content = encoded(Image.fromarray(CORNERS), exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff\x12\x01")
    assert np.array_equal(pictures.read(content), CORNERS)


def test_bytes_without_colour_get_three_channels() -> None:
    grey = Image.fromarray(np.array([[0, 7, 255]], np.uint8))
    assert pictures.read(encoded(grey)).tolist() == [[[0] * 3, [7] * 3, [255] * 3]]
    assert pictures.read(encoded(grey.convert("1", dither=Image.Dither.NONE)))[0, :, 0].tolist() == [
        0,
        0,
        255,
    ]


def test_palette_is_looked_up() -> None:
    indexed = Image.fromarray(np.array([[1, 0]], np.uint8)).convert("P")
    indexed.putpalette([10, 20, 30, 40, 50, 60])
    assert pictures.read(encoded(indexed)).tolist() == [[[40, 50, 60], [10, 20, 30]]]


def test_cmyk_becomes_light() -> None:
    inks = Image.fromarray(np.array([[[0, 0, 0, 0], [0, 0, 0, 255], [255, 0, 0, 0]]], np.uint8), "CMYK")
    assert pictures.read(encoded(inks, "TIFF")).tolist() == [[[255] * 3, [0] * 3, [0, 255, 255]]]
    assert pictures.read(encoded(inks, "JPEG")).shape == (1, 3, 3)


def test_transparent_pixels_lie_on_white() -> None:
    clear, half, full = [200, 0, 0, 0], [0, 0, 0, 127], [1, 2, 3, 255]
    rgba = Image.fromarray(np.array([[clear, half, full]], np.uint8))
    assert pictures.read(encoded(rgba)).tolist() == [[[255] * 3, [128] * 3, [1, 2, 3]]]
    indexed = Image.fromarray(np.array([[1, 0]], np.uint8)).convert("P")
    indexed.putpalette([10, 20, 30, 40, 50, 60])
    assert pictures.read(encoded(indexed, transparency=1)).tolist() == [[[255] * 3, [10, 20, 30]]]
    grey = Image.merge("LA", [Image.new("L", (1, 1), 0), Image.new("L", (1, 1), 0)])
    assert pictures.read(encoded(grey)).tolist() == [[[255] * 3]]


def test_16_bits_are_scaled_and_not_cut_off() -> None:
    deep = Image.fromarray(np.array([[0, 257, 300, 32896, 65535]], np.uint16))
    for kind in ("PNG", "TIFF"):
        assert pictures.read(encoded(deep, kind))[0, :, 0].tolist() == [0, 1, 1, 128, 255]
    pgm = b"P5 2 1 1023\n" + np.array([1023, 512], ">u2").tobytes()  # Pillow brings 10 bits to 16
    assert pictures.read(pgm)[0, :, 0].tolist() == [255, 128]


def test_numbers_without_a_white_are_refused() -> None:
    wide = Image.fromarray(np.array([[0, 70_000]], np.int32))
    with pytest.raises(BadFile, match="at most 16 bits, found 0 to 70,000"):
        pictures.open_picture(encoded(wide, "TIFF"))
    with pytest.raises(BadFile, match="whole numbers"):
        pictures.open_picture(encoded(Image.fromarray(np.array([[0.5]], np.float32)), "TIFF"))


def test_the_first_frame_of_an_animation() -> None:
    frames = [Image.new("RGB", (2, 2), colour) for colour in ("red", "blue")]
    content = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert pictures.read(content)[0, 0].tolist() == [255, 0, 0]


def test_pictures_are_not_programs() -> None:
    postscript = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\nshowpage\n"
    with pytest.raises(BadFile, match="UnidentifiedImageError"):
        pictures.open_picture(postscript)


def test_resize_is_the_one_of_torchvision() -> None:
    from torchvision.transforms import v2

    rng = np.random.default_rng(0)
    for shape, size in (((50, 81, 3), (32, 32)), ((20, 10, 3), (31, 7)), ((224, 300, 3), (224, 224))):
        picture = Image.fromarray(rng.integers(0, 256, shape, np.uint8))
        expected = v2.Resize(size)(picture)
        assert np.array_equal(np.asarray(pictures.resize(picture, *size)), np.asarray(expected))
        assert pictures.read(encoded(picture), size).shape == (*size, 3)


def test_warnings_are_left_as_they_were() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        before = list(warnings.filters)
        pictures.open_picture(encoded(Image.fromarray(CORNERS)))
        assert warnings.filters == before


def test_real_photographs_are_what_pillow_shows() -> None:
    samples = os.environ.get("REFLOP_SAMPLES")
    if not samples:
        pytest.skip("REFLOP_SAMPLES is not set: no real pictures here")
    with zipfile.ZipFile(Path(samples) / "imagenet_samples_256.zip") as archive:
        for name in archive.namelist()[::16]:
            content = archive.read(name)
            shown = Image.open(io.BytesIO(content)).convert("RGB")
            assert np.array_equal(pictures.read(content), np.asarray(shown))
            small = np.asarray(shown.resize((224, 224), Image.Resampling.BILINEAR))
            assert np.array_equal(pictures.read(content, (224, 224)), small)
