"""Open a picture from anywhere: three 8-bit channels, upright, or one error that names it.

Every kind of file comes out the same way, so that a network never sees a channel or a turn it was not trained on:

- the turn that a camera noted (EXIF orientation) is applied; a note that cannot be read is no turn
- grey, palette and 1-bit pictures get three channels; CMYK and the like are converted
- transparent pixels are laid on white, as a page shows them: what an invisible pixel hides must not count
- 16-bit values are scaled (v * 255 / 65535), never cut off; 32-bit and floating-point pictures are refused
- of an animation, the first frame

A file whose header is whole and whose pixels are not is an error, never a picture with grey in its lower half.
"""

from __future__ import annotations

import io
import re
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from reflop.errors import BadFile

# Plain pictures only: readers of other formats (PostScript, icons, fonts) run or unpack more than pixels.
FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
PIXEL_LIMIT = 64_000_000
ORIENTATION = 0x0112  # EXIF tag
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_warnings = threading.Lock()  # their filters belong to the whole process, and pictures are opened by threads


def open_picture(
    source: Path | bytes, *, index: int | None = None, pixel_limit: int = PIXEL_LIMIT
) -> Image.Image:
    """The picture of a file or of its bytes, in mode RGB and upright; `index` only serves the error.

    Raises:
        BadFile: missing, empty, truncated, not a picture of a known format, or of more than `pixel_limit` pixels,
            which the header tells before anything is decoded.
    """
    where = "picture" if index is None else f"picture {index}"
    if isinstance(source, Path):
        where = f"{where}, {source}"
        if not source.is_file():
            raise BadFile(what=where, expected="a picture file", found="none")
    try:
        with _quiet():
            picture = Image.open(io.BytesIO(source) if isinstance(source, bytes) else source, formats=FORMATS)
        with picture:
            if (pixels := picture.width * picture.height) > pixel_limit:
                raise _too_large(where, pixel_limit, pixels)
            picture.load()  # finds out what is truncated
            rgb = _rgb(picture, where)
            turn = TURNS.get(_orientation(picture))
        return rgb if turn is None else rgb.transpose(turn)
    except (BadFile, MemoryError):
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:  # far above any limit
        raise _too_large(where, pixel_limit, int(re.findall(r"\d+", str(error))[0])) from None
    except Exception as error:  # on damaged bytes a decoder raises almost anything
        size = len(source) if isinstance(source, bytes) else source.stat().st_size
        found = f"{size:,} bytes, {type(error).__name__}"
        raise BadFile(what=where, expected=f"a whole picture ({', '.join(FORMATS)})", found=found) from None


def read(
    source: Path | bytes,
    size: tuple[int, int] | None = None,
    *,
    index: int | None = None,
    pixel_limit: int = PIXEL_LIMIT,
) -> NDArray[np.uint8]:
    """The pixels of a picture, resized to `size` (height, width) if given: (H, W, 3), red, green, blue.

    Raises:
        BadFile: as `open_picture`.
    """
    picture = open_picture(source, index=index, pixel_limit=pixel_limit)
    return np.array(picture if size is None else resize(picture, *size))


def resize(picture: Image.Image, height: int, width: int) -> Image.Image:
    """Exactly height x width, whatever the shape was: bilinear with antialiasing, as torchvision's Resize((h, w)).

    >>> resize(Image.new("RGB", (640, 480)), 224, 224).size
    (224, 224)
    """
    return picture.resize((width, height), Image.Resampling.BILINEAR)


def _rgb(picture: Image.Image, where: str) -> Image.Image:
    """Three 8-bit channels of a decoded picture."""
    if picture.mode[0] == "I":
        picture = _scaled(picture, where)
    elif picture.mode == "F":
        raise BadFile(
            what=where, expected="whole numbers", found="floating-point pixels without a known white"
        )
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    coloured = picture.convert("RGBA")
    white = Image.new("RGBA", coloured.size, "white")
    return Image.alpha_composite(white, coloured).convert("RGB")


def _scaled(picture: Image.Image, where: str) -> Image.Image:
    """A grey picture of 16-bit values as one of 8 bits; Pillow's own conversion would cut them off at 255."""
    values = np.asarray(picture).astype(np.int64)
    if values.min() < 0 or values.max() > 65535:
        found = f"{values.min():,} to {values.max():,}"
        raise BadFile(what=where, expected="values of at most 16 bits", found=found)
    return Image.fromarray(((values * 255 + 32767) // 65535).astype(np.uint8))


def _orientation(picture: Image.Image) -> int:
    """How the camera was held, 1 to 8; 1 (upright) where nothing legible says so."""
    try:
        with _quiet():
            return int(picture.getexif().get(ORIENTATION, 1))
    except Exception:  # the note is damaged, the pixels are not
        return 1


@contextmanager
def _quiet() -> Iterator[None]:
    """Odd metadata is no reason to speak; a picture that may fill the memory is one to stop."""
    with _warnings, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def _too_large(where: str, limit: int, pixels: int) -> BadFile:
    return BadFile(what=where, expected=f"at most {limit:,} pixels", found=f"{pixels:,}")
