"""One row of `reflop bench`: what was compared with which peer, and whether the target was met."""

from __future__ import annotations

from typing import Any, Literal

from reflop.record import Metric


def row(
    name: str,
    peer: str,
    metric: Metric,
    *,
    target: float | None,
    kind: Literal["at least", "at most"] = "at least",
) -> dict[str, Any]:
    """A comparison as plain values; met only if the whole interval is on the target's side, None without a target.

    >>> row("ours", "theirs", Metric(3.0, "x", 2.5, 3.5, 5), target=2.0)["met"]
    True
    >>> row("ours", "limit", Metric(0.9, "GiB", 0.8, 1.1, 5), target=1.0, kind="at most")["met"]
    False
    """
    met = None if target is None else (metric.low >= target if kind == "at least" else metric.high <= target)
    told = {"ratio": metric.value, "low": metric.low, "high": metric.high, "n": metric.n, "unit": metric.unit}
    return {"name": name, "peer": peer, **told, "target": target, "kind": kind, "met": met}
