"""From the times of interleaved turns to rates with intervals, ratios to the baseline and shares of the roof."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from reflop.engines.ceiling import Roof
from reflop.engines.session import Described
from reflop.engines.turns import WARMUP, Turn
from reflop.measure import statistics
from reflop.record import Metric

BASELINE = ("torch", "float32")  # eager, channels_last, at its own best batch size
BYTES = {"float32": 4, "bfloat16": 2, "float16": 2, "int8": 1}  # of a weight
PERCENTILES = (50, 90, 99)

Row = dict[str, Any]


class Rates:
    """What turns took, in rounds: entry i of every list is from round i."""

    def __init__(self, turns: Sequence[Turn], times: Mapping[str, Sequence[float]]) -> None:
        """`times` are the seconds of a call of each turn, under its name."""
        self.turns = turns
        self._times = {turn.name: [one / turn.images for one in times[turn.name]] for turn in turns}
        self.base = self.best(*BASELINE)

    def best(self, engine: str = "", precision: str = "") -> Turn | None:
        """The fastest turn, by its median, of an engine or in a precision."""
        able = [turn for turn in self.turns
                if engine in ("", turn.engine) and precision in ("", turn.precision)]  # fmt: skip
        return max(able, key=lambda turn: self.rate(turn).value, default=None)

    def rate(self, turn: Turn) -> Metric:
        """Images per second."""
        return statistics.median([1 / one for one in self._times[turn.name]], "images/s")

    def ratio(self, turn: Turn) -> Metric | None:
        """How many times faster than the baseline, round by round; None where that did not run."""
        if self.base is None:
            return None
        return statistics.ratio(self._times[self.base.name], self._times[turn.name])

    def row(self, turn: Turn, told: Described, macs: int, roofs: Mapping[str, Roof]) -> Row:
        """One contender at one batch size; `macs` of one picture."""
        rate, ratio = self.rate(turn), self.ratio(turn)
        row: Row = {
            "engine": turn.engine, "precision": turn.precision, "computed": told.precision,
            "version": told.facts.get("version", ""), "threads": torch.get_num_threads(),
            "batch_size": turn.batch_size, **rate.columns("rate"), "tera_ops": 2e-12 * macs * rate.value,
            "prepare_s": turn.prepare_s, "batches": len(turn.batches), "warmup_batches": WARMUP * len(turn.batches),
        }  # fmt: skip
        for q in PERCENTILES:
            row |= latency(turn, q).columns(f"latency_p{q}_ms")
        if ratio:
            row |= ratio.columns("ratio")
        if roof := roofs.get(told.precision) or roofs.get(turn.precision):  # "mixed" has none of its own
            row |= share(rate, macs, roof.rate).columns("roof_percent") | {"roof_by": roof.engine}
        return row

    def metrics(self, exact: Mapping[str, Metric]) -> dict[str, Metric]:
        """Scores of the best of all, and of every contender at its best batch size; ratios by precision.

        `exact` holds the counts of the network, which are those of every contender; the size is that of the weights.
        """
        found = dict[str, Metric]()
        pairs = dict.fromkeys((turn.engine, turn.precision) for turn in self.turns)
        for pair, ending in {("", ""): "", **{pair: f"_{'_'.join(pair)}" for pair in pairs}}.items():
            if turn := self.best(*pair):
                size = Metric.exact(BYTES[turn.precision] * exact["params"].value, "bytes")
                scores = {"throughput": self.rate(turn), "latency_p50_ms": latency(turn, 50), **exact}
                found |= {name + ending: score for name, score in (scores | {"size_bytes": size}).items()}
        for precision in ("", *BYTES):
            fastest = self.best(precision=precision)
            if fastest and (ratio := self.ratio(fastest)):
                found[f"ratio_{precision or 'best'}"] = ratio
        return found


def latency(turn: Turn, q: float) -> Metric:
    """Percentile of the time that a batch takes while the stream is kept full, in milliseconds, warm-up left out."""
    counted = turn.seconds[WARMUP * len(turn.batches) :]
    return statistics.percentile([1000 * one for one in counted], q, "ms")


def share(rate: Metric, macs: int, roof: Metric) -> Metric:
    """What a rate takes of the roof, in percent; the interval has both at their worst.

    >>> share(Metric(10.0, "images/s", 9.0, 11.0, 7), 5, Metric(200.0, "FLOP/s", 200.0, 220.0, 9)).value
    50.0
    """
    ours = (rate.value, rate.low, rate.high)
    limits = (roof.value, roof.high, roof.low)
    value, low, high = (200 * macs * one / limit for one, limit in zip(ours, limits, strict=True))
    return Metric(value, "%", low, high, min(rate.n, roof.n))
