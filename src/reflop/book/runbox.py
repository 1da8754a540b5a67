"""The run box under a figure: one visible line says how to get this figure again, the rest where it came from."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from reflop.book import escape, table, words
from reflop.book.folder import Folder
from reflop.files import canonical
from reflop.record import Record


def stage(folder: Folder, name: str, section: str, records: list[Record], page: str) -> str:
    """The run box of figure `name` as Markdown, also put into `folder` with its JSON and CSV files.

    `page` is the command that makes the whole page; it stands alone where there is no record yet.
    """
    box = _filled(folder, name, section, records, page) if records else _box(page, "Not run at this preset.")
    folder.write(f"boxes/{name}.md", f"{box}\n")
    return box


def _filled(folder: Folder, name: str, section: str, records: list[Record], page: str) -> str:
    """The box of a figure that was drawn: the page's own record, then those kept beside it."""
    first, *others = records
    folder.write(f"csv/{name}.csv", table.csv_text(numbers(records)))
    rows = [*_origin(folder, first), ("Files", _files(name)), ("Whole page", escape.code(page))]
    text = table.markdown(
        ["This figure", escape.myst(section)], [list(row) for row in rows], kind="run-table"
    )
    if others:
        text += "\n\nAlso drawn, kept from earlier runs:\n\n" + _others(folder, others)
    return _box(str(first.provenance["command"]), text)


def _box(command: str, text: str) -> str:
    return f"::::{{dropdown}} Reproduce: {escape.code(command)}\n:class-container: run-box\n\n{text}\n::::"


def _origin(folder: Folder, record: Record) -> list[tuple[str, str]]:
    """Everything the record says about how it came about, foreign text escaped."""
    params = "; ".join(
        f"{key} = {words.value(value)}" for key, value in record.params.items() if key != "seed"
    )
    seeds = ", ".join(map(str, record.provenance["seeds"]))
    return [
        ("Preset", " ".join(badges(record))),
        ("Parameters", escape.myst(params)),
        ("Seed", escape.myst(seeds)),
        ("Record", link(folder, record)),
        ("Commit", escape.myst(words.commit(record))),
        ("Date", f"{escape.myst(words.day(record))} UTC"),
        ("Machine", escape.myst(words.machine(record))),
        ("Duration", words.seconds(record.provenance["seconds"])),
    ]


def _others(folder: Folder, records: list[Record]) -> str:
    rows = [
        [
            link(folder, r),
            " ".join(badges(r)),
            *map(escape.myst, (words.machine(r), words.commit(r), words.day(r))),
        ]
        for r in records
    ]
    return table.markdown(["Record", "Preset", "Machine", "Commit", "Date"], rows, kind="run-table")


def _files(name: str) -> str:
    csv = f"{{download}}`numbers (CSV) </book/_generated/csv/{name}.csv>`"
    return f"{csv}, {{download}}`drawing (SVG) </book/_generated/figures/{name}-light.svg>`"


def link(folder: Folder, record: Record) -> str:
    """A link to the record's own file, which the site carries byte for byte."""
    name = f"records/{record.file_name}"
    folder.write(name, canonical(asdict(record)) + "\n")
    return f"{{download}}`{record.id} </book/_generated/{name}>`"


def badges(record: Record) -> list[str]:
    """Preset, nature and scale, each as a small label; a skipped record says so instead."""
    preset = badge(f"preset {record.preset}")
    if record.status == "skipped":
        return [preset, badge("not run", "not-run")]
    return [preset, badge(record.nature, record.nature), badge(f"{record.scale} scale", record.scale)]


def badge(text: str, kind: str = "preset") -> str:
    """A small label; `kind` names its colour."""
    return f"[{escape.myst(text)}]{{.tag .tag-{kind}}}"


def numbers(records: list[Record]) -> list[dict[str, Any]]:
    """What the figure plots, one row per row of each record; a record without rows gives its metrics."""
    rows: list[dict[str, Any]] = []
    for record in records:
        head = {"record": record.id, "preset": record.preset, "machine": record.machine}
        metrics = [{"metric": name, **asdict(metric)} for name, metric in record.metrics.items()]
        rows += [{**head, **row} for row in record.rows or metrics]
    return rows
