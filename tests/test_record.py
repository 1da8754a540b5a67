import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reflop import record as recording
from reflop.errors import BadFile, BadParams, RunFailed
from reflop.files import canonical
from reflop.record import RECORD_MIME, Measured, Metric, Record, record_id

PROVENANCE = {
    "machine": {"slug": "box-x2"},
    "command": "reflop run toy.draw",
    "seconds": 1.5,
    "start": "2026-01-01",
}


def made(
    metrics: dict[str, Metric] | None = None, rows: list[dict[str, Any]] | None = None, **changes: Any
) -> Record:
    params = changes.pop("params", {"n": 2})
    return Record(
        schema=1, id=record_id("toy", "draw", params), system="toy", section="draw", preset="book", status="done",
        reason="", params=params, metrics=metrics or {"mean": Metric(1.5, "s", 1.0, 2.0, 9)}, rows=rows or [],
        nature="measured", scale="reduced", source="0" * 64, artefacts={}, provenance=PROVENANCE,
    ).sealed() if not changes else replace(made(metrics, rows, params=params), **changes).sealed()  # fmt: skip


def test_saved_record_reads_back_equal(tmp_path: Path) -> None:
    record = made(
        {"macs": Metric.exact(10**18 + 1, "MAC"), "time": Metric(1.5, "s", 1.0, 2.0, 9)},
        [{"x": 1, "label": "a\u202eb", "pair": (1, 2), "none": None, "ok": True}],
    )
    path = record.save(tmp_path)
    assert path == tmp_path / "toy" / f"draw-{record.id}@box-x2.json"
    assert recording.read(path) == record


CELLS = st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9)


@given(st.dictionaries(st.text(max_size=5), CELLS))
def test_any_plain_row_survives_the_file(row: dict[str, Any]) -> None:
    record = made(rows=[row])
    assert (
        recording.checked(json.loads(canonical(recording._RECORD.dump_python(record, mode="json"))), "x")
        == record
    )


def test_id_says_what_was_asked_and_not_what_came_out() -> None:
    assert made({"mean": Metric.exact(1, "s")}).id == made({"mean": Metric.exact(2, "s")}).id
    assert made(params={"n": 3}).id != made(params={"n": 2}).id
    assert record_id("toy", "draw", {"a": 1, "b": 2}) == record_id("toy", "draw", {"b": 2, "a": 1})
    assert record_id("toy", "draw", {}) != record_id("toy", "other", {})


def test_two_folders_under_one_name_make_two_records():
    mine, yours = ({"animals10": digit * 64} for digit in "ab")
    assert len({record_id("toy", "draw", {}, data) for data in (mine, yours, {})}) == 3


@pytest.mark.parametrize("value", [object(), Path, "\ud800"], ids=["object", "class", "half a character"])
def test_value_that_json_cannot_hold_is_refused_before_it_is_saved(value: object) -> None:
    with pytest.raises(RunFailed, match=r"toy\.draw: expected plain numbers and text"):
        made(rows=[{"x": value}])


@pytest.mark.parametrize(
    ("metric", "told"),
    [
        (Metric(float("nan"), "s", 0.0, 1.0, 3), "a finite number, found nan"),
        (Metric(1.0, "s", 0.0, float("inf"), 3), "a finite number, found inf"),
        (Metric(5.0, "s", 0.0, 1.0, 3), "a value inside its interval, found 5.0"),
        (Metric(0.5, "s", 0.0, 1.0, 0), "at least one measurement, found 0"),
    ],
)
def test_unsound_metric_is_named(metric: Metric, told: str) -> None:
    with pytest.raises(RunFailed, match=f"toy.draw: metric mean: expected {told}"):
        Measured({"mean": metric}).checked("toy.draw")


def test_column_that_is_not_finite_is_named() -> None:
    with pytest.raises(RunFailed, match=r"toy\.draw: column error"):
        Measured({}, [{"m": 1, "error": 0.5}, {"m": 2, "error": float("nan")}]).checked("toy.draw")


def test_measuring_nothing_is_a_failure() -> None:
    with pytest.raises(RunFailed, match="a metric or a row, found none"):
        Measured({}).checked("toy.draw")


def test_artefact_names_become_file_names_and_are_checked() -> None:
    with pytest.raises(BadParams, match="artefact"):
        Measured({"m": Metric.exact(1, "")}, artefacts={"../x": Path("x")}).checked("toy.draw")


def test_file_under_another_name_is_refused(tmp_path: Path) -> None:
    path = made().save(tmp_path)
    moved = path.rename(path.with_name("draw-000000000000@box-x2.json"))
    with pytest.raises(BadFile, match="expected the name toy/draw"):
        recording.read(moved)


def test_names_that_would_leave_the_folder_are_refused() -> None:
    for change in ({"artefacts": {"../x": "0"}}, {"provenance": PROVENANCE | {"machine": {"slug": "../x"}}}):
        content = recording._RECORD.dump_python(made(**change), mode="json")
        with pytest.raises(BadFile, match="plain names"):
            recording.checked(content, "record")


def test_provenance_without_its_facts_is_refused() -> None:
    content = recording._RECORD.dump_python(made(provenance={"machine": {"slug": "box"}}), mode="json")
    with pytest.raises(BadFile, match="provenance with command"):
        recording.checked(content, "record")


def test_read_all_gives_one_section_oldest_first(tmp_path: Path) -> None:
    for start, n in (("2026-03-01", 1), ("2026-01-01", 2), ("2026-02-01", 3)):
        made(params={"n": n}, provenance=PROVENANCE | {"start": start}).save(tmp_path)
    made(section="draw-more", id=record_id("toy", "draw-more", {"n": 2})).save(tmp_path)
    assert [record.params["n"] for record in recording.read_all(tmp_path, "toy.draw")] == [2, 3, 1]
    assert len(recording.read_all(tmp_path)) == 4
    assert recording.read_all(tmp_path / "nothing") == []


def test_notebook_sees_one_line_and_which_record_it_is() -> None:
    record = made()
    shown = record._repr_mimebundle_(include=None, exclude=None)
    assert shown["text/plain"] == "toy.draw (book) done in 1.5 s on box-x2"
    assert shown[RECORD_MIME] == {"name": "toy.draw", "file": record.file_name}
    skipped = made(status="skipped", reason="no GPU")
    assert skipped._repr_mimebundle_()["text/plain"] == "toy.draw (book) skipped: no GPU"
