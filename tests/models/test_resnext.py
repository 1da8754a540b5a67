"""ResNeXt: counts of the publication, both layouts of published weights, and refusals that name the tensor."""

import pytest
import torch
from safetensors.torch import save_file

from reflop.errors import BadFile, BadParams
from reflop.measure import counting
from reflop.models import resnext

# torchvision's published parameters; 32x4d at depth 101 and its products as counted for the bulk-inference source
PARAMETERS = {
    "resnext50_32x4d": 25_028_904,
    "resnext101_32x4d": 44_177_704,
    "resnext101_32x8d": 88_791_336,
    "resnext101_64x4d": 83_455_272,
    "resnext_small": 2_837_800,
}
GIGA_MACS = {  # torchvision's metadata, two decimals
    "resnext50_32x4d": 4.23,
    "resnext101_32x8d": 16.41,
    "resnext101_64x4d": 15.46,
}
EXACT_MACS = {
    "resnext101_32x4d": 7_969_996_800,
    # by hand: stem 32 x 32, a unit at 16 x 16, two that halve the side and double the width (equal), 1000 classes
    "resnext_small": 147 * 64 * 32**2
    + (64 * 128 + 4 * 9 * 128 + 128 * 256 + 64 * 256) * 16**2
    + 2 * (256 * 256 * 16**2 + (8 * 9 * 256 + 256 * 512 + 256 * 512) * 8**2)
    + 1024 * 1000,
}


@pytest.mark.parametrize("name", resnext.SIZES)
def test_parameters(name):
    assert counting.params(resnext.build(name, device="meta")) == PARAMETERS[name]


@pytest.mark.parametrize("name", resnext.SIZES)
def test_products(name):
    pixels = resnext.SIZES[name].pixels
    macs = counting.macs(resnext.build(name, device="meta"), torch.zeros(1, 3, pixels, pixels, device="meta"))
    if name in EXACT_MACS:
        assert macs == EXACT_MACS[name]
    else:
        assert macs / 1e9 == pytest.approx(GIGA_MACS[name], abs=0.006)


def test_one_grouped_convolution_by_hand():
    """Inner width int(64 x 4 / 64) x 32 = 128 in 32 groups: each output channel sees 4 inputs."""
    conv = resnext.build("resnext50_32x4d", device="meta").layer1[0].conv2
    assert (conv.in_channels, conv.out_channels, conv.groups) == (128, 128, 32)
    assert conv.weight.shape == (128, 4, 3, 3)


def test_unknown_name():
    with pytest.raises(BadParams, match="resnext101_32x4d"):
        resnext.build("resnext101_32x4")


def cadene(tensors):
    """The same weights as Cadene's port names them, written the other way round and without counters."""
    inverse = {new: old for old, new in resnext.PLACES.items()}
    own = {"conv1": "features.0", "bn1": "features.1", "fc": "last_linear"}
    found = {}
    for name, tensor in tensors.items():
        stage, *rest, kind = name.split(".")
        if stage.startswith("layer"):
            place = f"features.{int(stage[-1]) + 3}.{rest[0]}.{inverse['.'.join(rest[1:])]}"
        else:
            place = own[stage]
        if kind != "num_batches_tracked":
            found[f"{place}.{kind}"] = tensor
    return found


def test_both_layouts_of_weights_give_the_same_network(tmp_path):
    source = resnext.build("resnext50_32x4d", 10, seed=1)
    save_file(source.state_dict(), tmp_path / "own.safetensors")
    torch.save(cadene(source.state_dict()), tmp_path / "cadene.pth")
    x = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        expected = source(x)
        for name in ("own.safetensors", "cadene.pth"):
            read = resnext.build("resnext50_32x4d", 10, weights=tmp_path / name)
            assert torch.equal(read(x), expected)


def test_weights_of_another_width_are_refused(tmp_path):
    torch.save(resnext.build("resnext50_32x4d", 10).state_dict(), tmp_path / "ten.pth")
    with pytest.raises(BadFile, match=r"fc\.weight"):
        resnext.build("resnext50_32x4d", 1000, weights=tmp_path / "ten.pth")
