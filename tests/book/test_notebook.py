import json
from pathlib import Path

import pytest

from reflop.book import notebook
from reflop.book.notebook import Code, Picture, Prose
from reflop.errors import BadFile
from tests.book.made import a_notebook, a_record, code, markdown, page_cells, shown


def read(folder: Path, *cells: dict) -> notebook.Notebook:
    path = folder / "n.ipynb"
    path.write_text(json.dumps(a_notebook(*cells)))
    return notebook.read(path)


def test_a_page_is_prose_code_and_pictures(tmp_path: Path) -> None:
    record = a_record()
    parts = read(tmp_path, *page_cells(record)).parts
    assert [type(part) for part in parts] == [Prose, Code, Picture]
    assert parts[1].output == ""  # the record is told by the run box
    assert parts[2].record == record.file_name


def test_a_picture_of_a_page_that_did_not_run_has_no_record(tmp_path: Path) -> None:
    assert read(tmp_path, *page_cells(None)).parts[2].record is None


@pytest.mark.parametrize(
    "cell",
    [
        code("import os\nfrom reflop import run"),
        code('explore("optical.speckle")', tags=["interactive"]),
        code("x = 1", tags=["injected-parameters"]),
        code("x = 1", tags=["remove-input"]),
        code("  \n"),
    ],
)
def test_cells_that_tell_a_reader_nothing_go(tmp_path: Path, cell: dict) -> None:
    assert read(tmp_path, cell).parts == []


def test_only_text_outputs_are_taken(tmp_path: Path) -> None:
    printed = {"output_type": "stream", "name": "stdout", "text": ["\x1b[31mred\x1b[0m\n"]}
    warned = {"output_type": "stream", "name": "stderr", "text": "warning"}
    rich = shown({"text/html": "<b>t</b>", "application/javascript": "alert(1)", "text/plain": ["t", "able"]})
    assert read(tmp_path, code("f()", [printed, warned, rich])).parts == [Code("f()", "red\n\ntable")]


def test_the_download_holds_nothing_that_runs_and_no_trace_of_this_machine(tmp_path: Path) -> None:
    rich = shown(
        {
            "text/html": "<script>",
            "text/plain": f"{tmp_path}/x",
            "application/vnd.jupyter.widget-view+json": {},
        }
    )
    printed = {"output_type": "stream", "name": "stdout", "text": [f"{tmp_path}/y"]}
    cell = code("f()", [rich, printed], papermill={"duration": 1}, tags=["t"])
    content = a_notebook(cell, papermill={"output_path": str(tmp_path)}, widgets={"state": {}})
    clean = notebook.cleaned(content, tmp_path)
    assert set(clean["metadata"]) == {"kernelspec"}
    assert clean["cells"][0]["metadata"] == {"tags": ["t"]}
    assert clean["cells"][0]["outputs"][0]["data"] == {"text/plain": "./x"}
    assert clean["cells"][0]["outputs"][1]["text"] == "./y"
    assert str(tmp_path) not in json.dumps(clean)


@pytest.mark.parametrize("content", ["[]", '{"cells": 1}', "{"])
def test_other_files_are_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "n.ipynb").write_text(content)
    with pytest.raises(BadFile, match=r"n\.ipynb"):
        notebook.read(tmp_path / "n.ipynb")


def test_markdown_cells_keep_their_source(tmp_path: Path) -> None:
    assert read(tmp_path, markdown("a\n\nb")).parts == [Prose("a\n\nb")]
