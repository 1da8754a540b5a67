"""The closed form against hand-worked cases, the formula for even powers, and a direct average."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from reflop.errors import BadParams
from reflop.systems.optical import kernel, kernels

X = torch.tensor([[1, 1, 0, 0], [0, 1, 1, 1], [0, 0, 0, 0]])


def test_two_by_hand() -> None:
    # |x|^2 = 2, 3, 0; x.y = 1: 2*3 + 1 = 7; 2*2 + 4 = 8; 3*3 + 9 = 18; nothing with the zero row
    expected = torch.tensor([[8.0, 7.0, 0.0], [7.0, 18.0, 0.0], [0.0, 0.0, 0.0]], dtype=torch.float64)
    torch.testing.assert_close(kernel(X, X), expected)


def test_bias_by_hand() -> None:
    # with b = 1: |x|^2 = 3, 4, 1; x.y = 2, 1, 1
    expected = torch.tensor([[18.0, 16.0, 4.0], [16.0, 32.0, 5.0], [4.0, 5.0, 2.0]], dtype=torch.float64)
    torch.testing.assert_close(kernel(X, X, bias=1), expected)


@given(st.integers(1, 4), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_even_powers_are_the_polynomial(s: int, seed: int) -> None:
    x = torch.from_numpy(np.random.default_rng(seed).random((4, 9)) < 0.5).double()
    squares = x.square().sum(1)
    product = torch.outer(squares, squares)
    cos2 = (x @ x.T).square() / product.clamp_min(1e-9)
    terms = [math.comb(s, i) ** 2 * cos2**i for i in range(s + 1)]
    expected = math.factorial(s) ** 2 * product**s * torch.stack(terms).sum(0)
    torch.testing.assert_close(kernel(x, x, power=2 * s), expected, rtol=1e-10, atol=1e-8)


def test_odd_power_is_the_mean_of_amplitudes() -> None:
    # x, y orthogonal: E|a||b| = E|a| E|b| = pi/4 |x||y|; x = y: E|a|^2 = |x|^2
    x = torch.tensor([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]])
    value = math.pi / 4 * 2
    expected = torch.tensor([[2.0, value], [value, 2.0]], dtype=torch.float64)
    torch.testing.assert_close(kernel(x, x, power=1), expected)


def test_vectors_and_lists() -> None:
    assert kernel([1, 1, 0], [0, 1, 1]).item() == pytest.approx(5)
    assert kernel([1, 1, 0], [[0, 1, 1], [1, 1, 0]]).tolist() == pytest.approx([5, 8])
    assert kernel(np.ones((2, 3), dtype=bool), np.ones((1, 3))).shape == (2, 1)


@pytest.mark.parametrize(
    "arguments", [([1], [1, 0]), ([1], [1], 0), ([1], [1], float("nan")), ([1], [1], 2, -1)]
)
def test_what_has_no_kernel_is_refused(arguments: tuple) -> None:
    with pytest.raises(BadParams, match="kernel"):
        kernel(*arguments)


def test_centring_removes_every_mean_and_is_done_once() -> None:
    k = torch.from_numpy(np.random.default_rng(0).random((7, 7)))
    centred = kernels.centred(k)
    assert centred.sum(0).abs().max() < 1e-12
    assert centred.sum(1).abs().max() < 1e-12
    torch.testing.assert_close(kernels.centred(centred), centred)
    h = torch.eye(7, dtype=torch.float64) - 1 / 7
    torch.testing.assert_close(centred, h @ k @ h)


def test_a_constant_costs_the_raw_error_alone() -> None:
    k = torch.from_numpy(np.random.default_rng(0).random((7, 7)))
    raw, centred = kernels.errors(k + 3, k)
    assert raw == pytest.approx(21 / float(torch.linalg.norm(k)))
    assert centred < 1e-12
