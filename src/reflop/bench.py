"""`reflop bench`: interleaved comparisons against named peers; a missed target is reported as missed."""

from __future__ import annotations

import importlib
import subprocess
import sys
from typing import Any

from reflop import catalog
from reflop.measure import comparison, statistics, timing

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
        comparison.row(
            "import reflop",
            "the bare interpreter, subtracted",
            statistics.median(extra, "s"),
            target=0.3,
            kind="at most",
        ),
        comparison.row("reflop list", "none", statistics.median(seconds["reflop list"], "s"), target=None),
    ]


def _python(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
