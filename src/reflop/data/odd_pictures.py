"""One file of every kind that goes wrong in a folder of pictures: damaged, odd in its pixels, odd in its name."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image

from reflop.data import embedded
from reflop.data.pictures import ORIENTATION, PIXEL_LIMIT

SIZE = (320, 240)  # width and height of the readable ones


def write_odd(folder: Path) -> dict[str, str]:
    """Write one of each below `folder`; path relative to it -> "ok" or "error", as `open_picture` finds.

    Readable: grey, CMYK, 16 bits, transparent, held on its side, smaller than a network's input, mixed case and other
    alphabets in the name, one name in two folders. Not readable: empty, cut off, a text, more pixels than the limit.
    """
    photograph = Image.fromarray(embedded.photographs()["flower"]).resize(SIZE)
    plain = _jpeg(photograph)
    good = {
        "grey.jpg": _jpeg(photograph.convert("L")),
        "cmyk.jpg": _jpeg(photograph.convert("CMYK")),
        "sixteen bits.png": _png(
            Image.fromarray(np.asarray(photograph.convert("L")).astype(np.uint16) * 257)
        ),
        "transparent.png": _png(_transparent(photograph)),
        "on its side.jpg": _jpeg(photograph, turned=6),
        "small.jpg": _jpeg(photograph.resize((40, 30))),
        "Mixed Case.JpEg": plain,
        "Blüte 花.jpg": plain,
        "one/same.jpg": plain,
        "two/deeper/same.jpg": plain,
    }
    bad = {
        "empty.jpg": b"",
        "cut off.jpg": plain[: len(plain) // 2],
        "a text.jpg": b"This is not a picture.\n",
        "huge.png": _huge(),
    }
    for name, content in (good | bad).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return dict.fromkeys(good, "ok") | dict.fromkeys(bad, "error")


def _jpeg(picture: Image.Image, turned: int = 1) -> bytes:
    exif = Image.Exif()
    if turned != 1:
        exif[ORIENTATION] = turned
    buffer = io.BytesIO()
    picture.save(buffer, format="JPEG", quality=90, exif=exif)
    return buffer.getvalue()


def _png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG")
    return buffer.getvalue()


def _transparent(picture: Image.Image) -> Image.Image:
    """Less and less to be seen of it from left to right."""
    copy = picture.copy()
    copy.putalpha(Image.linear_gradient("L").rotate(90).resize(copy.size))
    return copy


def _huge() -> bytes:
    """Just over the limit of pixels, one bit each and all the same: 8 kB."""
    side = int(PIXEL_LIMIT**0.5) + 1
    return _png(Image.new("1", (side, side)))
