import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from reflop import kept
from reflop import record as recording
from reflop.errors import BadFile, BadParams
from reflop.experiment import run
from reflop.record import Measured, Metric, Record
from tests import toy


@pytest.fixture(autouse=True)
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with toy.installed():
        yield toy.checkout(tmp_path / "checkout", monkeypatch)


def stored(params: toy.Draw, work: Path) -> Measured:
    (work / "a.npz").write_bytes(b"weights" * params.n)
    return Measured({"m": Metric.exact(1, "")}, artefacts={"weights": work / "a.npz"})


def as_line(record: Record, records_folder: Path) -> str:
    return (records_folder / record.file_name).read_text()


def test_kept_record_is_found_again(checkout: Path) -> None:
    record = run("toy.draw", "book")
    path = kept.keep(record)
    assert path == checkout / "results" / record.file_name
    assert recording.read(path) == record
    assert not (checkout / "artefacts").exists()


def test_record_is_found_by_id_prefix_section_and_file(records_folder: Path) -> None:
    record = run("toy.draw", "book")
    names = [
        record.id,
        record.id[:4],
        f"{record.id}@{record.machine}",
        "toy.draw",
        str(records_folder / record.file_name),
    ]
    assert [kept.find(name) for name in names] == [[record]] * 5


def test_section_stands_for_its_newest_record() -> None:
    run("toy.draw", "paper")
    time.sleep(0.002)  # records say their start to the millisecond
    newest = run("toy.draw", "smoke")
    assert kept.find("toy.draw") == [newest]


def test_prefix_of_several_records_names_them(records_folder: Path) -> None:
    record = run("toy.draw", "book")
    other = replace(record, provenance=record.provenance | {"machine": {"slug": "other-box"}}).sealed()
    other.save(records_folder)
    with pytest.raises(
        BadParams, match=f"expected one, found toy.draw {record.id}@.*, toy.draw {record.id}@"
    ):
        kept.find(record.id[:6])
    assert kept.find(f"{record.id}@other") == [other]


@pytest.mark.parametrize("name", ["abcd", "abc", "xyz", "../..", "*", "", "toy.draw"])
def test_what_is_not_there_or_no_id_is_refused(name: str) -> None:
    with pytest.raises(BadParams):
        kept.find(name)


def test_only_compare_looks_among_the_kept(records_folder: Path) -> None:
    record = run("toy.draw", "book")
    kept.keep(record)
    (records_folder / record.file_name).unlink()
    assert kept.one(record.id) == record
    with pytest.raises(BadParams, match="one that was measured here"):
        kept.find(record.id)


def test_file_of_lines_from_another_machine(tmp_path: Path, records_folder: Path) -> None:
    found = [run("toy.draw", preset) for preset in ("book", "paper")]
    path = tmp_path / "records.jsonl"
    path.write_text("\n".join(as_line(record, records_folder) for record in found))
    assert kept.find(str(path)) == found
    with pytest.raises(BadParams, match="expected one, found 2"):
        kept.one(str(path))


def test_bad_line_is_named_and_nothing_is_taken(tmp_path: Path, records_folder: Path) -> None:
    line = as_line(run("toy.draw", "book"), records_folder)
    path = tmp_path / "records.jsonl"
    path.write_text(line + line.replace('"preset":"book"', '"preset":"paper"'))
    with pytest.raises(BadFile, match=r"records\.jsonl line 2: expected the content that was measured"):
        kept.find(str(path))
    path.write_text("\n\n")
    with pytest.raises(BadFile, match="one record per line, found none"):
        kept.find(str(path))


def test_file_of_lines_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    with path.open("wb") as file:
        file.truncate(2**30)
    with pytest.raises(BadFile, match="at most 67,108,864 bytes"):
        kept.find(str(path))


def test_smoke_skipped_and_edited_records_are_not_kept(checkout: Path) -> None:
    with pytest.raises(BadParams, match="a smoke record, done"):
        kept.keep(run("toy.draw", "smoke"))
    record = run("toy.draw", "book")
    with pytest.raises(BadParams, match="a book record, skipped"):
        kept.keep(replace(record, status="skipped"))
    with pytest.raises(BadFile, match="edited content"):
        kept.keep(replace(record, metrics={"mean": Metric.exact(1.0, "")}))
    assert not (checkout / "results").exists()


def test_artefacts_are_kept_with_their_record(checkout: Path) -> None:
    with toy.installed(function=stored):
        record = run("toy.draw", "book")
    kept.keep(record)
    kept.keep(record)
    assert (checkout / "artefacts" / "toy" / f"draw-{record.id}@{record.machine}" / "weights.npz").is_file()


def test_artefact_that_is_not_the_measured_one_is_refused(checkout: Path, records_folder: Path) -> None:
    with toy.installed(function=stored):
        record = run("toy.draw", "book")
    file = records_folder / Path(record.file_name).with_suffix("") / "weights.npz"
    file.write_bytes(b"other")
    with pytest.raises(BadFile, match=r"artefact weights of toy\.draw") as told:
        kept.keep(record)
    assert told.value.then == "reflop run toy.draw --preset book --fresh"
    assert not (checkout / "results").exists()


@pytest.mark.parametrize(
    ("limit", "value", "told"),
    [
        ("ARTEFACT_LIMIT_BYTES", 10, "at most 10 bytes, found .npz of 56"),
        ("ARTEFACT_KINDS", {".safetensors"}, "expected .safetensors of at most 5,000,000 bytes, found .npz"),
    ],
)
def test_large_artefacts_and_those_that_may_hold_code_stay_out(
    limit: str, value: object, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with toy.installed(function=stored):
        record = run("toy.draw", "book")
    monkeypatch.setattr(kept, limit, value)
    with pytest.raises(BadFile, match=re.escape(told)):
        kept.keep(record)
