import json
from pathlib import Path

import pytest

from reflop import runs
from reflop.errors import BadParams
from reflop.execute import execute
from reflop.sweep import sweep
from tests import project
from tests.faults import early

HOSTILE = [
    "x=1; open('ran', 'w')",
    "size = 1\nopen('ran', 'w')\nsize",
    "seed=__import__('os').system('touch ran')\nseed",
    "size ",
    "self.size",
    "",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_fault_17_code_in_the_name_of_a_parameter_never_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    root = early.checkout(tmp_path, monkeypatch)
    for attempt in (
        lambda: execute("page", "smoke", {name: 1}),
        lambda: sweep("toy.echo", {name: [1]}, "smoke"),
    ):
        with pytest.raises(BadParams, match="unknown parameter") as caught:
            attempt()
        assert caught.value.exit_code == 2
    assert not list(tmp_path.rglob("ran"))
    (root / "runs.yaml").write_text(project.entry("page", parameters={name: 1}))
    with pytest.raises(BadParams, match="unknown parameter"):
        runs.load(root)


def test_fault_17_on_the_command_line(tmp_path: Path) -> None:
    root = project.make(tmp_path / "checkout")
    file = tmp_path / "parameters.json"
    file.write_text(json.dumps({HOSTILE[0]: 1}))
    for words in (["-p", f"{HOSTILE[1]}=1"], ["--parameters", str(file)]):
        code, _, err = project.reflop(root, "execute", "page", "--preset", "smoke", *words)
        assert code == 2, err
    assert not list(tmp_path.rglob("ran"))
