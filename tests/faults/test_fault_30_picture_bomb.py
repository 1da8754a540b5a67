"""Fault 30: a picture of too many pixels is refused by its header, before it is decoded."""

import struct
import zlib
from pathlib import Path

import pytest

from reflop.data.pictures import open_picture
from reflop.errors import BadFile


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int, height: int) -> bytes:
    """A valid 1-bit PNG of zeros: 14,000 x 14,000 pixels take 24 kB."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    packer = zlib.compressobj(9)
    row = bytes(1 + (width + 7) // 8)
    rows = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [9_500, 14_000])
def test_fault_30_bomb_is_refused(tmp_path: Path, side: int) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(png(side, side))
    with pytest.raises(
        BadFile, match=rf"picture 4, .*bomb\.png: .*64,000,000 pixels, found {side * side:,}$"
    ):
        open_picture(path, index=4)


@pytest.mark.filterwarnings("default::PIL.Image.DecompressionBombWarning")
def test_fault_30_refused_also_where_warnings_are_only_shown(recwarn: pytest.WarningsRecorder) -> None:
    with pytest.raises(BadFile, match="pixels, found 90,250,000"):
        open_picture(png(9_500, 9_500))
    assert not recwarn.list


def test_fault_30_own_limit_and_what_is_below_it() -> None:
    content = png(100, 50)
    assert open_picture(content, pixel_limit=5_000).size == (100, 50)
    with pytest.raises(BadFile, match="at most 4,999 pixels, found 5,000"):
        open_picture(content, pixel_limit=4_999)


def test_fault_30_header_alone_decides() -> None:
    """The pixels are missing: only a refusal before decoding gives this message."""
    with pytest.raises(BadFile, match="64,000,000 pixels"):
        open_picture(png(8_001, 8_000)[:60])
