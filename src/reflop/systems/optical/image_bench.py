"""The ridge path and the share of the optics in a transfer, against their peers: part of `reflop bench optical`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from reflop.measure import comparison, statistics, timing
from reflop.models import backbones
from reflop.systems.optical import ridge
from reflop.systems.optical.stages import Optics, through

SIZE, QUICK = (5000, 4096), (200, 64)  # samples, features
N_CLASSES, PENALTIES = 10, ridge.alpha_grid(0, 2, 5)  # 15 penalties


def learning(quick: bool = False) -> list[dict[str, Any]]:
    """The whole path of 15 penalties with leave-one-out scores, and encode + project + decode beside convolution."""
    n, p = QUICK if quick else SIZE
    z, labels = _problem(n, p)
    actions = {
        "path": lambda: ridge.fit_primal(lambda: z.split(1000), labels, PENALTIES),
        "fits": _fits(z.double().numpy(), labels.numpy()),
        "fits32": _fits(z.numpy(), labels.numpy()),
        "cv": _cross_validated(z.double().numpy(), labels.numpy()),
    }
    times = timing.interleaved(actions, rounds=3, warmup=0)
    what = f"ridge path with leave-one-out, n = {n:,}, p = {p:,}, 15 penalties, float64"
    peers = {
        "fits": ("15 RidgeClassifier fits, float64, without leave-one-out", 2.0),
        "fits32": ("15 RidgeClassifier fits, float32, without leave-one-out", 2.0),
        "cv": ("RidgeClassifierCV, float64", 1.0),
    }
    rows = [
        comparison.row(
            what, peer, replace(statistics.ratio(times[name], times["path"]), unit="x"), target=target
        )
        for name, (peer, target) in peers.items()
    ]
    return [*rows, _optics(quick)]


def _optics(quick: bool) -> dict[str, Any]:
    """Encode + project + decode over convolution: random weights, since weights do not change the time."""
    name, size, count = ("small_digits", 8, 16) if quick else ("resnet50", 224, 32)
    network = backbones.build(name, "noavgpool").to(memory_format=torch.channels_last)
    channels = backbones.input_shape(name)[0]
    pictures = torch.randn((count, channels, size, size), generator=torch.Generator().manual_seed(0))
    pictures = pictures.to(memory_format=torch.channels_last)

    def convolve() -> Tensor:
        with torch.inference_mode():
            found: Tensor = network(pictures).flatten(1)
            return found

    features = convolve().clone()
    optics = Optics(features.shape[1] // 2)

    def pass_optics() -> Tensor:
        rows, _ = through(features, features[:1], optics, 0)
        return rows.whole()

    actions = {"conv": convolve, "optics": pass_optics}
    times = timing.interleaved(actions, rounds=3 if quick else 7)
    what = f"encode + project + decode, structured, {features.shape[1]:,} features, ratio 2"
    share = replace(statistics.ratio(times["optics"], times["conv"]), unit="of its time")
    peer = f"convolution, {name} noavgpool, {count} pictures"
    return comparison.row(what, peer, share, target=0.2, kind="at most")


def _problem(n: int, p: int) -> tuple[Tensor, Tensor]:
    """Positive features like intensities, with a little of the class in them."""
    generator = torch.Generator().manual_seed(0)
    z, labels = torch.empty(n, p).exponential_(generator=generator), torch.arange(n) % N_CLASSES
    z[:, :N_CLASSES] += torch.nn.functional.one_hot(labels, N_CLASSES)
    return z, labels


def _fits(z: np.ndarray, labels: np.ndarray) -> Callable[[], object]:
    from sklearn.linear_model import RidgeClassifier

    return lambda: [RidgeClassifier(alpha=alpha).fit(z, labels) for alpha in PENALTIES]


def _cross_validated(z: np.ndarray, labels: np.ndarray) -> Callable[[], object]:
    from sklearn.linear_model import RidgeClassifierCV

    return lambda: RidgeClassifierCV(alphas=PENALTIES).fit(z, labels)
