from pathlib import Path
from typing import Any

import pytest

from reflop import runs
from reflop.errors import BadParams
from reflop.execute import execute
from reflop.sweep import sweep
from tests import project
from tests.faults import early

WRONG = [
    ("size", "2"),
    ("size", 2.0),
    ("size", True),
    ("size", [2]),
    ("size", 10**400),
    ("size", 10**5000),
    ("rate", float("nan")),
    ("rate", float("inf")),
    ("rate", "0.5"),
    ("rate", True),
    ("text", 7),
    ("text", b"bytes"),
    ("text", object()),
    ("mode", "plane"),
    ("seed", 2**32),
]


@pytest.mark.parametrize(
    ("name", "value"), WRONG, ids=[f"{n}-{type(v).__name__}-{i}" for i, (n, v) in enumerate(WRONG)]
)
def test_fault_19_a_wrong_type_is_refused_naming_the_field(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: Any
) -> None:
    early.checkout(tmp_path, monkeypatch)
    for attempt in (
        lambda: execute("page", "smoke", {name: value}),
        lambda: sweep("toy.echo", {name: [value]}, "smoke"),
    ):
        with pytest.raises(BadParams) as caught:
            attempt()
        assert caught.value.exit_code == 2
        assert name in str(caught.value)
        assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    "text", ["'2'", "2.0", "true", "no", "010", "0x2", ".nan", ".inf", "1_0", "2020-01-01", "~ ~"]
)
def test_fault_19_in_runs_yaml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    root = early.checkout(tmp_path, monkeypatch)
    (root / "runs.yaml").write_text(project.entry("page").replace("}", f", parameters: {{size: {text}}}}}"))
    with pytest.raises(BadParams, match="size"):
        runs.load(root)


@pytest.mark.parametrize(
    "pair", ["size=2.0", "size=true", "size=010", "rate=NaN", "rate=1e999", "size=" + "9" * 400]
)
def test_fault_19_on_the_command_line(tmp_path: Path, pair: str) -> None:
    root = project.make(tmp_path / "checkout")
    code, _, err = project.reflop(root, "execute", "page", "--preset", "smoke", "-p", pair)
    assert code == 2
    assert pair.partition("=")[0] in err
