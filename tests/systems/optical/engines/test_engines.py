"""The contract that all engines share, and what each of them is on its own."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import SeedSequence

from reflop.errors import BadParams, Unavailable
from reflop.systems.optical import families, features, kernel, kernels, stream
from reflop.systems.optical.engines import ENGINES, gaussian, lightonml, opu, structured
from reflop.systems.optical.engines.engine import on_torch

ABSENT = lightonml.available()
needs_lightonml = pytest.mark.skipif(ABSENT is not None, reason=str(ABSENT))
SIMULATORS = [
    "structured",
    "dense",
    "blocked",
    pytest.param("lightonml", marks=needs_lightonml),
]


def bits(rows: int, n: int, seed: int = 0, density: float = 0.5) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).random((rows, n)) < density)


@pytest.mark.parametrize("engine", SIMULATORS)
@pytest.mark.parametrize("sizes", [(1,), (3, 4, 2), (8, 1)])
def test_any_batch_split_gives_the_same_values(engine: str, sizes: tuple[int, ...]) -> None:
    x = bits(9, 301)
    whole = features(x, 700, engine)
    parts = torch.cat(list(stream(x.split([*sizes, 9 - sum(sizes)]), 700, engine)))
    assert (parts - whole).abs().max() <= 1e-6 * whole.mean()


@pytest.mark.parametrize("engine", SIMULATORS)
@pytest.mark.parametrize("fewer", [1, 300, 1100])
def test_more_components_keep_the_earlier_ones(engine: str, fewer: int) -> None:
    x = bits(3, 301)
    assert torch.equal(features(x, fewer, engine), features(x, 1101, engine)[:, :fewer])


@pytest.mark.parametrize("engine", SIMULATORS)
def test_seed_decides_every_value(engine: str) -> None:
    x = bits(3, 100)
    first, again, other = (features(x, 50, engine, seed) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.isclose(first, other).any(1).all()


@pytest.mark.parametrize("engine", SIMULATORS)
def test_blocks_are_independent(engine: str) -> None:
    width = ENGINES[engine].width(64)
    y = features(bits(1, 64), 2 * width, engine)[0]
    first, second = y[:width], y[width:]
    assert abs(float(torch.corrcoef(torch.stack([first, second]))[0, 1])) < 4 / width**0.5


@pytest.mark.parametrize("engine", SIMULATORS)
def test_zero_row_has_zero_features(engine: str) -> None:
    y = features(torch.zeros(2, 30), 40, engine, power=1)
    assert torch.equal(y, torch.zeros(2, 40))


@pytest.mark.parametrize("engine", SIMULATORS)
@pytest.mark.parametrize(("n", "m"), [(1, 1), (17, 5), (257, 1031)])
def test_odd_sizes(engine: str, n: int, m: int) -> None:
    y = features(torch.ones(3, n), m, engine)
    assert y.shape == (3, m)
    assert y.dtype == torch.float32
    assert (y > 0).all()


@pytest.mark.parametrize("engine", SIMULATORS)
def test_speckle_has_contrast_one_and_mean_of_the_number_of_ones(engine: str) -> None:
    x = bits(1, 128, seed=3)
    y = torch.cat([features(x, 20_000, engine, seed)[0] for seed in (0, 1)]).double()
    assert float(y.std() / y.mean()) == pytest.approx(1, abs=0.02)
    assert float(y.mean() / x.sum()) == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("engine", SIMULATORS)
@pytest.mark.parametrize("power", [1, 2, 4])
def test_inner_products_estimate_the_kernel(engine: str, power: int) -> None:
    x = bits(12, 150, seed=5, density=0.2)
    y = features(x, 30_000, engine, seed=1, power=power).double()
    error = kernels.relative_error(y @ y.T / 30_000, kernel(x, x, power))
    assert (
        error < {1: 0.02, 2: 0.04, 4: 0.2}[power]
    )  # the eighth moment of an amplitude is what p = 4 averages


@pytest.mark.parametrize("engine", SIMULATORS)
def test_bias_adds_constant_ones(engine: str) -> None:
    x = bits(4, 60)
    padded = torch.cat([x, torch.ones(4, 5, dtype=torch.bool)], dim=1)
    assert torch.equal(features(x, 200, engine, bias=5), features(padded, 200, engine))


def test_blocked_is_dense_drawn_again() -> None:
    x = bits(5, 333)
    dense, blocked = features(x, 2500, "dense"), features(x, 2500, "blocked")
    assert (dense - blocked).abs().max() <= 1e-5 * dense.mean()


def test_dense_against_a_product_in_double_precision() -> None:
    x = bits(5, 40)
    parts = gaussian.matrix(40, SeedSequence(7, spawn_key=(0,))).astype(np.float64)
    r = (parts[0::2] + 1j * parts[1::2])[:90]
    expected = np.abs(x.numpy() @ r.T) ** 2
    np.testing.assert_allclose(features(x, 90, "dense", seed=7), expected, rtol=1e-5)
    assert np.mean(np.abs(r) ** 2) == pytest.approx(1, abs=0.1)


def test_structured_against_its_own_matrix() -> None:
    n, length = 20, structured.fast_length(20)
    seed = SeedSequence(4, spawn_key=(0,))
    angles = np.random.Generator(np.random.SFC64(seed)).random((2, length), dtype=np.float32)
    first, second = np.exp(2j * np.pi * angles.astype(np.float64))
    fourier = np.exp(-2j * np.pi * np.outer(np.arange(length), np.arange(length)) / length)
    r = fourier @ np.diag(second) @ fourier @ np.diag(first) / np.sqrt(length)
    x = bits(5, n)
    expected = np.abs(x.numpy() @ r[:, :n].T) ** 2
    np.testing.assert_allclose(features(x, length, seed=4), expected, rtol=2e-4, atol=1e-4)
    assert np.allclose(r @ r.conj().T, length * np.eye(length))  # orthogonal rows


@given(st.integers(1, 10**6))
@settings(max_examples=60, deadline=None)
def test_fast_length_is_the_first_that_fits(n: int) -> None:
    length = structured.fast_length(n)
    assert length >= max(n, 256)
    assert length % 16 == 0
    assert length < 1.5 * max(n, 256)
    rest = length
    for prime in (2, 3, 5, 7):
        while rest % prime == 0:
            rest //= prime
    assert rest == 1


def test_one_round_is_refused_with_the_reason() -> None:
    with pytest.raises(
        BadParams, match="rounds: expected 2 or more, because one round fails on sparse inputs"
    ):
        features(bits(1, 8), 4, rounds=1)
    with pytest.raises(BadParams, match="rounds: expected the structured engine, found dense"):
        features(bits(1, 8), 4, "dense", rounds=2)


def test_one_round_would_fail_on_sparse_inputs_and_two_do_not() -> None:
    x, n, m = families.draw("sparse3", 1024, seed=0), 1024, 4096
    exact = kernel(x, x)

    def error(rounds: int, seed: int) -> float:
        y = torch.empty(len(x), m)
        for index, columns in enumerate(y.split(n, dim=1)):
            child = SeedSequence(seed, spawn_key=(index,))
            structured.block(rounds, n, n, child, torch.device("cpu"))(x, columns)
        return kernels.errors(y.double() @ y.double().T / m, exact)[1]

    one, two = (np.mean([error(rounds, seed) for seed in range(3)]) for rounds in (1, 2))
    assert one > 1.5 * two


def test_structured_is_as_good_as_the_gaussian_matrix_on_sparse_inputs() -> None:
    x, m = families.draw("sparse3", 512, seed=0), 2048
    exact = kernel(x, x)
    mean = {}
    for engine in ("structured", "dense"):
        grams = [(y := features(x, m, engine, seed).double()) @ y.T / m for seed in range(3)]
        mean[engine] = np.mean([kernels.errors(gram, exact)[1] for gram in grams])
    assert mean["structured"] < 1.1 * mean["dense"]


@needs_lightonml
def test_lightonml_is_the_library_s_own_simulator() -> None:
    lightonml.load()
    from lightonml.internal.simulated_device import SimulatedOpuDevice

    n, m, x = 50, 30, bits(6, 50)
    device = SimulatedOpuDevice()
    seed = SeedSequence(3, spawn_key=(0,)).generate_state(4)
    device.build_random_matrix(n, gaussian.width(n), seed=seed)
    r = device.random_matrix.astype(np.complex128)[:, :m] * np.sqrt(n / 2)
    np.testing.assert_allclose(features(x, m, "lightonml", seed=3), np.abs(x.numpy() @ r) ** 2, rtol=1e-4)


def test_lightonml_absent_or_broken_is_a_reason_not_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        message = "No module named 'pkg_resources'"
        raise ModuleNotFoundError(message)

    monkeypatch.setattr(lightonml, "load", broken)
    with pytest.raises(Unavailable, match=r"engine lightonml: found .*pkg_resources.*pip install --no-deps"):
        features(bits(1, 8), 4, "lightonml")


def test_device_engine_says_that_its_driver_is_missing() -> None:
    if opu.available() is None:
        pytest.skip("an optical processor is here")
    with pytest.raises(Unavailable, match="lightonopu"):
        features(bits(1, 8), 4, "opu")


def test_device_engine_measures_its_unit(monkeypatch: pytest.MonkeyPatch) -> None:
    class Device:
        """Stands for lightonml.OPU with a device whose levels are seven times the number of ones."""

        def __init__(self, n_components: int, disable_pbar: bool) -> None:
            self.m = n_components

        def fit1d(self, n_features: int) -> None:
            self.n = n_features

        def transform(self, rows: np.ndarray | torch.Tensor) -> torch.Tensor:
            return 7.0 * torch.as_tensor(rows).sum(1, keepdim=True).expand(-1, self.m)

    monkeypatch.setattr(lightonml, "load", lambda: type("lightonml", (), {"OPU": Device}))
    out = torch.empty(2, 3)
    opu.block(4, 3, SeedSequence(0), torch.device("cpu"))(torch.tensor([[1, 1, 0, 0], [1, 1, 1, 0]]), out)
    torch.testing.assert_close(out, torch.tensor([[2.0] * 3, [3.0] * 3]))


def test_processors_that_are_not_there_are_named() -> None:
    assert on_torch("cpu") is None
    if torch.cuda.is_available():
        assert "GPU" in (on_torch("cuda:99") or "")
    else:
        with pytest.raises(Unavailable, match="cuda:0: torch sees no CUDA GPU"):
            features(bits(1, 8), 4, device="cuda:0")
    assert "CPU only" in (lightonml.available("cuda:0") or "")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA GPU")
@pytest.mark.parametrize("engine", ["structured", "dense", "blocked"])
def test_gpu_computes_the_same_features(engine: str) -> None:
    x = bits(5, 333)
    here, there = features(x, 500, engine), features(x, 500, engine, device="cuda:0").cpu()
    assert (here - there).abs().max() <= 1e-4 * here.mean()
