import json
from pathlib import Path

import pytest

from reflop.book import staging
from reflop.errors import BadFile
from tests.book.made import (
    a_checkout,
    a_drawing,
    a_notebook,
    a_record,
    elsewhere,
    figures,
    page_cells,
    publish,
)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, records_folder: Path) -> Path:
    root = a_checkout(tmp_path / "checkout")
    monkeypatch.chdir(root)
    figures(monkeypatch, speckle=a_drawing)
    record = a_record()
    record.save(records_folder)
    publish(root, a_notebook(*page_cells(record)))
    return root


def times(root: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in (root / "book").rglob("*") if path.is_file()}


def test_nothing_to_do_touches_nothing(root: Path) -> None:
    staging.stage(root, "book")
    before = times(root)
    staging.stage(root, "book")
    assert times(root) == before


def test_what_is_no_longer_made_goes(root: Path) -> None:
    staging.stage(root, "book")
    entries = json.loads((root / "runs.yaml").read_text())
    (root / "runs.yaml").write_text(json.dumps({"two": entries["one"]}))
    staging.stage(root, "book")
    names = {path.name for path in times(root)}
    assert "two.md" in names
    assert not [name for name in names if name.startswith("one")]


def test_kept_records_count_beside_those_of_the_pages(root: Path) -> None:
    kept = a_record("long", elsewhere("other-cpu-x8"))
    kept.save(root / "results")
    staging.stage(root, "book")
    provenance = (root / "book/_generated/provenance.md").read_text()
    assert a_record().id in provenance
    assert kept.id in provenance


def test_a_record_that_no_page_shows_and_nobody_kept_is_left_out(root: Path, records_folder: Path) -> None:
    stray = a_record(params={"seed": 7})
    stray.save(records_folder)
    staging.stage(root, "book")
    assert not [
        path for path in times(root) if stray.id in path.name or stray.id in path.read_text(errors="replace")
    ]


def test_a_damaged_kept_record_stops_the_staging(root: Path) -> None:
    path = a_record("long").save(root / "results")
    path.write_text(path.read_text().replace("1.02", "1.03"))
    with pytest.raises(BadFile):
        staging.stage(root, "book")


def test_the_list_of_figures_gives_the_first_sentence(root: Path) -> None:
    staging.stage(root, "book")
    told = (root / "book/_generated/figures.md").read_text()
    assert told == "- {numref}`fig-one-speckle` Contrast of 1 records\\, $|Rx|^2$\n"
