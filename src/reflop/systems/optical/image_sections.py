"""Optical random features (LightOn OPU benchmarks, 2020): what a ridge learns from them.

Papers:   Saade et al. 2016; Ohana, Wacker et al. 2020 (learning curves of ridge on optical features)
Run:      reflop run optical.learning_curves
Cost:     a minute on two CPU cores (book)
Expected: accuracy rises with m towards the exact kernel's; 4 bits are enough for 16 grey levels
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from reflop.data import embedded
from reflop.measure import statistics
from reflop.progress import track
from reflop.record import Measured, Metric
from reflop.systems.optical import image_params as params
from reflop.systems.optical.baselines import BASELINES
from reflop.systems.optical.classify import Outcome, kernel_on, ridge_on
from reflop.systems.optical.encoders import encode
from reflop.systems.optical.kernels import kernel
from reflop.systems.optical.stages import Optics, Rows, through


def learning_curves(params: params.LearningCurves, work: Path) -> Measured:
    """Accuracy against m for every feature map, beside the exact kernel and the linear classifier on the bits.

    Optical maps see the bits of `thresholds`, the others the grey levels themselves. Data: scikit-learn's digits
    (real, 1797 of 8 x 8), a new split and a new random matrix for every draw; the penalty by leave-one-out on the
    training part.

    Run:      reflop run optical.learning_curves -p n_components='[512]'
    Cost:     50 s on two CPU cores (book), 20 min (long)
    Expected: about 0.985 at m = 4096, exact kernel 0.989, linear on the bits 0.956
    """
    found: dict[tuple[str, int | None], list[Outcome]] = {}
    for seed, split in track(list(_splits(params.draws, params.seed, params.test_share)), "learning curves"):
        train, labels, test, test_labels = split
        bits, test_bits = (
            encode("multi_threshold", x, thresholds=params.thresholds).float() for x in (train, test)
        )
        exact = kernel_on(kernel(bits, bits), labels, kernel(test_bits, bits), test_labels)
        found.setdefault(("exact kernel", None), []).append(exact)
        found.setdefault(("linear", None), []).append(ridge_on(bits, labels, test_bits, test_labels))
        for name in params.maps:
            for m in params.n_components:
                z: Tensor | Rows
                z_test: Tensor | Rows
                if name in BASELINES:
                    z, z_test = BASELINES[name](train, test, m, seed)
                else:
                    z, z_test = through(bits, test_bits, Optics(m, engine=name), seed)
                found.setdefault((name, m), []).append(ridge_on(z, labels, z_test, test_labels))
    rows = [
        {
            "map": name,
            "n_components": m,
            **_accuracy(outcomes).columns("accuracy"),
            "alpha": outcomes[0].alpha,
        }
        for (name, m), outcomes in found.items()
    ]
    largest = max(params.n_components)
    metrics = {f"accuracy_{name}": _accuracy(found[name, largest]) for name in params.maps}
    metrics |= {
        "accuracy_exact_kernel": _accuracy(found["exact kernel", None]),
        "accuracy_linear": _accuracy(found["linear", None]),
    }
    metrics["accuracy"] = metrics[f"accuracy_{params.maps[0]}"]
    return Measured(metrics, rows, nature="simulated")


def encoding(params: params.Encoding, work: Path) -> Measured:
    """Accuracy of ridge on optical features for every encoder and number of bits per grey level.

    Run:      reflop run optical.encoding -p bits='[1, 2, 3]'
    Cost:     40 s on two CPU cores (book), 15 min (long)
    Expected: threshold bits rise fastest; a sum over bit planes needs no more columns than one bit
    """
    found: dict[tuple[str, int], list[Outcome]] = {}
    for seed, (train, labels, test, test_labels) in track(
        list(_splits(params.draws, params.seed, params.test_share)), "encoders"
    ):
        for bits in params.bits:
            for name, optics in _encodings(bits, params.n_components, params.engine).items():
                seen, seen_test = through(train, test, optics, seed)
                outcome = ridge_on(seen, labels, seen_test, test_labels)
                found.setdefault((name, bits), []).append(outcome)
    rows = [
        {"encoder": name, "bits": bits, **_accuracy(outcomes).columns("accuracy")}
        for (name, bits), outcomes in found.items()
    ]
    best = max(found, key=lambda key: _accuracy(found[key]).value)
    metrics = {"accuracy": _accuracy(found[best])}
    metrics |= {f"accuracy_{name}_{bits}": _accuracy(outcomes) for (name, bits), outcomes in found.items()}
    return Measured(metrics, rows, nature="simulated")


def _encodings(bits: int, m: int, engine: str) -> dict[str, Optics]:
    """The encoders that can spend `bits` bits on a grey level, each with its decoder."""
    planes = {"n_bits": bits}
    return {
        "multi_threshold": Optics(m, "multi_threshold", {"n_bins": bits + 1}, engine=engine),
        "quantiles": Optics(
            m, "multi_threshold", {"thresholds": "quantiles", "n_bins": bits + 1}, engine=engine
        ),
        "sequential_base_two": Optics(m, "sequential_base_two", {"n_gray_levels": 2**bits}, engine=engine),
        "concatenated_float32": Optics(
            m,
            "concatenated_float32",
            {"sign_bit": False, "exp_bits": min(bits, 8), "mantissa_bits": 0},
            engine=engine,
        ),
        "separated_bit_plane": Optics(
            m, "separated_bit_plane", {"precision": bits}, "mixing", planes, engine=engine
        ),
    }


def _splits(
    draws: int, seed: int, share: float
) -> Iterator[tuple[int, tuple[Tensor, Tensor, Tensor, Tensor]]]:
    """A seed and a random split of the digits (train, labels, test, test labels) for every draw."""
    images, classes = embedded.digits()
    pictures, labels = torch.from_numpy(images).flatten(1).float(), torch.from_numpy(classes)  # (N, 64), (N,)
    for child in np.random.SeedSequence(seed).spawn(draws):
        order = torch.from_numpy(np.random.default_rng(child).permutation(len(labels)))
        test, train = order[: int(share * len(order))], order[int(share * len(order)) :]
        yield int(child.generate_state(1)[0]), (pictures[train], labels[train], pictures[test], labels[test])


def _accuracy(outcomes: list[Outcome]) -> Metric:
    """Mean test accuracy in percent, with its interval over the draws."""
    return statistics.share([100 * outcome.accuracy for outcome in outcomes])
