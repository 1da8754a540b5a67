from pathlib import Path

from reflop.book import escape, provenance
from reflop.book.folder import Folder
from reflop.book.runpage import Page
from reflop.data import catalogue
from reflop.record import Record
from reflop.runs import Run
from tests.book.made import a_record, elsewhere


def page(folder: Path, *records: Record) -> str:
    run = Run("one", "notebooks/one.ipynb", "One", 1, 5)
    provenance.stage(
        Folder(folder), [Page(run, executed=bool(records), records=list(records))], records, "book"
    )
    return (folder / "provenance.md").read_text()


def test_every_record_and_machine_is_listed(tmp_path: Path) -> None:
    records = [a_record(), a_record("long", elsewhere("gpu-box", energy_j=12.5, dirty=True))]
    text = page(tmp_path, *records)
    for told in (*(r.id for r in records), "Test CPU\\, 2 cores", "gpu\\-box\\, 2 cores", "numpy 2\\.0"):
        assert told in text, told
    for told in ("not measured", "12.5 J", "1 MiB", "1.5 s", "dirty"):
        assert told in text, told


def test_pages_name_their_command(tmp_path: Path) -> None:
    assert "`reflop execute one --preset book`" in page(tmp_path)
    assert "not run" in page(tmp_path)


def test_data_sets_are_listed_with_their_digest(tmp_path: Path) -> None:
    name = next(iter(catalogue.DATASETS))
    text = page(tmp_path, a_record(provenance={"data": {name: "ab" * 32, "<own>": "cd" * 32}}))
    assert "`abababababababab`" in text
    assert escape.myst(catalogue.DATASETS[name].licence) in text
    assert "\\<own\\>" in text
    assert "not in the catalogue" in text


def test_no_data_is_said(tmp_path: Path) -> None:
    assert "No record reads a data set" in page(tmp_path, a_record())
