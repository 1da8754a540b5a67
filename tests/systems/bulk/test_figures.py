"""Figures of rates, from a record made by hand: the right numbers at the right place, and the words beside them."""

from dataclasses import replace
from typing import Any

from matplotlib.text import Text

from reflop.figures import style
from reflop.measure import statistics
from reflop.record import SCHEMA, Metric, Record, record_id
from reflop.systems.bulk import figures
from reflop.systems.bulk.params import Throughput
from tests.systems.bulk import kept_network


def row(
    engine: str, precision: str, size: int, rates: list[float], share: float, computed: str = ""
) -> dict[str, Any]:
    return {
        "engine": engine, "precision": precision, "computed": computed or precision, "batch_size": size,
        **statistics.median(rates, "images/s").columns("rate"),
        **Metric(share, "%", share - 1, share + 1, 3).columns("roof_percent"),
    }  # fmt: skip


ROWS = [
    row("torch", "float32", 1, [10.0, 11.0, 12.0], 20.0),
    row("torch", "float32", 16, [19.0, 20.0, 22.0], 40.0),
    row("openvino", "int8", 1, [80.0, 90.0, 91.0], 55.0, "mixed"),
    row("openvino", "int8", 16, [50.0, 60.0, 61.0], 35.0, "mixed"),
    {"engine": "cuda", "precision": "float16", "unavailable": "engine cuda: found no NVIDIA GPU"},
]


def made(**changes: Any) -> Record:
    asked = Throughput(batch_sizes=[1, 16]).model_dump(mode="json")
    metrics = {
        "throughput": statistics.median([80.0, 90.0, 91.0], "images/s"),
        "ratio_float32": Metric(1.0, "", 1.0, 1.0, 3),
        "ratio_int8": Metric(4.5, "", 4.1, 4.6, 3),
    }
    record = Record(
        schema=SCHEMA, id=record_id("bulk", "throughput", asked), system="bulk", section="throughput", preset="book",
        status="done", reason="", params=asked, metrics=metrics, rows=ROWS, nature="measured", scale="reduced",
        source="", artefacts={},
        provenance={"command": "", "machine": {"slug": "box-x2"}, "seconds": 1.0, "start": kept_network.START},
    )  # fmt: skip
    return replace(record, **changes)


def test_bars_are_every_contender_at_its_best_batch_size() -> None:
    with style("light"):
        drawing = figures.throughput([made()])
        left, right = drawing.figure.axes
        assert drawing.svg()
    assert [bar.get_width() for bar in left.patches] == [90, 20]
    assert [bar.get_width() for bar in right.patches] == [55, 40]
    names = [label.get_text() for label in left.get_yticklabels()]
    assert names == ["OpenVINO, int8 (mixed), batch 1", "PyTorch eager, float32, batch 16"]
    assert left.get_ylim()[0] > left.get_ylim()[1]  # the fastest is on top


def test_the_caption_names_the_fastest_its_ratios_and_what_did_not_run() -> None:
    with style("dark"):
        drawing = figures.throughput([made()])
    assert "OpenVINO, int8 (mixed) is fastest with 90 [80, 91] images/s" in drawing.caption
    assert "float32 1.00 [1.00, 1.00], int8 4.50 [4.10, 4.60]" in drawing.caption
    assert "no NVIDIA GPU" in drawing.caption
    assert "90 [80, 91]" in drawing.alt


def test_lines_go_over_the_batch_sizes() -> None:
    with style("light"):
        drawing = figures.batch([made()])
        [panel] = drawing.figure.axes
        assert drawing.svg()
    found = [(list(line.get_xdata()), list(line.get_ydata())) for line, _, _ in panel.containers]
    assert found == [([1, 16], [11, 20]), ([1, 16], [90, 60])]
    assert "1.50 for OpenVINO, int8 (mixed)" in drawing.caption
    assert "1.82 for PyTorch eager, float32" in drawing.caption


def test_what_others_published_has_an_axis_of_its_own() -> None:
    with style("light"):
        drawing = figures.published([made(), made(preset="long")])
        ours, theirs = drawing.figure.axes
        assert drawing.svg()
    assert [line.get_ydata().tolist() for line, _, _ in ours.containers] == [[90], [90]]
    [points] = theirs.lines
    assert max(points.get_xdata()) == 6223.85
    assert points.get_markerfacecolor() == "none"
    assert "no ranking" in drawing.caption
    assert "RTX 5090" in drawing.caption


def test_two_records_never_share_a_panel() -> None:
    other = made(preset="long", params=made().params | {"model": "resnext101_32x4d"})
    with style("light"):
        assert len(figures.throughput([made(), other]).figure.axes) == 4
        drawing = figures.batch([made(), other])
    titles = " ".join(text.get_text() for text in drawing.figure.findobj(Text))
    assert "resnext_small, book" in titles
    assert "resnext101_32x4d, long" in titles


def test_without_a_record_the_command_is_told() -> None:
    skipped = made(status="skipped", reason="IPU software is discontinued", metrics={}, rows=[])
    for draw in (figures.throughput, figures.batch, figures.published):
        with style("light"):
            drawing = draw([skipped])
        assert "discontinued" in drawing.caption
        assert "reflop run bulk.throughput" in drawing.caption


def test_one_batch_size_is_no_comparison() -> None:
    with style("light"):
        drawing = figures.batch([made(rows=[row for row in ROWS if row.get("batch_size") == 16])])
    assert drawing.caption.startswith("For resnext_small, only batch 16 was run.")
