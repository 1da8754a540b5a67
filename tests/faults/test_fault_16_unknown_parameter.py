from pathlib import Path

import pytest

from reflop.errors import BadParams
from reflop.execute import execute
from reflop.sweep import sweep
from tests import project
from tests.faults import early


@pytest.mark.parametrize(("name", "near"), [("siez", "size"), ("txt", "text"), ("Seed", "seed")])
def test_fault_16_an_unknown_parameter_is_refused_before_a_kernel_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, near: str
) -> None:
    early.checkout(tmp_path, monkeypatch)
    for attempt in (
        lambda: execute("page", "smoke", {name: 1}),
        lambda: sweep("toy.echo", {name: [1]}, "smoke"),
    ):
        with pytest.raises(
            BadParams, match=rf"unknown parameter '{name}': expected '{near}' \(nearest\)"
        ) as caught:
            attempt()
        assert caught.value.exit_code == 2


def test_fault_16_on_the_command_line(tmp_path: Path) -> None:
    root = project.make(tmp_path / "checkout")
    code, _, err = project.reflop(root, "execute", "page", "--preset", "smoke", "-p", "siez=1")
    assert code == 2
    assert "'size' (nearest)" in err
    assert len(err.splitlines()) == 1
