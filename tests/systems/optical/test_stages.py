"""Through the optics: every encoder meets its decoder, what is learnt is learnt on the training rows."""

import pytest
import torch

from reflop.errors import BadParams
from reflop.systems.optical import features, stages
from reflop.systems.optical.encoders import encode
from reflop.systems.optical.stages import Optics, through


@pytest.fixture
def rows():
    generator = torch.Generator().manual_seed(2)
    return torch.randn((12, 9), generator=generator), torch.randn((4, 9), generator=generator)


def test_is_encode_then_project(rows):
    train, test = rows
    seen, seen_test = through(train, test, Optics(40), seed=3)
    assert torch.equal(seen.whole(), features(encode("positive", train), 40, seed=3))
    assert seen_test.whole().shape == (4, seen.width) == (4, 40)
    assert set(seen.seconds) == {"encode", "project", "decode"}


def test_every_pass_and_batch_size_gives_the_same_features(rows, monkeypatch):
    train, test = rows
    optics = Optics(40, "multi_threshold", {"thresholds": "quantiles", "n_bins": 4}, camera_bits=8)
    whole = through(train, test, optics, 0)[0].whole()
    monkeypatch.setattr(stages, "BATCH", 5)
    small, _ = through(train, test, optics, 0)
    assert [len(batch) for batch in small()] == [5, 5, 2]
    assert torch.equal(small.whole(), whole)


def test_the_test_rows_change_nothing_for_the_training_rows(rows):
    train, test = rows
    optics = Optics(40, "multi_threshold", {"thresholds": "quantiles", "n_bins": 4}, camera_bits=8)
    assert torch.equal(
        through(train, test, optics, 0)[0].whole(), through(train, test * 100, optics, 0)[0].whole()
    )


@pytest.mark.parametrize("decoder", ["mixing", "concatenating"])
def test_several_rows_per_sample_need_a_decoder(rows, decoder):
    train, test = rows
    one_bit = Optics(20, "float32_bits", {"sign_bit": False, "exp_bits": 2, "mantissa_bits": 1})
    with pytest.raises(BadParams, match="decoder behind float32_bits"):
        through(train, test, one_bit, 0)
    whole = Optics(20, one_bit.encoder, one_bit.options, decoder, {"n_bits": 3})
    seen, _ = through(train, test, whole, 0)
    assert seen.whole().shape == (12, seen.width) == (12, 20 if decoder == "mixing" else 60)


def test_constant_bit_columns_are_counted_and_harmless(rows):
    train, test = rows
    train[:, :2] = 5.0
    seen, _ = through(train, test, Optics(30), 0)
    assert bool(torch.isfinite(seen.whole()).all())
    assert seen.constant_bits == 2
