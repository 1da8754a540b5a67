import json
import re
from pathlib import Path

import pytest

from reflop import runs
from reflop.book import runbox, runpage
from reflop.book.folder import Folder
from reflop.errors import BadFile
from reflop.record import RECORD_MIME, Record
from tests.book.made import (
    a_checkout,
    a_drawing,
    a_notebook,
    a_record,
    code,
    elsewhere,
    figures,
    markdown,
    page_cells,
    publish,
    shown,
)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = a_checkout(tmp_path / "checkout")
    monkeypatch.chdir(root)
    figures(monkeypatch, speckle=a_drawing)
    return root


def staged(root: Path, preset: str = "book") -> tuple[runpage.Page, str]:
    generated, pages = Folder(root / "book/_generated"), Folder(root / "book/runs")
    page = runpage.stage(root, preset, runs.load(root)["one"], generated, pages)
    return page, (root / "book/runs/one.md").read_text()


def test_a_page_shows_its_figure_box_parameters_and_notebook(root: Path, records_folder: Path) -> None:
    record = a_record()
    record.save(records_folder)
    publish(root, a_notebook(*page_cells(record)))
    page, text = staged(root)
    assert (page.executed, page.figures, page.sections, page.records) == (
        True, ["one-speckle"], ["optical.speckle"], [record],
    )  # fmt: skip
    assert text.startswith(
        "# One \\<title\\>\n\n[preset book]{.tag .tag-preset} [simulated]{.tag .tag-simulated}"
    )
    assert "The template's title" not in text
    assert "```{theme-figure} one-speckle\n```" in text
    assert "Reproduce: `reflop run optical.speckle`" in text
    assert "## Parameters" in text
    assert "/book/_generated/notebooks/one.ipynb" in text
    for told in (record.id, "2026\\-01\\-02 03\\:04 UTC", "0123456789", "Test CPU", "1.5 s"):
        assert told in text, told
    kept = (root / "book/_generated/records" / record.file_name).read_bytes()
    assert kept == (records_folder / record.file_name).read_bytes()
    csv = (root / "book/_generated/csv/one-speckle.csv").read_text()
    assert csv.splitlines()[1] == f"{record.id},book,test-cpu-x2,1.0,1"


def test_a_record_without_rows_gives_its_metrics_as_csv() -> None:
    assert runbox.numbers([a_record(rows=[])])[0]["metric"] == "speckle_contrast"


def test_an_unchanged_page_is_not_touched(root: Path, records_folder: Path) -> None:
    record = a_record()
    record.save(records_folder)
    publish(root, a_notebook(*page_cells(record)))
    staged(root)
    before = {path: path.stat().st_mtime_ns for path in (root / "book").rglob("*") if path.is_file()}
    staged(root)
    assert before == {path: path.stat().st_mtime_ns for path in (root / "book").rglob("*") if path.is_file()}


def test_a_record_that_is_gone_is_not_run(root: Path) -> None:
    publish(root, a_notebook(*page_cells(a_record())))
    page, text = staged(root)
    assert page.records == []
    assert "Reproduce: `reflop execute one --preset book`" in text


@pytest.mark.parametrize("place", ["../outside.json", "/etc/hostname"])
def test_a_record_outside_the_records_folder_is_refused(root: Path, records_folder: Path, place: str) -> None:
    records_folder.mkdir(parents=True)
    (records_folder.parent / "outside.json").write_text("{}")
    mime = {RECORD_MIME: {"name": "optical.speckle", "file": place}}
    told = {"figure": "optical.speckle", "section": "optical.speckle"}
    publish(root, a_notebook(markdown("# t"), code("r", [shown(mime)]), code("f", reflop=told)))
    with pytest.raises(BadFile):
        staged(root)


def test_two_runs_of_one_notebook_have_their_own_labels(root: Path) -> None:
    text = (
        "(kernel)=\n## Kernel\n\nSee {ref}`kernel` and [](#kernel).\n\n$$\na\n$$ (sum)\n\n{eq}`sum`, `other`"
    )
    publish(root, a_notebook(markdown("# t"), markdown(text)))
    body = staged(root)[1]
    assert "(one-kernel)=" in body
    assert "{ref}`one-kernel`" in body
    assert "$$ (one-sum)" in body
    assert "{eq}`one-sum`" in body
    assert "(#one-kernel)" in body
    assert "`other`" in body


def test_the_same_figure_twice_takes_two_names(root: Path, records_folder: Path) -> None:
    record = a_record()
    record.save(records_folder)
    cells = page_cells(record)
    publish(root, a_notebook(*cells[:4], cells[3], *cells[4:]))
    assert staged(root)[0].figures == ["one-speckle", "one-speckle-2"]


def test_output_of_a_cell_is_shown_as_text(root: Path) -> None:
    printed = {"output_type": "stream", "name": "stdout", "text": f"<b> ``` {root}/x\n"}
    publish(root, a_notebook(markdown("# t"), code("f()", [printed])))
    assert "````text\n<b> ``` ./x\n````" in staged(root)[1]


def test_kept_records_are_listed_in_the_box(root: Path, records_folder: Path) -> None:
    fresh = a_record()
    other = a_record("long", elsewhere("other-cpu-x8", commit="fedcba98765", dirty=True))
    fresh.save(records_folder)
    other.save(root / "results")
    publish(root, a_notebook(*page_cells(fresh)))
    text = staged(root)[1]
    assert "Also drawn" in text
    for told in (other.id, "preset long", "other\\-cpu\\-x8", "fedcba9876 \\(dirty\\)"):
        assert told in text, told
    assert len((root / "book/_generated/csv/one-speckle.csv").read_text().splitlines()) == 3


def test_a_skipped_section_is_a_badge_not_a_failure(root: Path, records_folder: Path) -> None:
    record: Record = a_record(status="skipped", reason="no GPU", metrics={}, rows=[])
    record.save(records_folder)
    publish(root, a_notebook(*page_cells(record)))
    text = staged(root)[1]
    assert "[not run]{.tag .tag-not-run}" in text
    assert "[simulated]" not in text
    told = json.loads((root / "book/_generated/figures/one-speckle.json").read_text())
    assert re.search("no GPU", told["caption"])
