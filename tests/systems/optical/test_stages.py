"""Through the optics: every encoder meets its decoder, what is learnt is learnt on the training rows."""

import pytest
import torch

from reflop.errors import BadParams
from reflop.systems.optical import features
from reflop.systems.optical.encoders import encode
from reflop.systems.optical.stages import Optics, through


@pytest.fixture
def rows():
    generator = torch.Generator().manual_seed(2)
    return torch.randn((12, 9), generator=generator), torch.randn((4, 9), generator=generator)


def test_is_encode_then_project(rows):
    train, test = rows
    passed = through(train, test, Optics(40), seed=3)
    assert torch.equal(passed.train, features(encode("positive", train), 40, seed=3))
    assert passed.test.shape == (4, 40)
    assert set(passed.seconds) == {"encode", "project", "decode"}


def test_the_test_rows_change_nothing_for_the_training_rows(rows):
    train, test = rows
    optics = Optics(40, "multi_threshold", {"thresholds": "quantiles", "n_bins": 4}, camera_bits=8)
    assert torch.equal(through(train, test, optics, 0).train, through(train, test * 100, optics, 0).train)


@pytest.mark.parametrize("decoder", ["mixing", "concatenating"])
def test_several_rows_per_sample_need_a_decoder(rows, decoder):
    train, test = rows
    one_bit = Optics(20, "float32_bits", {"sign_bit": False, "exp_bits": 2, "mantissa_bits": 1})
    with pytest.raises(BadParams, match="decoder behind float32_bits"):
        through(train, test, one_bit, 0)
    whole = Optics(20, one_bit.encoder, one_bit.options, decoder, {"n_bits": 3})
    assert through(train, test, whole, 0).train.shape == (12, 20 if decoder == "mixing" else 60)


def test_constant_bit_columns_are_counted_and_harmless(rows):
    train, test = rows
    train[:, :2] = 5.0
    passed = through(train, test, Optics(30), 0)
    assert passed.constant_bits == 2
    assert bool(torch.isfinite(passed.train).all())
