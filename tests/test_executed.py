import copy
import socket
from pathlib import Path

import nbformat
import pytest

from reflop import executed
from reflop.errors import RunFailed
from reflop.record import RECORD_MIME
from tests import project

DONE = {"status": "completed", "exception": False}


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> nbformat.NotebookNode:
    """An executed notebook as papermill leaves it, with a record that reads."""
    monkeypatch.setattr(executed.recording, "read", lambda path: None)
    made = nbformat.reads(project.notebook("print('x')"), as_version=4)
    made.metadata["papermill"] = {"parameters": {"preset": "smoke"}, "exception": None, "input_path": "/a/b"}
    for count, cell in enumerate(made.cells):
        cell.metadata["papermill"] = dict(DONE)
        if cell.cell_type == "code":
            cell["execution_count"] = count
    shown = {RECORD_MIME: {"name": "toy.echo", "file": "toy/echo.json"}, "text/plain": "toy.echo"}
    made.cells[3].outputs = [nbformat.v4.new_output("execute_result", shown, execution_count=3)]
    end = nbformat.v4.new_output("execute_result", {"text/plain": "'complete'"}, execution_count=5)
    made.cells[-1].outputs = [end]
    return made


def check(page: nbformat.NotebookNode) -> None:
    executed.check(page, "notebooks/page.ipynb", {"preset": "smoke"}, ["toy.echo"])


def test_a_whole_page_passes(page: nbformat.NotebookNode) -> None:
    check(page)
    assert executed.records(page) == [{"name": "toy.echo", "file": "toy/echo.json"}]


def test_an_empty_cell_needs_no_execution(page: nbformat.NotebookNode) -> None:
    page.cells.insert(1, nbformat.v4.new_code_cell(" \n"))
    check(page)


def test_an_error_output_is_refused_whatever_the_metadata_say(page: nbformat.NotebookNode) -> None:
    page.cells[4].outputs = [nbformat.v4.new_output("error", ename="E", evalue="why\nmore", traceback=[])]
    with pytest.raises(RunFailed, match=r"notebooks/page\.ipynb cell 5: found E: why$"):
        check(page)


def test_cells_are_counted_as_in_the_notebook_file(page: nbformat.NotebookNode) -> None:
    added = nbformat.v4.new_code_cell("a = 1", metadata={"tags": ["injected-parameters"], "papermill": DONE})
    added["execution_count"] = 2
    page.cells.insert(3, added)
    page.cells[5]["execution_count"] = None
    with pytest.raises(RunFailed, match="cell 5: expected a cell that ran"):
        check(page)


def test_a_cell_that_never_ran_is_refused_although_called_completed(page: nbformat.NotebookNode) -> None:
    page.cells[4]["execution_count"] = None
    with pytest.raises(RunFailed, match="cell 5: expected a cell that ran, found status completed"):
        check(page)


@pytest.mark.parametrize("status", ["pending", "running", "failed", None])
def test_a_cell_that_is_not_completed_is_refused(page: nbformat.NotebookNode, status: str | None) -> None:
    page.cells[4].metadata["papermill"]["status"] = status
    with pytest.raises(RunFailed, match="cell 5"):
        check(page)


def test_a_page_without_its_end_is_refused(page: nbformat.NotebookNode) -> None:
    cut = copy.deepcopy(page)
    cut.cells[-1].outputs = []
    with pytest.raises(RunFailed, match="sentinel"):
        check(cut)
    del page.cells[-1]
    with pytest.raises(RunFailed, match="sentinel"):
        check(page)


def test_other_parameters_than_asked_are_refused(page: nbformat.NotebookNode) -> None:
    page.metadata["papermill"]["parameters"] = {"preset": "book"}
    with pytest.raises(RunFailed, match=r"expected parameters \{'preset': 'smoke'\}"):
        check(page)


def test_a_section_without_its_record_is_refused(page: nbformat.NotebookNode) -> None:
    page.cells[3].outputs = []
    with pytest.raises(RunFailed, match=r"shows the record of toy\.echo"):
        check(page)


def test_a_record_that_cannot_be_read_is_refused(
    page: nbformat.NotebookNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    with pytest.raises(RunFailed, match=r"record of toy\.echo"):
        check(page)


def test_what_is_no_notebook_is_refused(page: nbformat.NotebookNode) -> None:
    page.cells[1]["cell_type"] = "odd"
    with pytest.raises(RunFailed, match="valid notebook"):
        check(page)


def test_publishable_leaves_the_original_alone_and_takes_this_machine_out(
    page: nbformat.NotebookNode,
) -> None:
    root, before = Path("/srv/a checkout"), copy.deepcopy(page)
    page.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {}}}
    page.metadata["papermill"]["environment_variables"] = {"SECRET": "x"}
    said = f"{root}/build {Path.home()}/x {socket.gethostname()}"
    stream = nbformat.v4.new_output
    widget = {executed.WIDGET_MIME: {"model_id": "1"}}
    page.cells[4].outputs = [
        stream("stream", name="stdout", text=said),
        stream("stream", name="stderr", text="noise"),
        stream("display_data", {"text/plain": said, **widget}),
        stream("display_data", dict(widget)),
    ]
    clean = executed.publishable(page, root, "notebooks/page.ipynb", "Another title")
    assert page.metadata["papermill"]["input_path"] == before.metadata["papermill"]["input_path"]
    assert [output.output_type for output in clean.cells[4].outputs] == ["stream", "display_data"]
    text = nbformat.writes(clean)
    for trace in (str(root), str(Path.home()) + "/x", "SECRET", "widget", "noise", "/a/b"):
        assert trace not in text
    assert clean.metadata["papermill"]["input_path"] == "notebooks/page.ipynb"
    assert clean.cells[0].source == "# Another title\n\nIts prose."
    nbformat.validate(clean)
