"""How a projection engine looks in every optical figure, and in which order engines are named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from reflop.figures import MARKERS, PALETTE
from reflop.figures.plotting import Row, strengths
from reflop.record import Metric, Record

ENGINES = ("structured", "dense", "blocked", "lightonml", "opu")


def curves(records: Sequence[Record], **where: Any) -> Iterator[tuple[int, list[Row], dict[str, Any]]]:
    """For every record and engine: the engine's place, its measured rows `where` they match, and its look."""
    for record, alpha in strengths(records):
        for place, engine in enumerate(ENGINES):
            wanted = {"engine": engine, **where}.items()
            rows: list[Row] = [
                row for row in record.rows if wanted <= row.items() and "unavailable" not in row
            ]
            look: dict[str, Any] = {
                "color": PALETTE[place],
                "marker": MARKERS[place],
                "ms": 4,
                "alpha": alpha,
            }
            if rows:
                yield place, rows, look | {"label": engine if alpha == 1 else None}


def named(record: Record, prefix: str) -> dict[str, Metric]:
    """Metrics whose names start with `prefix`, without it, the engines in their order."""
    found = {name.removeprefix(prefix): m for name, m in record.metrics.items() if name.startswith(prefix)}
    known = {name: found[name] for name in ENGINES if name in found}
    return known | found
