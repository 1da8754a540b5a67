"""Reflop: five ways to spend fewer FLOPs on vision, rebuilt, measured and put on one scoreboard.

    from reflop import run, records
    record = run("optical.kernel", preset="smoke")     # measured here, or found if nothing changed
    figures.kernel(records(record))                    # from reflop.systems.optical import figures

Importing the package loads neither torch nor numpy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reflop.experiment import records, run
    from reflop.kept import keep
    from reflop.record import Measured, Metric, Record

__version__ = "0.1.0"
__all__ = ["Measured", "Metric", "Record", "keep", "records", "run"]

_HOME = {
    "Measured": "record",
    "Metric": "record",
    "Record": "record",
    "keep": "kept",
    "records": "experiment",
    "run": "experiment",
}


def __getattr__(name: str) -> object:
    """Load the public names on first use."""
    if name not in _HOME:
        message = f"module 'reflop' has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"reflop.{_HOME[name]}"), name)
