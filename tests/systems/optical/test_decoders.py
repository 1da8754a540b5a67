"""Decoders: weights by hand, and the round trip through a linear map."""

import pytest
import torch

from reflop.errors import BadParams
from reflop.systems.optical.decoders import decode
from reflop.systems.optical.encoders import encode, learn


def test_mixing_by_hand_in_both_orders():
    y = torch.tensor([[8.0, 0.0], [4.0, 2.0], [1.0, 1.0], [2.0, 4.0]], dtype=torch.float64).to(torch.uint8)
    assert decode("mixing", y, n_bits=2).tolist() == [[10.0, 1.0], [2.0, 3.0]]
    assert decode("mixing", y, n_bits=2, order="lsb").tolist() == [[8.0, 2.0], [2.5, 4.5]]


def test_one_bit_is_a_plain_cast():
    y = torch.randint(0, 256, (5, 3), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    assert torch.equal(decode("mixing", y), decode("none", y))


def test_concatenating_keeps_every_plane():
    y = torch.tensor([[8.0], [4.0]])
    assert decode("concatenating", y, n_bits=2).tolist() == [[8.0, 2.0]]


@pytest.mark.parametrize("shift", [-2.0, 0.0, 2.0])  # negative only, both signs, positive only
def test_separated_planes_give_back_a_linear_map(shift):
    generator = torch.Generator().manual_seed(3)
    x = torch.rand((6, 50), generator=generator) * 2 - 1 + shift
    matrix = torch.randn((50, 20), generator=generator)
    magnitudes = learn("separated_bit_plane", x)
    bits = encode("separated_bit_plane", x, precision=8, **magnitudes)
    decoded = decode("separated_bit_plane", bits.float() @ matrix, precision=8, **magnitudes)
    exact = x @ matrix
    assert float((decoded - exact).norm() / exact.norm()) < 0.01


@pytest.mark.parametrize(
    ("name", "options", "told"),
    [("mixin", {}, "mixing"), ("mixing", {"n_bits": 2}, "multiple of n_bits = 2"), ("none", {"n_bits": 2}, "n_bits"),
     ("separated_bit_plane", {"magnitude_n": 1.0}, "multiple of 2")],
)  # fmt: skip
def test_refused(name, options, told):
    with pytest.raises(BadParams, match=told):
        decode(name, torch.ones(3, 2), **options)
