"""A checkout in which nothing may start: what is wrong must be found before."""

from pathlib import Path

import pytest

from reflop import kernel, scheduler
from tests import project


def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The checkout, entered; a kernel or a batch in it fails the test."""
    root = project.enter(monkeypatch, project.make(tmp_path / "checkout"))
    monkeypatch.setattr(kernel, "run", lambda *_, **__: pytest.fail("a kernel was started"))
    monkeypatch.setattr(scheduler, "_watch", lambda *_, **__: pytest.fail("a batch was started"))
    return root
