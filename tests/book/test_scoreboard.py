import csv
import re
from pathlib import Path

import pytest

from reflop.book import escape, scoreboard, words
from reflop.book.folder import Folder
from reflop.record import Metric, Record
from tests.book.made import a_record, elsewhere

FAST = {"throughput": Metric(412.4, "images/s", 403.0, 421.0, 10), "macs": Metric.exact(1_800_000, "MAC")}
SLOW = {"throughput": Metric(98.2, "images/s", 95.0, 101.0, 10)}
CLOSE = {"throughput": Metric(409.0, "images/s", 401.0, 416.0, 10)}


def board(folder: Path, *records: Record) -> str:
    scoreboard.stage(Folder(folder), records)
    return (folder / "scoreboard.md").read_text()


def cells(text: str) -> list[list[str]]:
    """The cells of every row, headings included."""
    rows = re.split(r"^\* - ", text, flags=re.MULTILINE)[1:]
    return [[cell.strip() for cell in re.split(r"\n  - ?", row.partition("\n```")[0])] for row in rows]


def some_records() -> list[Record]:
    return [
        a_record(metrics=SLOW, params={"seed": 1}),
        a_record(metrics=FAST),
        a_record(metrics=CLOSE, provenance=elsewhere("other-cpu-x8", dirty=True)),
    ]


def by_heading(text: str) -> list[dict[str, str]]:
    head, *rows = cells(text)
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_every_cell_equals_its_record(tmp_path: Path) -> None:
    records = some_records()
    rows = by_heading(board(tmp_path, *records))
    assert len(rows) == len(records)
    for row in rows:
        link = row["Record"]
        record = next(r for r in records if f"`{r.id} <" in link and f"@{r.machine}.json" in link)
        throughput, macs = record.metrics["throughput"], record.metrics.get("macs")
        assert escape.myst(words.metric(throughput, unit=False)) in row["Throughput (images\\/s)"]
        assert f"[n {throughput.n}]" in row["Throughput (images\\/s)"]
        assert row["MACs (MAC)"] == (escape.myst(words.metric(macs, unit=False)) if macs else "not run")
        assert row["Preset"] == record.preset
        assert row["Commit"] == escape.myst(words.commit(record))


def test_the_csv_holds_every_digit(tmp_path: Path) -> None:
    records = some_records()
    board(tmp_path, *records)
    rows = list(csv.DictReader((tmp_path / "csv/scoreboard.csv").read_text().splitlines()))
    for record, row in zip(records, rows, strict=True):
        assert row["id"] == record.id
        for key, metric in record.metrics.items():
            told = [float(row[f"{key}_{part}"]) for part in ("value", "low", "high", "n")]
            assert told == [metric.value, metric.low, metric.high, metric.n]


def test_best_first_and_ties_in_bold(tmp_path: Path) -> None:
    rows = cells(board(tmp_path, *some_records()))[1:]
    assert [row[2].startswith("**") for row in rows] == [True, True, False]
    assert "412" in rows[0][2]


def test_different_natures_and_scales_are_never_in_one_ranking(tmp_path: Path) -> None:
    natures = [("reduced", "measured"), ("reduced", "simulated"), ("paper", "measured")]
    records = [
        a_record(metrics=FAST, nature=n, scale=s, params={"seed": i}) for i, (s, n) in enumerate(natures)
    ]
    text = board(tmp_path, *records)
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert headings == ["Paper scale, measured", "Reduced scale, measured", "Reduced scale, simulated"]
    assert text.count("```{list-table}") == 3


@pytest.mark.parametrize(
    "left_out",
    [
        a_record("smoke", metrics=FAST),
        a_record(metrics=FAST, status="skipped", reason="no GPU"),
        a_record(metrics={"speckle_contrast": Metric.exact(1.0, "")}),
    ],
)
def test_what_does_not_take_part(tmp_path: Path, left_out: Record) -> None:
    text = board(tmp_path, left_out)
    assert "smoke preset" in text
    assert left_out.id not in text


def test_a_column_that_nobody_holds_is_left_out(tmp_path: Path) -> None:
    assert "Energy" not in board(tmp_path, a_record(metrics=FAST))


def test_unequal_units_stand_in_the_cells(tmp_path: Path) -> None:
    rows = {"throughput": Metric(10.0, "rows/s", 9.0, 11.0, 5)}
    text = board(tmp_path, a_record(metrics=FAST), a_record(metrics=rows, params={"seed": 1}))
    assert "images\\/s" in text.partition("* - optical")[2]
    assert "rows\\/s" in text


def test_a_record_of_several_engines_gives_a_row_for_each(tmp_path: Path) -> None:
    told = {"throughput_dense": SLOW["throughput"], "throughput_structured": FAST["throughput"]}
    record = a_record(
        metrics=told | {"throughput": FAST["throughput"]}, params={"engines": ["dense", "structured", "opu"]}
    )
    rows = by_heading(board(tmp_path, record))
    assert [row["Set-up"] for row in rows] == ["structured", "dense"]
    assert [row["Throughput (images\\/s)"].startswith("**412") for row in rows] == [True, False]


def test_a_record_of_several_methods_keeps_its_own_row(tmp_path: Path) -> None:
    share, time = Metric(97.0, "%", 96.0, 98.0, 5), Metric(2.0, "s", 1.9, 2.1, 5)
    ours = {"accuracy": share, "train_s": time}
    tuned = {
        "accuracy_tuned": Metric(97.5, "%", 97.0, 98.0, 5),
        "train_s_tuned": Metric(9.0, "s", 8.0, 10.0, 5),
    }
    alone = {"accuracy_of_a_detail": share}  # an ending that only one score has is no variant
    rows = by_heading(board(tmp_path, a_record(metrics=ours | tuned | alone, params={"data": "digits"})))
    assert [row["Set-up"] for row in rows] == ["tuned\\, digits", "main\\, digits"]
    assert [row["Training (s)"].startswith("**") for row in rows] == [False, True]
