"""The smoke record of every section, measured once per test process."""

import os
import tempfile
from functools import cache
from pathlib import Path

import pytest

from reflop import catalog, run
from reflop.record import Record

# One group per system: its sections are measured in one process of a parallel test run, and only there.
SECTIONS = [
    pytest.param(name, marks=pytest.mark.xdist_group(f"smoke-{entry.system}"))
    for name, entry in catalog.sections().items()
]
SYSTEMS = [pytest.param(name, marks=pytest.mark.xdist_group(f"smoke-{name}")) for name in catalog.SYSTEMS]


@cache
def record(name: str) -> Record:
    """The record of section `name` at the preset smoke; nothing of it stays on disk."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "REFLOP_RECORDS", str(Path(folder)))
        return run(name, "smoke")
