"""A notebook after it ran: whether it may become a page, and what of it may leave this machine."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reflop import record as recording
from reflop.book.escape import scrubbed
from reflop.errors import BadFile, RunFailed
from reflop.files import records_folder
from reflop.record import RECORD_MIME
from reflop.template import COMPLETE, SENTINEL

if TYPE_CHECKING:
    from nbformat import NotebookNode

WIDGET_MIME = "application/vnd.jupyter.widget-view+json"


def check(notebook: NotebookNode, what: str, asked: dict[str, Any], sections: list[str]) -> None:
    """Refuse a notebook that did not run whole; its own metadata is never enough to believe that it did.

    `asked` are the parameters it was to run with, `sections` those whose records it must show.

    Raises:
        RunFailed: naming the notebook, the cell and what is wrong.
    """
    import nbformat

    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        raise RunFailed(what=what, expected="a valid notebook", found=str(error).splitlines()[0]) from None
    code = [n for n, cell in enumerate(notebook.cells) if cell.cell_type == "code" and cell.source.strip()]
    for index in code:
        _check_cell(f"{what} cell {position(notebook, index)}", notebook.cells[index])
    last = notebook.cells[code[-1]] if code else None
    shown = [o.get("data", {}).get("text/plain") for o in last.outputs] if last else []
    if last is None or SENTINEL not in last.metadata.get("tags", []) or shown != [COMPLETE]:
        raise RunFailed(
            what=what, expected=f"a last cell, tagged {SENTINEL}, that shows {COMPLETE}", found=str(shown)
        )
    if notebook.metadata.papermill.get("parameters", {}) != asked:
        found = str(notebook.metadata.papermill.get("parameters"))
        raise RunFailed(what=what, expected=f"parameters {asked}", found=found)
    _check_records(notebook, what, sections)


def position(notebook: NotebookNode, index: int) -> int:
    """The place of a cell in the notebook's own file, counted from 1: papermill adds a cell with the parameters."""
    return sum(not injected(cell) for cell in notebook.cells[: index + 1])


def injected(cell: NotebookNode) -> bool:
    """Whether papermill added the cell, to set the parameters."""
    return "injected-parameters" in cell.metadata.get("tags", [])


def _check_cell(what: str, cell: NotebookNode) -> None:
    """Refuse a cell that failed, or that never ran whatever its status says."""
    for output in cell.outputs:
        if output.output_type == "error":
            raise RunFailed(what=what, found=first_line(output.ename, output.evalue))
    status = cell.metadata.get("papermill", {}).get("status")
    if cell.execution_count is None or status != "completed":
        raise RunFailed(what=what, expected="a cell that ran", found=f"status {status}, never executed")


def _check_records(notebook: NotebookNode, what: str, sections: list[str]) -> None:
    """Refuse a page that names a record that is not there, or lacks the record of a section it runs."""
    named = records(notebook)
    for section in sections:
        if section not in [entry["name"] for entry in named]:
            raise RunFailed(what=what, expected=f"a cell that shows the record of {section}", found="none")
    for entry in named:
        try:
            recording.read(records_folder() / entry["file"])
        except BadFile as error:
            raise RunFailed(what=f"{what}: record of {entry['name']}", found=str(error)) from None


def records(notebook: dict[str, Any]) -> list[dict[str, str]]:
    """Name and file (below the records folder) of every record the notebook shows, in order."""
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    return [output["data"][RECORD_MIME] for output in outputs if RECORD_MIME in output.get("data", {})]


def first_line(name: str, message: str) -> str:
    r"""An error as one line.

    >>> first_line("ValueError", "no such thing\nand more")
    'ValueError: no such thing'
    """
    return f"{name}: {message}".strip().splitlines()[0][:300]


def publishable(notebook: NotebookNode, root: Path, template: str, title: str) -> NotebookNode:
    """A copy that may leave this machine: no absolute path, host name, environment, widget state or stderr.

    The first heading becomes the run's own title, since several runs may share one notebook.
    """
    page = copy.deepcopy(notebook)
    page.metadata.pop("widgets", None)
    told = page.metadata.papermill
    page.metadata.papermill = {
        **{key: told[key] for key in ("parameters", "start_time", "duration", "version") if key in told},
        "input_path": template,
    }
    heading = next((cell for cell in page.cells if cell.cell_type == "markdown"), None)
    if heading is not None and heading.source.startswith("# "):
        heading.source = "\n".join([f"# {title}", *heading.source.split("\n")[1:]])
    for cell in page.cells:
        if cell.cell_type == "code":
            cell.outputs = [clean for output in cell.outputs if (clean := _clean(output, root))]
    return page


def _clean(output: NotebookNode, root: Path) -> NotebookNode | None:
    """The output without traces of this machine, or None if nothing of it is for a reader."""
    if output.output_type == "stream":
        output.text = scrubbed(output.text, root)
        return output if output.name != "stderr" else None
    if "data" not in output:
        return output
    output.data.pop(WIDGET_MIME, None)
    for mime, content in output.data.items():
        if mime.startswith("text/") and isinstance(content, str):
            output.data[mime] = scrubbed(content, root)
    return output if output.data else None
