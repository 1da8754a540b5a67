"""Operations and intensity against the original's printed tables and a layer counted by hand."""

import pytest
import torch
from torch import nn

from reflop.errors import BadParams
from reflop.measure import counting as measured
from reflop.systems.folded import build, counting, flops, intensity, networks

# config/model_map.json of the original: FLOPs of one input, at folds 1, 2, 3, 4
PUBLISHED = {
    "lol/goldnumber-int": (16_890_080, 35_033_632, 54_183_172, 75_688_192),
    "apex/squad_count_v2": (7_176_032, 14_838_682, 22_905_844, 31_916_608),
    "noscope_night": (16_400_512, 32_918_948, 51_471_402, 73_924_096),
    "noscope_taipei": (196_160_128, 394_762_860, 597_713_160, 817_921_024),
    "efficientnet-game_sot/coin_count-digits_3_4-v2": (10_128_224, 5_198_192),
}
# what its ai.py prints: FLOP per byte of 1024 images in float16
INTENSITY = {
    "apex/squad_count_v2": ("88.63", "128.36", "160.12", "189.44"),
    "noscope_coral": ("58.70", "82.44", "101.34", "118.75"),
    "efficientnet-game_lol/goldnumber-fraction": (None, "79.24"),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_operations(name: str) -> None:
    assert tuple(flops(name, f, "published") for f in range(1, len(PUBLISHED[name]) + 1)) == PUBLISHED[name]


@pytest.mark.parametrize("name", INTENSITY)
def test_published_intensity(name: str) -> None:
    for f, told in enumerate(INTENSITY[name], 1):
        assert told is None or f"{intensity(name, f):.2f}" == told


def test_a_convolution_by_hand() -> None:
    (layer,) = counting.layers(nn.Conv2d(3, 8, 3), torch.zeros(1, 3, 5, 4))
    assert (layer.macs, layer.bias) == (3 * 2 * 27 * 8, 3 * 2 * 8)
    assert (layer.inputs, layer.outputs, layer.weights) == (60, 48, 216)
    assert layer.intensity(10, 4) == (10 * (2 * 1296 + 48)) / (4 * (216 + 10 * 108))


@pytest.mark.parametrize("f", [1, 3])
def test_worked_example(f: int) -> None:
    """Gold-fraction at folds 1 and 4 as the table of the description has it, and another counter's total."""
    found = [layer.macs for layer in counting.of("lol/goldnumber-fraction", 1)]
    assert found == [988_416, 2_304_000, 2_304_000, 2_304_000, 423_936, 2_904]
    network = build("sot/timer3", f)
    assert flops("sot/timer3", f) == 2 * measured.macs(network, networks.example("sot/timer3", f))


def test_resnet18_per_image() -> None:
    found = [flops("cifar10_resnet18", f) // (2 * f) for f in (1, 2, 3, 4)]
    assert found == [555_422_720, 554_246_088, 552_907_185, 557_197_312]


def test_intensity_rises_no_further_than_its_plateau() -> None:
    plateau = intensity("noscope_coral", 1, 10**9)
    found = [intensity("noscope_coral", 1, batch) for batch in (1, 16, 256, 4096, 65536)]
    assert found == sorted(found)
    assert found[-1] < plateau < intensity("noscope_coral", 4, 4096)


def test_what_cannot_be_counted() -> None:
    with pytest.raises(BadParams, match="macs or published"):
        flops("noscope_coral", 1, "thop")  # type: ignore[arg-type]
    with pytest.raises(BadParams, match="positive"):
        intensity("noscope_coral", 1, 0)
