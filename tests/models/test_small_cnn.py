"""The small networks: shapes, names that can be cut, random weights of the right size, and that they learn."""

import pytest
import torch
from torch import nn

from reflop.models import initial, small_cnn


@pytest.mark.parametrize("name", small_cnn.SIZES)
def test_logits_and_children(name: str) -> None:
    size = small_cnn.SIZES[name]
    module = small_cnn.build(name, n_classes=5)
    assert module(torch.randn(3, size.channels, size.pixels, size.pixels)).shape == (3, 5)
    blocks = [f"block{i}" for i in range(1, len(size.widths) + 1)]
    assert [child for child, _ in module.named_children()] == ["stem", *blocks, "pool", "flat", "head"]


def test_residual_adds_its_input() -> None:
    unit = small_cnn.Residual(4, 4).eval()
    with torch.no_grad():
        unit.second.norm.weight.zero_()  # f(x) = 0
        x = torch.randn(2, 4, 5, 5)
        assert torch.equal(unit(x), x.relu())


def test_a_shortcut_takes_every_second_pixel() -> None:
    unit = small_cnn.Residual(2, 2, stride=2).eval()
    with torch.no_grad():
        unit.second.norm.weight.zero_()
        unit.shortcut[0].weight.copy_(torch.eye(2)[:, :, None, None])
        x = torch.rand(1, 2, 6, 6)
        torch.testing.assert_close(unit(x), x[:, :, ::2, ::2] / (1 + 1e-5) ** 0.5)


def test_first_weights_keep_the_size_of_what_goes_through() -> None:
    """Variance 2 / (9 C_out) of a kernel (He et al. 2015, equation 10, fan out); within 5 standard errors."""
    layer = nn.Sequential(nn.Conv2d(16, 64, 3))
    initial.fill(layer, torch.Generator().manual_seed(0))
    expected, n = 2 / (9 * 64), layer[0].weight.numel()
    assert layer[0].weight.var().item() == pytest.approx(expected, rel=5 * (2 / n) ** 0.5)
    assert layer[0].bias.abs().max() == 0


def test_first_weights_of_an_unknown_layer_are_not_left_to_chance() -> None:
    with pytest.raises(TypeError, match="LayerNorm"):
        initial.fill(nn.Sequential(nn.LayerNorm(3)), torch.Generator())
