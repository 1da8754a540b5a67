import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from reflop.errors import ReflopError
from reflop.execute import execute
from tests import project

ROOM_BYTES = 200_000


@contextmanager
def full_disk() -> Iterator[None]:
    """No file may grow beyond `ROOM_BYTES`, in this process and in the kernels it starts."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM_BYTES, before[1]))  # Python ignores SIGXFSZ by itself
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_fault_08_a_full_disk_leaves_the_old_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = project.enter(monkeypatch, project.make(tmp_path / "checkout"))
    execute("page", "smoke")
    before = project.state(root)
    project.write(root, "page", project.notebook(f"print('x' * {2 * ROOM_BYTES})"))
    with full_disk(), pytest.raises(ReflopError, match="no space left") as caught:
        execute("page", "smoke")
    assert caught.value.exit_code == 1
    assert project.state(root) == before
    assert project.leftovers(root) == []


def test_fault_08_a_disk_that_fills_at_the_last_step_leaves_the_old_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = project.enter(monkeypatch, project.make(tmp_path / "checkout"))
    execute("page", "smoke")
    before = project.state(root)
    publishable = "reflop.execute.executed.publishable"
    monkeypatch.setattr(publishable, lambda page, *_: page.metadata.update(x="x" * 2 * ROOM_BYTES) or page)
    with full_disk(), pytest.raises(ReflopError, match="no space left") as caught:
        execute("page", "smoke")
    assert caught.value.exit_code == 1
    assert project.state(root) == before
    assert project.leftovers(root) == []
