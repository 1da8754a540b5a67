"""Fault 53: the same seed in two processes."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from reflop import catalog, run
from reflop import record as recording
from reflop.record import Record
from tests.contract import smoke

CHILD = """
import sys
from reflop import run
if __name__ == "__main__":
    for name in sys.argv[1:]:
        run(name, "smoke")
"""
# Units, endings and first words of what a busy machine changes: times, rates and their ratios, memory, energy.
UNSTEADY_UNITS = ("s", "ms", "us", "bytes", "J")
ENDINGS = (
    "seconds",
    "_s",
    "_ms",
    "_us",
    "_bytes",
    "_mhz",
    "_j",
    "per_s",
    "speedup",
    "rate",
    "ratio",
    "gain",
    "tera_ops",
    "_share",
)
BEGINNINGS = ("ratio_", "roof_")


def steady(record: Record) -> dict[str, Any]:
    """What of a record must be equal from run to run: every value that is no time and no memory.

    Rows that tell the course of one run, moment by moment with what happened then, are its own.
    """
    metrics = {
        name: (metric.value, metric.low, metric.high, metric.n)
        for name, metric in record.metrics.items()
        if not (_unsteady(name) or metric.unit in UNSTEADY_UNITS or metric.unit.endswith("/s"))
    }
    rows = [
        {key: cell for key, cell in row.items() if not _unsteady(key)}
        for row in record.rows
        if "event" not in row
    ]
    return {
        "id": record.id,
        "params": record.params,
        "nature": record.nature,
        "metrics": metrics,
        "rows": rows,
    }


def _unsteady(name: str) -> bool:
    base = name.removesuffix("_low").removesuffix("_high").removesuffix("_n")
    return base.endswith(ENDINGS) or base.startswith(BEGINNINGS) or "_over_" in base


def _repeatable(system: str) -> dict[str, Record]:
    """The sections of a system that measure more than times and memory."""
    found = {name: smoke.record(name) for name, entry in catalog.sections().items() if entry.system == system}
    return {name: record for name, record in found.items() if steady(record)["metrics"]}


@pytest.mark.parametrize("system", smoke.SYSTEMS)
def test_fault_53_another_process_measures_the_same(
    system: str, records_folder: Path, tmp_path: Path
) -> None:
    ours = _repeatable(system)
    script = tmp_path / "sections.py"  # a file, because some sections measure in processes of their own
    script.write_text(CHILD)
    environment = os.environ | {"PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo"}
    subprocess.run([sys.executable, script, *ours], env=environment, check=True, stderr=subprocess.DEVNULL)
    theirs = {record.name: record for record in recording.read_all(records_folder)}
    assert theirs.keys() == ours.keys() != set()
    for name, record in ours.items():
        assert json.dumps(steady(theirs[name]), indent=1) == json.dumps(steady(record), indent=1), name


@pytest.mark.parametrize("system", smoke.SYSTEMS)
def test_fault_53_another_seed_measures_something_else(system: str) -> None:
    """Otherwise the test above would hold for a section that ignores its seed."""
    drawn = [record for record in _repeatable(system).values() if record.nature != "modelled"]
    quickest = min(drawn, key=lambda record: record.provenance["seconds"])
    assert steady(run(quickest.name, "smoke", seed=1))["metrics"] != steady(quickest)["metrics"]
