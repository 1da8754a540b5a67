"""The names other code may rely on: importable where promised, with the promised leading parameters."""

from inspect import signature

import pytest
import torch

from reflop.measure import counting
from reflop.systems import optical

OPTICAL = {
    "features": ["bits", "n_components", "engine", "seed", "power", "camera"],
    "kernel": ["x", "y", "power"],
    "encode": ["name", "x", "options"],
    "decode": ["name", "y", "options"],
}


@pytest.mark.parametrize("name", OPTICAL)
def test_optical(name):
    asked = list(signature(getattr(optical, name)).parameters)
    assert asked[: len(OPTICAL[name])] == OPTICAL[name]


def test_an_encoder_and_its_decoder_meet_under_these_names():
    bits = optical.encode(
        "float32_bits", torch.tensor([[1.0, 2.0]]), sign_bit=False, exp_bits=8, mantissa_bits=0
    )
    assert bits.shape == (8, 2)
    assert optical.decode("mixing", bits, n_bits=8).shape == (1, 2)


def test_counting():
    layer = torch.nn.Linear(3, 5)
    assert (counting.macs(layer, torch.zeros(1, 3)), counting.params(layer)) == (15, 20)
