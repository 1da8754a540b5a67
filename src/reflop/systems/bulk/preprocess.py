"""A picture file as the pixels a network takes: bytes (P, P, 3), ready for the device.

"imagenet"  the shorter side resized to floor(P / 0.875), bilinear with antialiasing, then the centre P x P: what the
            published accuracies were measured with (256 and 224 for P = 224)
"crop"      the centre P x P of the picture as it is, smaller ones on black: what the original benchmark did

Ordinary JPEG files take OpenCV's decoder where it is installed, and torch's resizing, which are faster; everything
else (CMYK, 16 bit, palettes, turned pictures, other formats, anything odd) goes through `reflop.data.pictures`, which
also names what is wrong with a file. The two ways differ by at most one grey level.
"""

from __future__ import annotations

import io
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from reflop.data import pictures
from reflop.errors import BadFile

How = Literal["imagenet", "crop"]
KEPT = 0.875  # share of the resized shorter side that the crop keeps
FILE_LIMIT_BYTES = 2**28
OPENCV = find_spec("cv2") is not None


def read(path: Path, pixels: int = 224, how: How = "imagenet") -> Tensor:
    """The picture as uint8 (pixels, pixels, 3), red, green, blue.

    Raises:
        BadFile: as `reflop.data.pictures.open_picture`.
    """
    content = _content(path)
    return _fast(content, pixels, how) if _is_plain(content) else by_pillow(content, pixels, how)


def _content(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > FILE_LIMIT_BYTES:
            found = f"{size:,}"
            raise BadFile(what="picture", expected=f"at most {FILE_LIMIT_BYTES:,} bytes", found=found)
        return path.read_bytes()
    except OSError as error:
        if isinstance(error, BadFile):
            raise
        raise BadFile(what="picture", expected="a readable file", found=str(error.strerror)) from None


def _is_plain(content: bytes) -> bool:
    """A JPEG of three colours, of usual size, whole at its end, that no camera held otherwise; from its header."""
    if not (OPENCV and content.startswith(b"\xff\xd8") and content.endswith(b"\xff\xd9")):
        return False  # OpenCV would fill what is cut off with grey
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG",)) as picture:
            small = picture.width * picture.height <= pictures.PIXEL_LIMIT
            return small and picture.mode == "RGB" and "exif" not in picture.info
    except Exception:  # on damaged bytes a decoder raises almost anything; the other way names it
        return False


def _fast(content: bytes, pixels: int, how: How) -> Tensor:
    import cv2

    decoded: Any = cv2.imdecode(
        np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
    )
    if decoded is None:
        return by_pillow(content, pixels, how)
    if how == "crop":
        return torch.from_numpy(_centre(decoded, pixels))
    height, width, top, left = _geometry(decoded.shape[0], decoded.shape[1], pixels)
    picture = torch.from_numpy(decoded).permute(2, 0, 1)[None]  # (1, 3, H, W), channels_last
    resized = torch.nn.functional.interpolate(picture, size=(height, width), mode="bilinear", antialias=True)
    return resized[0, :, top : top + pixels, left : left + pixels].permute(1, 2, 0)


def by_pillow(content: bytes, pixels: int = 224, how: How = "imagenet") -> Tensor:
    """The pixels of a picture file in any state, or what is wrong with it; the reference of the fast way."""
    picture = pictures.open_picture(content)
    if how == "imagenet":
        height, width, top, left = _geometry(picture.height, picture.width, pixels)
        resized = pictures.resize(picture, height, width)
        picture = resized.crop((left, top, left + pixels, top + pixels))
        return torch.from_numpy(np.array(picture))
    return torch.from_numpy(_centre(np.asarray(picture), pixels))


def _geometry(height: int, width: int, pixels: int) -> tuple[int, int, int, int]:
    """Height and width after resizing, top and left of the crop.

    >>> _geometry(480, 640, 224), _geometry(640, 480, 224)
    ((256, 341, 16, 58), (341, 256, 58, 16))
    """
    short = int(pixels / KEPT)
    scaled = [short, int(short * max(height, width) / min(height, width))]
    tall, wide = scaled if height <= width else scaled[::-1]
    return tall, wide, round((tall - pixels) / 2), round((wide - pixels) / 2)


def _centre(picture: NDArray[np.uint8], pixels: int) -> NDArray[np.uint8]:
    """The centre of (H, W, 3) as (pixels, pixels, 3); what is missing at the sides is black."""
    out = np.zeros((pixels, pixels, 3), dtype=np.uint8)
    places = []
    for size in picture.shape[:2]:
        taken, gap = max((size - pixels) // 2, 0), max((pixels - size) // 2, 0)
        length = min(size, pixels)
        places.append((slice(gap, gap + length), slice(taken, taken + length)))
    (to_row, row), (to_column, column) = places
    out[to_row, to_column] = picture[row, column]
    return out
