"""The provenance page: where every record came from, generated and never typed."""

from __future__ import annotations

from collections.abc import Sequence

from reflop.book import escape, runbox, table, words
from reflop.book.folder import Folder
from reflop.book.runpage import Page
from reflop.data import catalogue
from reflop.record import Record

NOTE = "Peak memory is that of the whole process, libraries included. Energy is read from a counter where one exists."
OTHER_PAGES = (
    "Every other page is text of the repository; its numbers and verdicts are taken from the records when the book "
    "is built."
)


def stage(folder: Folder, pages: Sequence[Page], records: Sequence[Record], preset: str) -> None:
    """Write `provenance.md`: machines, records, data, and how each page was made."""
    parts = [
        ("Machines", _machines(records)),
        ("Records", _records(folder, records)),
        ("Data", _data(records)),
        ("How each page was made", _pages(pages, preset)),
    ]
    folder.write("provenance.md", "\n\n".join(f"## {title}\n\n{text}" for title, text in parts) + "\n")


def _machines(records: Sequence[Record]) -> str:
    """One row per machine and set of versions that made a record."""
    rows = {}
    for record in records:
        told = record.provenance["machine"]
        versions = ", ".join(f"{name} {found}" for name, found in told["versions"].items())
        drivers = ", ".join(f"{gpu['name']} (driver {gpu['driver']})" for gpu in told["gpus"]) or "none"
        python = f"Python {told['python']}, {versions}"
        cells = (words.machine(record), f"{told['memory_gib']} GiB", drivers, told["os"], python)
        rows[cells] = [escape.myst(cell) for cell in cells]
    header = ["Processor", "Memory", "GPUs", "System", "Versions"]
    return table.markdown(header, rows.values()) if rows else "No record has been made yet."


def _records(folder: Folder, records: Sequence[Record]) -> str:
    """One row per record, and the time of all of them."""
    if not records:
        return "No record has been made yet."
    rows = [
        [
            escape.myst(r.name), runbox.link(folder, r), " ".join(runbox.badges(r)),
            escape.myst(", ".join(map(str, r.provenance["seeds"]))), escape.myst(words.commit(r)),
            escape.myst(words.day(r)), escape.myst(r.machine), words.seconds(r.provenance["seconds"]),
            words.size(r.provenance["peak_memory_bytes"]), words.energy(r),
        ]
        for r in records
    ]  # fmt: skip
    header = [
        "Section",
        "Record",
        "Kind",
        "Seed",
        "Commit",
        "Date (UTC)",
        "Machine",
        "Time",
        "Peak memory",
        "Energy",
    ]
    total = words.seconds(sum(record.provenance["seconds"] for record in records))
    return f"{table.markdown(header, rows, kind='sortable')}\n\nTogether {total}. {NOTE}"


def _data(records: Sequence[Record]) -> str:
    """Digest and licence of every data set that a record names."""
    digests = {(name, digest) for r in records for name, digest in r.provenance["data"].items()}
    if not digests:
        return "No record reads a data set: their inputs are drawn from the seed."
    rows = [
        [escape.myst(name), escape.code(digest[:16]), escape.myst(_licence(name))]
        for name, digest in sorted(digests)
    ]
    return table.markdown(["Data set", "SHA-256 (first digits)", "Licence"], rows)


def _licence(name: str) -> str:
    known = catalogue.DATASETS.get(name)
    return known.licence if known else "not in the catalogue"


def _pages(pages: Sequence[Page], preset: str) -> str:
    rows = [
        [
            f"{{doc}}`/book/runs/{page.run.id}`",
            escape.code(f"reflop execute {page.run.id} --preset {preset}"),
            escape.code(page.run.notebook),
            ", ".join(escape.code(record.id) for record in page.records) or "not run",
        ]
        for page in pages
    ]  # fmt: skip
    return f"{table.markdown(['Page', 'Command', 'Notebook', 'Records'], rows)}\n\n{OTHER_PAGES}"
