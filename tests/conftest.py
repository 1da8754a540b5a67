"""Shared by all tests: records go to a private folder, never to the checkout's."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def records_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "records"
    monkeypatch.setenv("REFLOP_RECORDS", str(folder))
    return folder
