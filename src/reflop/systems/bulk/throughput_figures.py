"""The figures of what engines, precisions and batch sizes give, and of what others published."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from reflop.figures import MARKERS, PALETTE, Drawing, plotting
from reflop.figures.plotting import Row, ink, told
from reflop.files import read_json
from reflop.record import Record
from reflop.source import PACKAGE

PUBLISHED = PACKAGE / "systems" / "bulk" / "published_throughput.json"
PRECISIONS = ("float32", "bfloat16", "float16", "int8")
TITLES = {"torch": "PyTorch eager", "torch_compile": "PyTorch compiled", "onnxruntime": "ONNX Runtime",
          "openvino": "OpenVINO", "cuda": "CUDA graph", "cuda_compile": "CUDA compiled",
          "tensorrt": "TensorRT"}  # fmt: skip


def throughput(records: list[Record]) -> Drawing:
    """Images per second of every contender at its best batch size, and how near that is to the machine's roof."""
    if not (done := plotting.done(records)):
        return plotting.not_run(records, "bulk.throughput")
    shown = [(record, _best_rows(record)) for record in done]
    height = 1.6 + 0.24 * sum(len(rows) for _, rows in shown)
    figure = Figure(figsize=(6.8, height), layout="constrained")
    panels = figure.subplots(len(shown), 2, squeeze=False, height_ratios=[len(rows) + 1 for _, rows in shown],
                             width_ratios=(3, 2))  # fmt: skip
    for (left, right), (record, rows) in zip(panels, shown, strict=True):
        names = [f"{TITLES.get(row['engine'], row['engine'])}, {row['precision']}, batch {row['batch_size']}"
                 for row in rows]  # fmt: skip
        colours = [PALETTE[PRECISIONS.index(row["precision"])] for row in rows]
        spread = [
            [row["rate"] - row["rate_low"] for row in rows],
            [row["rate_high"] - row["rate"] for row in rows],
        ]
        left.barh(names, [row["rate"] for row in rows], xerr=spread, color=colours, ecolor=ink())
        left.set(xlabel="images/s", title=f"{record.params['model']} ({record.preset}, {record.machine})")
        right.barh(names, [row.get("roof_percent", 0.0) for row in rows], color=colours)
        right.set(xlabel="% of the best product", yticklabels=[], xlim=(0, 105))
        left.invert_yaxis()
        right.invert_yaxis()
    finding = " ".join(_fastest(record, rows) for record, rows in shown)
    caption = (
        f"{finding} Random weights, pixels in memory (mode compute); medians, 95 % intervals; ratios are to PyTorch "
        f"eager, float32, channels_last, all cores, at its own best batch size. Colour: precision. Right: operations "
        f"per second as a share of the best matrix product of that precision on this machine. {plotting.origin(done)}"
    )
    return Drawing(
        figure, caption, f"Bars of images per second, a bar for each engine and precision. {finding}"
    )


def batch(records: list[Record]) -> Drawing:
    """Images per second against the batch size, a line for each contender."""
    if not (done := plotting.done(records)):
        return plotting.not_run(records, "bulk.throughput")
    figure = Figure(figsize=(6.8, 3.6), layout="constrained")
    panels = figure.subplots(1, len(done), squeeze=False)[0]
    for panel, record in zip(panels, done, strict=True):
        rows = _able(record)
        engines = list(TITLES)
        for engine, precision in dict.fromkeys((row["engine"], row["precision"]) for row in rows):
            mine = [row for row in rows if (row["engine"], row["precision"]) == (engine, precision)]
            look: dict[str, Any] = {
                "color": PALETTE[PRECISIONS.index(precision)],
                "marker": MARKERS[engines.index(engine) % 6],
                "label": f"{TITLES[engine]}, {precision}",
            }
            plotting.intervals(panel, [row["batch_size"] for row in mine], mine, "rate", **look)
        sizes = sorted({row["batch_size"] for row in rows})
        panel.set(
            xscale="log", xlabel="batch size", ylabel="images/s", title=record.params["model"], ylim=(0, None)
        )
        panel.set_xticks(sizes, [str(size) for size in sizes])
        panel.xaxis.set_minor_locator(NullLocator())
    panels[0].legend(fontsize=6.5)
    finding = " ".join(_spread(record) for record in done)
    caption = f"{finding} Medians with 95 % intervals. {plotting.origin(done)}"
    return Drawing(figure, caption, f"Images per second against the batch size. {finding}")


def published(records: list[Record]) -> Drawing:
    """What others published for the same network on named hardware, beside ours: not one ranking."""
    if not (done := plotting.done(records)):
        return plotting.not_run(records, "bulk.throughput")
    known = [row for row in read_json(PUBLISHED)["rows"] if row["model"] == "resnext101_32x4d"]
    figure = Figure(figsize=(6.8, 1.6 + 0.22 * len(known)), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1, 3))
    for place, record in enumerate(done):
        rate = record.metrics["throughput"]
        spread = [[rate.value - rate.low], [rate.high - rate.value]]
        left.errorbar([place], [rate.value], yerr=spread, marker="o", color=PALETTE[place % 6], ls="none")
    left.set(
        xticks=range(len(done)), ylabel="images/s, best engine, measured here", xlim=(-0.6, len(done) - 0.4)
    )
    left.set_xticklabels(
        [f"{r.params['model']}\n{r.preset}" for r in done], rotation=30, ha="right", fontsize=7
    )
    left.set_ylim(0, None)
    names = [f"{row['hardware']}, {row['precision']}, batch {row['batch']}" for row in known]
    right.plot([row["images_per_s"] for row in known], names, "o", color=PALETTE[1], mfc="none")
    right.set(xscale="log", xlabel="images/s, published for resnext101_32x4d")
    right.invert_yaxis()
    right.tick_params(axis="y", labelsize=7)
    best = max(known, key=lambda row: float(row["images_per_s"]))
    finding = (
        f"Published for ResNeXt-101 32x4d: up to {best['images_per_s']:,.0f} images/s on one {best['hardware']}. "
        "Graphcore's own rates were only shown as charts; they are not reproduced here."
    )
    caption = (
        f"{finding} Left, filled: this project's, by model. Right, hollow: other hardware and software (NVIDIA's table "
        f"includes data loading, timm's does not), so the two sides are not to be ranked. {plotting.origin(done)}"
    )
    return Drawing(figure, caption, f"Our rates on the left, published ones on the right. {finding}")


def _able(record: Record) -> list[Row]:
    return [row for row in record.rows if "unavailable" not in row]


def _best_rows(record: Record) -> list[Row]:
    """Every contender at its best batch size, the fastest first."""
    best = dict[tuple[str, str], Row]()
    for row in _able(record):
        key = (row["engine"], row["precision"])
        if key not in best or row["rate"] > best[key]["rate"]:
            best[key] = row
    return sorted(best.values(), key=lambda row: -float(row["rate"]))


def _fastest(record: Record, rows: list[Row]) -> str:
    first, metrics = rows[0], record.metrics
    text = (
        f"{record.params['model']} ({record.preset}): {TITLES.get(first['engine'], first['engine'])} in "
        f"{first['precision']} gives {told(metrics['throughput'], 0)} images/s"
    )
    ratios = [
        f"{name} {told(metrics[f'ratio_{name}'], 1)}" for name in PRECISIONS if f"ratio_{name}" in metrics
    ]
    return (
        f"{text}; best of each precision over eager float32: {', '.join(ratios)}." if ratios else f"{text}."
    )


def _spread(record: Record) -> str:
    """How much the batch size matters to the best contender."""
    best = _best_rows(record)[0]
    rates = [
        float(row["rate"]) for row in _able(record)
        if (row["engine"], row["precision"]) == (best["engine"], best["precision"])
    ]  # fmt: skip
    return (
        f"{record.params['model']}: over these batch sizes {TITLES.get(best['engine'], best['engine'])} in "
        f"{best['precision']} varies by a factor of {max(rates) / min(rates):.2f}."
    )
