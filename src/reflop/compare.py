"""Two records side by side: differences with intervals, and what else differs between them."""

from __future__ import annotations

from typing import Any

from reflop.record import Metric, Record

Rows = list[dict[str, Any]]


def compare(a: Record, b: Record) -> dict[str, Rows]:
    """Metrics, parameters and circumstances of two records; titles to rows, all of plain values.

    A metric that only one of them has, or that the two give in different units, has no difference.
    """
    names = list(dict.fromkeys([*a.metrics, *b.metrics]))
    return {
        f"{a.name} {a.id} (a) against {b.name} {b.id} (b)": [
            _metric(name, a.metrics.get(name), b.metrics.get(name)) for name in names
        ],
        "parameters that differ": _differing(a.params, b.params),
        "circumstances that differ": _differing(_circumstances(a), _circumstances(b)),
    }


def overlap(a: Metric, b: Metric) -> bool:
    """Whether the two intervals share a value.

    >>> overlap(Metric(2.0, "s", 1.0, 3.0, 9), Metric(4.0, "s", 3.0, 5.0, 9))
    True
    """
    return a.low <= b.high and b.low <= a.high


def _metric(name: str, a: Metric | None, b: Metric | None) -> dict[str, Any]:
    """One row: both values, their difference b - a and ratio b / a, each with the widest interval."""
    row: dict[str, Any] = {
        "metric": name, "unit": " and ".join(dict.fromkeys(m.unit for m in (a, b) if m)),
        "a": a.value if a else None, "b": b.value if b else None,
        "difference": None, "difference_low": None, "difference_high": None,
        "ratio": None, "ratio_low": None, "ratio_high": None, "intervals": "only in one",
    }  # fmt: skip
    if a is None or b is None:
        return row
    if a.unit != b.unit:
        return row | {"intervals": "different units"}
    row |= {"difference": b.value - a.value}
    row |= {"difference_low": b.low - a.high, "difference_high": b.high - a.low}
    if a.low > 0 and b.low > 0:
        row |= {"ratio": b.value / a.value, "ratio_low": b.low / a.high, "ratio_high": b.high / a.low}
    return row | {"intervals": "overlap" if overlap(a, b) else "apart"}


def _circumstances(record: Record) -> dict[str, Any]:
    """What must agree before two values may be ranked, and what explains a difference."""
    return {
        "section": record.name,
        "preset": record.preset,
        "status": record.status,
        "nature": record.nature,
        "scale": record.scale,
        "machine": record.machine,
        "commit": record.provenance.get("commit"),
        "code": record.source[:12],
        "data": record.provenance.get("data"),
    }


def _differing(a: dict[str, Any], b: dict[str, Any]) -> Rows:
    names = dict.fromkeys([*a, *b])
    return [{"name": n, "a": a.get(n), "b": b.get(n)} for n in names if a.get(n) != b.get(n)]
