"""Fault 31: grey, palette, CMYK, RGBA, 1-bit, 16-bit and turned pictures all give three 8-bit channels, upright."""

import io

import numpy as np
import pytest
from PIL import Image

from reflop.data.pictures import ORIENTATION, read

RAMP = np.tile(np.arange(0, 256, 5, dtype=np.uint8), (20, 1))  # (20, 52)


def kinds() -> dict[str, tuple[Image.Image, str]]:
    grey = Image.fromarray(RAMP)
    return {
        "grey": (grey, "PNG"),
        "palette": (grey.convert("P"), "PNG"),
        "rgba": (grey.convert("RGBA"), "PNG"),
        "grey and alpha": (grey.convert("LA"), "PNG"),
        "cmyk": (grey.convert("RGB").convert("CMYK"), "TIFF"),
        "16-bit": (Image.fromarray(RAMP.astype(np.uint16) * 257), "PNG"),
        "16-bit, other file": (Image.fromarray(RAMP.astype(np.uint16) * 257), "TIFF"),
        "colour": (grey.convert("RGB"), "BMP"),
    }


@pytest.mark.parametrize("kind", kinds())
def test_fault_31_three_channels_of_eight_bits(kind: str) -> None:
    picture, name = kinds()[kind]
    file = io.BytesIO()
    picture.save(file, name)
    found = read(file.getvalue())
    assert (found.dtype, found.shape) == (np.uint8, (20, 52, 3))
    assert np.array_equal(found, np.repeat(RAMP[:, :, None], 3, axis=2))


def test_fault_31_one_bit() -> None:
    file = io.BytesIO()
    Image.fromarray(RAMP > 127).save(file, "PNG")
    assert np.array_equal(read(file.getvalue())[..., 0], np.where(RAMP > 127, 255, 0))


def test_fault_31_turned() -> None:
    file, exif = io.BytesIO(), Image.Exif()
    exif[ORIENTATION] = 6  # the camera was turned left: the picture has to be turned right
    Image.fromarray(RAMP).save(file, "PNG", exif=exif)
    assert np.array_equal(read(file.getvalue())[..., 0], np.rot90(RAMP, -1))
