"""`reflop bench`: interleaved comparisons against named peers; a missed target is reported as missed."""

from __future__ import annotations

import importlib
import subprocess
import sys
from typing import Any

from reflop import catalog
from reflop.measure import statistics, timing
from reflop.record import Metric

SUITES = ("core", *catalog.SYSTEMS)


def comparisons(suite: str, quick: bool = False) -> list[dict[str, Any]]:
    """The rows of one suite: name, value or ratio with its interval, target, and whether it was met."""
    if suite == "core":
        return _core(quick)
    rows: list[dict[str, Any]] = importlib.import_module(f"reflop.systems.{suite}.bench").comparisons(quick)
    return rows


def _core(quick: bool) -> list[dict[str, Any]]:
    """Start-up: the package alone, and the listing, beside an empty interpreter in the same rounds."""
    actions = {
        "python": lambda: _python("pass"),
        "import reflop": lambda: _python("import reflop"),
        "reflop list": lambda: _python(
            "import sys; sys.argv[1:] = ['list']; from reflop.cli import main; main()"
        ),
    }
    seconds = timing.interleaved(actions, rounds=3 if quick else 15)
    extra = [full - bare for full, bare in zip(seconds["import reflop"], seconds["python"], strict=True)]
    return [
        _row("import reflop beyond the interpreter", statistics.median(extra, "s"), 0.3),
        _row("reflop list", statistics.median(seconds["reflop list"], "s"), None),
    ]


def _python(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


def _row(name: str, metric: Metric, at_most: float | None) -> dict[str, Any]:
    met = None if at_most is None else metric.high <= at_most
    told = {"value": metric.value, "low": metric.low, "high": metric.high, "n": metric.n, "unit": metric.unit}
    return {"suite": "core", "name": name, **told, "target": at_most, "target_kind": "at most", "met": met}
