from pathlib import Path

import pytest

from reflop import runs
from reflop.batch import run_all
from reflop.errors import BadParams
from reflop.execute import execute
from tests import project
from tests.faults import early

HOSTILE = [
    "..",
    "../page",
    "a/b",
    "/etc/passwd",
    "a\0b",
    "-page",
    ".page",
    "Page",
    "pa ge",
    "",
    "x" * 65,
    "{preset}",
    "ü",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_fault_22_a_hostile_name_never_becomes_a_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    root = early.checkout(tmp_path, monkeypatch)
    before = sorted(tmp_path.rglob("*"))
    attempts = [
        lambda: execute(name, "smoke"),
        lambda: execute("page", name),
        lambda: run_all("smoke", only=[name]),
        lambda: run_all("smoke", profile=name) if name else execute(name),
    ]
    for attempt in attempts:
        with pytest.raises(BadParams) as caught:
            attempt()
        assert caught.value.exit_code == 2
    assert sorted(tmp_path.rglob("*")) == before
    (root / "runs.yaml").write_text(project.entry("page").replace("page:", f"{name!r}:".replace("\\x00", "")))
    if "\0" not in name:
        with pytest.raises(BadParams):
            runs.load(root)


def test_fault_22_every_good_name_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = early.checkout(tmp_path, monkeypatch)
    names = ["a", "a0", "a-b_c", "x" * 64]
    (root / "runs.yaml").write_text("".join(project.entry(name, "page") for name in names))
    assert list(runs.load(root)) == names
