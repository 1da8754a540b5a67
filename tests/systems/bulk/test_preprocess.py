"""Pixels of a file: the published chain, the original's crop, and both decoders alike."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from reflop.data import embedded
from reflop.errors import BadFile
from reflop.systems.bulk import preprocess


@pytest.fixture(scope="module")
def photograph():
    return Image.open(embedded.files("photographs")[0]).convert("RGB")


def saved(picture, path, **options):
    picture.save(path, **options)
    return path


@pytest.mark.parametrize("size", [(640, 480), (480, 640), (300, 300), (97, 1000), (100, 80)])
@pytest.mark.parametrize("how", ["imagenet", "crop"])
def test_both_decoders_differ_by_at_most_one_level(photograph, tmp_path, size, how):
    path = saved(photograph.resize(size), tmp_path / "a.jpg", quality=90)
    fast = preprocess.read(path, 224, how)
    slow = preprocess.by_pillow(path.read_bytes(), 224, how)
    assert fast.shape == slow.shape == (224, 224, 3)
    assert fast.dtype == slow.dtype == torch.uint8
    assert (fast.int() - slow.int()).abs().max() <= 1


def test_the_published_chain(photograph, tmp_path):
    """Shorter side to 256, centre 224, as torchvision's transforms do it."""
    from torchvision.transforms import v2

    path = saved(photograph, tmp_path / "a.png")
    chain = v2.Compose([v2.Resize(256, antialias=True), v2.CenterCrop(224)])
    expected = np.asarray(chain(photograph)).astype(int)
    assert np.abs(preprocess.read(path, 224).numpy() - expected).max() <= 1


def test_the_original_s_crop_pads_small_pictures_with_black(tmp_path):
    path = saved(Image.new("RGB", (3, 6), "white"), tmp_path / "a.png")
    found = preprocess.read(path, 4, "crop")
    assert found[:, :3].min() == 255
    assert found[:, 3].max() == 0


def test_the_crop_is_central(tmp_path):
    pixels = np.arange(6 * 8 * 3, dtype=np.uint8).reshape(6, 8, 3)
    path = saved(Image.fromarray(pixels), tmp_path / "a.png")
    assert np.array_equal(preprocess.read(path, 4, "crop").numpy(), pixels[1:5, 2:6])


def test_a_turned_picture_comes_upright(photograph, tmp_path):
    notes = Image.Exif()
    notes[0x0112] = 6
    path = saved(photograph, tmp_path / "a.jpg", exif=notes, quality=95)
    upright = saved(photograph.transpose(Image.Transpose.ROTATE_270), tmp_path / "b.png")
    error = (preprocess.read(path).int() - preprocess.read(upright).int()).abs().float().mean()
    assert error < 3


@pytest.mark.parametrize("mode", ["L", "CMYK", "1", "P", "RGBA", "I;16"])
def test_every_kind_of_picture_gives_three_channels(photograph, tmp_path, mode):
    deep = Image.fromarray(np.full((50, 60), 40_000, dtype=np.uint16))
    picture = deep if mode == "I;16" else photograph.convert(mode)
    path = saved(picture, tmp_path / ("a.jpg" if mode in {"L", "CMYK"} else "a.png"))
    assert preprocess.read(path, 32).shape == (32, 32, 3)


@pytest.mark.parametrize("cut", [0, 2, 500, -2])
def test_a_damaged_file_is_named(photograph, tmp_path, cut):
    whole = io.BytesIO()
    photograph.save(whole, "JPEG")
    path = tmp_path / "a.jpg"
    path.write_bytes(whole.getvalue()[:cut])
    with pytest.raises(BadFile, match="picture"):
        preprocess.read(path)


def test_a_file_that_is_gone(tmp_path):
    with pytest.raises(BadFile, match="No such file"):
        preprocess.read(tmp_path / "a.jpg")
