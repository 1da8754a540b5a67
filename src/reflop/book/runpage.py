"""The page of one run: its notebook's prose and figures, each with a run box, and the parameters at the end."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from reflop import record as recording
from reflop.book import drawing, escape, notebook, parameters, runbox
from reflop.book.folder import Folder
from reflop.errors import BadFile
from reflop.experiment import records
from reflop.files import records_folder
from reflop.record import Record
from reflop.runs import Run

_TITLE = re.compile(r"\A\s*# .*\n?")
_LABEL = re.compile(r"^\(([\w-]+)\)=\s*$|^\$\$ *\(([\w-]+)\)\s*$", re.MULTILINE)


@dataclass
class Page:
    """A run as the book shows it."""

    run: Run
    executed: bool
    figures: list[str] = field(default_factory=list)  # names of the numbered figures, in order
    sections: list[str] = field(default_factory=list)  # sections whose records are drawn
    records: list[Record] = field(default_factory=list)  # records made by this run
    body: list[str] = field(default_factory=list)


def stage(root: Path, preset: str, run: Run, generated: Folder, pages: Folder) -> Page:
    """Write `<run id>.md` into `pages` and everything it shows into `generated`."""
    published = root / "build" / "runs" / preset / f"{run.id}.ipynb"
    source = published if published.is_file() else root / run.notebook
    found = notebook.read(source)
    page = Page(run, executed=published.is_file())
    command = f"reflop execute {run.id} --preset {preset}"
    shown: list[str] = []  # code since the last figure
    for part in found.parts:
        if isinstance(part, notebook.Prose):
            page.body.append(part.text)
        elif isinstance(part, notebook.Code):
            shown.append(part.source)
            if part.output:
                page.body += [_code(shown), escape.fenced(escape.scrubbed(part.output, root))]
                shown = []
        else:
            _figure(page, part, generated, command, [*shown, part.source])
            shown = []
    if page.executed:
        content = json.dumps(notebook.cleaned(found.content, root), indent=1, ensure_ascii=False)
        generated.write(f"notebooks/{run.id}.ipynb", content + "\n")
    pages.write(f"{run.id}.md", _assemble(page, preset, command))
    return page


def _figure(page: Page, part: notebook.Picture, generated: Folder, command: str, code: list[str]) -> None:
    """Stage one figure and add it with its run box and its code to the page."""
    name = _unique(f"{page.run.id}-{part.figure.partition('.')[2]}", page.figures)
    drawn = _records(part)
    drawing.stage(generated, name, part.figure, drawn, command)
    page.figures.append(name)
    if part.section not in page.sections:
        page.sections.append(part.section)
    page.records += [record for record in drawn[:1] if record not in page.records]
    box = runbox.stage(generated, name, part.section, drawn, command)
    page.body += [f"```{{theme-figure}} {name}\n```", box, _code(code)]


def _records(part: notebook.Picture) -> list[Record]:
    """The record that the notebook showed and those kept beside it; none if it was not run or is gone.

    Raises:
        BadFile: when the record is there and cannot be trusted.
    """
    if not part.record:
        return []
    path = records_folder() / part.record
    if not path.resolve().is_relative_to(records_folder().resolve()):
        raise BadFile(what=part.record[:80], expected="a file of the records folder", found="another place")
    return records(recording.read(path)) if path.is_file() else []


def _unique(name: str, taken: Iterable[str]) -> str:
    """`name`, numbered when a page draws the same figure twice."""
    count = sum(re.fullmatch(rf"{re.escape(name)}(-\d+)?", other) is not None for other in taken)
    return f"{name}-{count + 1}" if count else name


def _code(sources: list[str]) -> str:
    text = escape.fenced("\n".join(sources), "python")
    return f"::::{{dropdown}} Code\n:class-container: code-box\n\n{text}\n::::"


def _assemble(page: Page, preset: str, command: str) -> str:
    """The whole page: the run's own title, badges, body, parameters, how it was made."""
    body = _relabelled(_TITLE.sub("", "\n\n".join(page.body), count=1), page.run.id)
    tables = [f"### {escape.code(section)}\n\n{parameters.markdown(section)}" for section in page.sections]
    made = f"{escape.code(command)} makes this page."
    if page.executed:
        made += (
            f" {{download}}`Notebook </book/_generated/notebooks/{page.run.id}.ipynb>` as it was executed."
        )
    parts = [f"# {escape.myst(page.run.title)}", _badges(page, preset), _warning(page, command), body]
    return "\n\n".join(part for part in [*parts, "## Parameters", *tables, made] if part) + "\n"


def _badges(page: Page, preset: str) -> str:
    """Preset, nature and scale of what the page shows; each kind once."""
    kinds = dict.fromkeys(badge for record in page.records for badge in runbox.badges(record))
    return " ".join(kinds) or " ".join([runbox.badge(f"preset {preset}"), runbox.badge("not run", "not-run")])


def _warning(page: Page, command: str) -> str:
    """A box on the page's face when the run has not been executed."""
    if page.executed:
        return ""
    told = f"This page has not been run at this preset. {escape.code(command)} makes it."
    return f":::{{admonition}} Not run\n:class: warning\n{told}\n:::"


def _relabelled(text: str, run_id: str) -> str:
    """Labels of the notebook made unique to the run, so that two runs of one notebook do not collide."""
    for found in {first or second for first, second in _LABEL.findall(text)}:
        text = re.sub(rf"(\(#?|`|<){re.escape(found)}(\)|`|>)", rf"\g<1>{run_id}-{found}\g<2>", text)
    return text
