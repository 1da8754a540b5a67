"""`--engine auto`: measure what this machine has for some seconds, and take the fastest that keeps the answers.

Admissible is float32, and of the other precisions those that hold MLPerf's gate: at least 99 % of float32's accuracy
where labels are given, at least 99 % of its answers where they are not. A random network has no answers to keep, so
only float32 is admissible there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from reflop.engines import ENGINES, contenders
from reflop.engines.session import Session
from reflop.errors import ReflopError, RunFailed, Unavailable
from reflop.measure import statistics, timing
from reflop.progress import track
from reflop.record import Metric
from reflop.systems.bulk.params import GATE
from reflop.systems.bulk.sessions import Source, prepared

ROUNDS = 5
TURN_S = 0.4
SLOW_TO_PREPARE = ("torch_compile", "cuda_compile")  # minutes; to be asked for by name


@dataclass(frozen=True)
class Candidate:
    """An engine in one precision: how fast, and whether its answers hold.

    Attributes:
        kept: share of float32's accuracy (with labels) or of its answers (without), 0 to 1.
        why: the reason why it cannot be taken; "" if it can.
    """

    engine: str
    precision: str
    rate: Metric | None = None
    kept: float | None = None
    why: str = ""


def candidates(
    origin: Source, device: str = "cpu", engine: str = "auto", precision: str = "auto"
) -> list[tuple[str, str]]:
    """What can be measured: engines of the device that read this network and are quick to prepare.

    Raises:
        Unavailable: nothing of what was asked for can run here, with the first reason.
    """
    known = [pair for pair in contenders(device) if _wanted(pair, engine, precision)]
    if isinstance(origin.model, Path):
        known = [(name, kind) for name, kind in known if ENGINES[name].reads_onnx]
    able = [pair for pair in known if ENGINES[pair[0]].available() is None]
    if not able:
        reason = next((ENGINES[name].available() for name, _ in known), None)
        raise Unavailable(
            what=f"engine {engine} in {precision} on {device}", found=reason or "no such engine"
        )
    return able


def _wanted(pair: tuple[str, str], engine: str, precision: str) -> bool:
    by_name = pair[0] not in SLOW_TO_PREPARE if engine == "auto" else pair[0] == engine
    return by_name and precision in ("auto", pair[1])


def measured(
    origin: Source,
    pairs: Sequence[tuple[str, str]],
    sample: Sequence[Tensor],
    *,
    calibration: Sequence[Tensor],
    labels: Tensor | None = None,
    threads: int | None = None,
    store: Path | None = None,
    device: str = "cpu",
) -> list[Candidate]:
    """Rate and answers of every pair on the batches of `sample`; the fastest admissible one first."""
    sessions, failed = dict[tuple[str, str], Session](), list[Candidate]()
    for engine, precision in track(pairs, "preparing engines"):
        try:
            sessions[engine, precision] = prepared(
                origin, engine, precision, len(sample[0]),
                threads=threads, calibration=calibration, store=store, device=device,
            )  # fmt: skip
        except ReflopError as error:
            failed.append(Candidate(engine, precision, why=str(error)))
    if not sessions:
        raise RunFailed(
            what="--engine auto", expected="an engine that runs this network", found=failed[0].why
        )
    answers = {pair: torch.cat(list(session.stream(sample))) for pair, session in sessions.items()}
    reference = _reference(origin, answers, sample, threads)
    rates = _rates(sessions, sample)
    found = [
        _judged(pair, rates[pair], _kept(answers[pair], reference, labels), origin.trained)
        for pair in sessions
    ]
    return sorted([*found, *failed], key=lambda one: (one.why != "", -(one.rate.value if one.rate else 0.0)))


def _judged(pair: tuple[str, str], rate: Metric, kept: float, trained: bool) -> Candidate:
    engine, precision = pair
    why = ""
    if precision != "float32" and not trained:
        why = "random weights: only float32 can be judged"
    elif precision != "float32" and kept < GATE:
        why = f"keeps {100 * kept:.1f} %, the gate is {100 * GATE:g} %"
    return Candidate(engine, precision, rate, kept, why)


def _reference(
    origin: Source, answers: dict[tuple[str, str], Tensor], sample: Sequence[Tensor], threads: int | None
) -> Tensor:
    """float32 answers: PyTorch's, or for an ONNX file those of ONNX Runtime."""
    own = ("onnxruntime" if isinstance(origin.model, Path) else "torch", "float32")
    if own in answers:
        return answers[own]
    session = prepared(origin, *own, len(sample[0]), threads=threads)
    return torch.cat(list(session.stream(sample)))


def _kept(answers: Tensor, reference: Tensor, labels: Tensor | None) -> float:
    """Share of the reference's accuracy, or of its answers."""
    if labels is None:
        return float((answers.argmax(1) == reference.argmax(1)).double().mean())
    right = (reference.argmax(1) == labels).double().mean()
    return float((answers.argmax(1) == labels).double().mean() / right) if right else 0.0


def _rates(
    sessions: dict[tuple[str, str], Session], sample: Sequence[Tensor]
) -> dict[tuple[str, str], Metric]:
    """Images per second of each, in interleaved turns of less than a second."""
    turns, counts = dict[str, Callable[[], object]](), dict[str, int]()
    for pair, session in sessions.items():
        once = min(timing.seconds(partial(session.run, sample[0]), repeats=2))
        name = "-".join(pair)
        counts[name] = max(2, 2 * round(TURN_S / once / 2))
        turns[name] = partial(_turn, session, [sample[i % len(sample)] for i in range(counts[name])])
    times = timing.interleaved(turns, rounds=ROUNDS)
    size = len(sample[0])
    return {
        pair: statistics.median([counts[name] * size / seconds for seconds in times[name]], "images/s")
        for pair, name in ((pair, "-".join(pair)) for pair in sessions)
    }


def _turn(session: Session, batches: list[Tensor]) -> None:
    for _ in session.stream(batches):
        pass
