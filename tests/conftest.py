"""Shared by all tests: records go to a private folder, never to the checkout's; one thread per test process."""

import os
from pathlib import Path

import pytest

# Before torch is loaded anywhere: threads of several test processes that wait for each other take many times longer.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(autouse=True)
def records_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "records"
    monkeypatch.setenv("REFLOP_RECORDS", str(folder))
    return folder
