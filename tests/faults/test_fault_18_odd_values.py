import json
from pathlib import Path

import pytest

from reflop.execute import execute
from reflop.sweep import sweep
from tests import project

ODD = (
    '"double" \'single\' """three""" \\ \\n \\" back\n'
    "line\r\ntab\tnul\x00 {brace} {{two}} %s $HOME `id` $(id) ; # 📷 é 書 \u2028 \u202e \\N{BEE} ' or 1/0 or '"
)


def test_fault_18_a_value_arrives_unchanged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = project.enter(
        monkeypatch, project.make(tmp_path / "checkout", "import json; print(json.dumps(text))")
    )
    page = project.read(execute("page", "smoke", {"text": ODD}))
    assert json.loads(page.cells[5].outputs[0].text) == ODD
    assert page.metadata["papermill"]["parameters"]["text"] == ODD
    assert page.metadata["reflop"]["parameters"]["text"] == ODD
    assert project.leftovers(root) == []


@pytest.mark.slow
def test_fault_18_a_value_arrives_unchanged_through_snakemake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.enter(monkeypatch, project.make(tmp_path / "checkout"))
    odd = ODD.replace("\x00", "")  # no argument of a program can hold it
    [record] = sweep("toy.echo", {"text": [odd]}, "smoke")
    assert record.params["text"] == odd
    assert record.rows == [{"text": odd}]
