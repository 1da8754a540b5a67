"""Encoders against bits worked out by hand, and against lightonml where its own code still runs."""

import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from reflop.errors import BadParams
from reflop.systems.optical.encoders import ENCODERS, encode, learn

X = torch.tensor([[-3.0, -0.5, 0.0], [2.0, 0.25, 7.0]])
HAND = {
    ("positive", ()): [[0, 0, 0], [1, 1, 1]],
    ("float32", ()): [[1, 0, 0], [1, 0, 1]],
    ("float32", (("original", True),)): [[1, 0, 0], [0, 0, 1]],
    ("plain_th", (("t", 0.25),)): [[0, 0, 0], [1, 1, 1]],
    ("abs_th", (("t", 0.5),)): [[1, 1, 0], [1, 0, 1]],
    ("binary_threshold", (("threshold", 0.0),)): [[0, 0, 0], [1, 1, 1]],
    ("binary_threshold", (("threshold", 0.0), ("greater_is_one", False))): [[1, 1, 0], [0, 0, 0]],
    ("multi_threshold", (("thresholds", (0.0, 2.0)),)): [[0, 0, 0, 0, 0, 0], [1, 1, 1, 0, 0, 1]],
    ("concatenated_float32", (("exp_bits", 2), ("mantissa_bits", 0))): [
        [1, 1, 0, 1, 0, 1, 0, 0, 0],  # -3 = 1 10.., -0.5 = 1 01.., 0 = 0 00..
        [0, 1, 0, 0, 0, 1, 0, 1, 0],
    ],
}


@pytest.mark.parametrize(("name", "options"), HAND)
def test_worked_by_hand(name, options):
    assert encode(name, X, **dict(options)).tolist() == HAND[name, options]


def test_rows_per_bit_are_sample_major():
    rows = encode("float32_bits", X, sign_bit=True, exp_bits=1, mantissa_bits=0)
    assert rows.tolist() == [[1, 1, 0], [1, 0, 0], [0, 0, 0], [1, 0, 1]]


def lightonml(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its import of pkg_resources
        base = pytest.importorskip("lightonml.encoding.base", reason="lightonml is not installed")
    return getattr(base, name)


@pytest.mark.parametrize(
    ("ours", "theirs", "options"),
    [
        ("float32_bits", "Float32Encoder", {"sign_bit": False, "exp_bits": 3, "mantissa_bits": 2}),
        ("concatenated_float32", "ConcatenatedFloat32Encoder", {"exp_bits": 4, "mantissa_bits": 5}),
        ("binary_threshold", "BinaryThresholdEncoder", {}),
        ("multi_threshold", "MultiThresholdEncoder", {"thresholds": "linspace", "n_bins": 5}),
        (
            "multi_threshold",
            "MultiThresholdEncoder",
            {"thresholds": "linspace", "n_bins": 5, "columnwise": True},
        ),
        ("sequential_base_two", "SequentialBaseTwoEncoder", {"n_gray_levels": 16}),
        ("sequential_base_two", "SequentialBaseTwoEncoder", {"n_gray_levels": 2}),
    ],
)
def test_equal_to_lightonml(ours, theirs, options):
    x = np.random.default_rng(0).normal(size=(31, 5)).astype(np.float32)
    peer = lightonml(theirs)(**options)
    np.testing.assert_array_equal(
        encode(ours, torch.from_numpy(x), **options).numpy(), peer.fit(x).transform(x)
    )


def test_bit_planes_of_integers_equal_lightonml():
    x = np.random.default_rng(1).integers(0, 256, (7, 3), dtype=np.uint8)
    peer = lightonml("ConcatenatedBitPlanEncoder")(n_bits=3, starting_bit=2).transform(x)
    ours = encode("concatenated_bit_plane", torch.from_numpy(x), n_bits=3, starting_bit=2)
    np.testing.assert_array_equal(ours.numpy(), peer)


def test_what_is_learnt_on_training_features_is_applied_unchanged():
    train, test = X, X + 1
    for name in ("binary_threshold", "multi_threshold", "sequential_base_two", "separated_bit_plane"):
        options = learn(name, train)
        assert torch.equal(encode(name, train, **options), encode(name, train)), name
        assert not torch.equal(encode(name, test, **options), encode(name, test)), name


def test_quantile_thresholds_are_midpoints():
    x = torch.arange(8.0)[:, None]
    assert learn("multi_threshold", x, thresholds="quantiles", n_bins=4)["thresholds"].tolist() == [
        1.5,
        3.5,
        5.5,
    ]


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(sorted(ENCODERS)), st.integers(1, 6), st.integers(1, 4), st.integers(0, 2**16))
def test_every_encoder_gives_zeros_and_ones(name, rows, columns, seed):
    x = torch.randn((rows, columns), generator=torch.Generator().manual_seed(seed)) * 4 - 1
    options = {"plain_th": {"t": 100.0}}.get(name, {})
    if name == "concatenated_bit_plane":
        x = x.abs().to(torch.uint8)
    bits = encode(name, x, **options)
    assert bits.dtype == torch.uint8
    assert set(bits.unique().tolist()) <= {0, 1}
    assert bits.numel() % x.numel() == 0


@pytest.mark.parametrize(
    ("name", "x", "options", "told"),
    [
        ("positiv", X, {}, "positive"),
        ("plain_th", X.abs(), {"t": 0.0}, "rectified"),
        ("sequential_base_two", X, {"n_gray_levels": 12}, "power of 2"),
        ("concatenated_bit_plane", X, {}, "integers"),
        ("concatenated_bit_plane", X.to(torch.uint8), {"n_bits": 9}, "1 to 8"),
        ("float32_bits", X, {"exp_bits": 9}, "0 to 8"),
        ("separated_bit_plane", X, {"precision": 9}, "1 to 8"),
        ("positive", torch.tensor([[float("nan")]]), {}, "finite"),
        ("positive", X[0], {}, "two dimensions"),
        ("abs_th", X, {"threshold": 1}, "threshold"),
    ],
)
def test_refused(name, x, options, told):
    with pytest.raises(BadParams, match=told):
        encode(name, x, **options)


def test_a_constant_column_is_no_accident():
    constant = torch.ones(4, 2)
    assert encode("binary_threshold", constant).sum() == 0
    assert encode("sequential_base_two", constant).sum() == 0
