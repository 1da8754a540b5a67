"""The figures of what engines, precisions and batch sizes give, and of what others published.

Every record has panels of its own: networks and machines differ too much for one axis.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import NullLocator

from reflop.figures import MARKERS, PALETTE, Drawing, plotting
from reflop.figures.plotting import Row, ink, told
from reflop.files import read_json
from reflop.record import Record
from reflop.source import PACKAGE

PUBLISHED = PACKAGE / "systems" / "bulk" / "published_throughput.json"
PRECISIONS = ("float32", "bfloat16", "float16", "int8")  # colours
ENGINES = {  # markers
    "torch": "PyTorch eager", "torch_compile": "PyTorch compiled", "onnxruntime": "ONNX Runtime",
    "openvino": "OpenVINO", "cuda": "CUDA graph", "cuda_compile": "CUDA compiled", "tensorrt": "TensorRT",
}  # fmt: skip


def throughput(records: list[Record]) -> Drawing:
    """Images per second of every contender at its best batch size, and how near that is to the machine's roof."""
    if not (done := plotting.done(records)):
        return plotting.not_run(records, "bulk.throughput")
    shown = [(record, _best_rows(record)) for record in done]
    figure = Figure(figsize=(6.8, sum(0.9 + 0.26 * len(rows) for _, rows in shown)), layout="constrained")
    panels = figure.subplots(
        len(shown), 2, squeeze=False, width_ratios=(3, 2), height_ratios=[len(rows) + 1 for _, rows in shown]
    )
    for (left, right), (record, rows) in zip(panels, shown, strict=True):
        names = [f"{_name(row)}, batch {row['batch_size']}" for row in rows]
        _bars(left, names, rows, "rate")
        near = [row for row in rows if "roof_percent" in row]
        _bars(right, [_name(row) for row in near], near, "roof_percent")
        left.set(xlabel="images/s", ylabel="engine, precision")
        left.set_title(f"{record.params['model']}, {record.preset}", loc="left")
        right.set(xlabel="% of the best product", yticklabels=[], xlim=(0, None))
        right.axvline(100, color=ink(), lw=1, ls="--")
    used = [kind for kind in PRECISIONS if any(row["precision"] == kind for _, rows in shown for row in rows)]
    patches = [Patch(color=PALETTE[PRECISIONS.index(kind)], label=kind) for kind in used]
    figure.legend(handles=patches, loc="outside upper right", ncols=len(used))
    finding = " ".join(_fastest(record, rows) for record, rows in shown)
    caption = (
        f"{finding} Every contender at its best batch size, random weights, pixels in memory; medians with 95 % "
        f"intervals. Right: operations per second as a share of the best matrix product of that precision that any "
        f"library reached here (dashed: all of it). {''.join(map(_absent, done))}{_origins(done)}"
    )
    alt = f"Bars of images per second, one for each engine and precision, and their shares of the roof. {finding}"
    return Drawing(figure, caption, alt)


def batch(records: list[Record]) -> Drawing:
    """Images per second against the batch size, a line for each contender."""
    if not (done := plotting.done(records)):
        return plotting.not_run(records, "bulk.throughput")
    figure = Figure(figsize=(6.8, 3.8), layout="constrained")
    panels = figure.subplots(1, len(done), squeeze=False)[0]
    handles: dict[str, Any] = {}
    for panel, record in zip(panels, done, strict=True):
        able = sorted(_able(record), key=lambda row: int(row["batch_size"]))
        for pair in dict.fromkeys((row["engine"], row["precision"]) for row in able):
            rows = [row for row in able if (row["engine"], row["precision"]) == pair]
            at = [row["batch_size"] for row in rows]
            plotting.intervals(panel, at, rows, "rate", label=_name(rows[0]), **_look(rows[0]))
        sizes = sorted({row["batch_size"] for row in able})
        panel.set(xscale="log", xlabel="batch size", ylim=(0, None))
        panel.set_title(f"{record.params['model']}, {record.preset}", loc="left")
        panel.set_xticks(sizes, [str(size) for size in sizes])
        panel.xaxis.set_minor_locator(NullLocator())
        handles |= {label: handle for handle, label in zip(*panel.get_legend_handles_labels(), strict=True)}
    panels[0].set_ylabel("images/s")
    figure.legend(handles.values(), handles.keys(), loc="outside right upper", fontsize=7.5)
    finding = " ".join(map(_spread, done))
    caption = f"{finding} Medians with 95 % intervals. {_origins(done)}"
    return Drawing(figure, caption, f"Images per second against the batch size, a line each. {finding}")


def published(records: list[Record]) -> Drawing:
    """What others published for the source's network on named hardware, beside ours: not one ranking."""
    if not (done := plotting.done(records)):
        return plotting.not_run(records, "bulk.throughput")
    known = [row for row in read_json(PUBLISHED)["rows"] if row["model"] == "resnext101_32x4d"]
    figure = Figure(figsize=(6.8, 1.4 + 0.22 * len(known)), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1, 2))
    for place, record in enumerate(done):
        best = record.metrics["throughput"].columns("throughput")
        look = {"color": PALETTE[place % 6], "marker": MARKERS[place % 6], "ls": "none"}
        plotting.intervals(left, [place], [best], "throughput", **look)
    left.set(ylabel="images/s, best engine here", xlim=(-0.6, len(done) - 0.4), ylim=(0, None))
    left.set_xticks(range(len(done)), [f"{record.params['model']}\n{record.preset}" for record in done])
    left.tick_params(axis="x", labelrotation=90, labelsize=7)
    names = [f"{row['hardware']}, {row['precision']}, batch {row['batch']}" for row in known]
    right.plot([row["images_per_s"] for row in known], names, "o", color=ink(), mfc="none", ls="none")
    right.set(xscale="log", xlabel="images/s, published, 32x4d")
    right.tick_params(axis="y", labelsize=7)
    right.invert_yaxis()
    top = max(known, key=lambda row: float(row["images_per_s"]))
    finding = (
        f"Published for ResNeXt-101 32x4d: up to {top['images_per_s']:,.0f} images/s on one {top['hardware']}. "
        f"Here: {'; '.join(_here(record) for record in done)}."
    )
    caption = (
        f"{finding} Right, hollow: other hardware, software and rules (NVIDIA's table includes the reading of "
        f"pictures, timm's does not), so the two sides are no ranking. Graphcore's own rates were only shown as "
        f"charts; they are not reproduced. {_origins(done)}"
    )
    return Drawing(figure, caption, f"Our rates on the left, published ones on the right. {finding}")


def _bars(panel: Axes, names: Sequence[str], rows: Sequence[Row], column: str) -> None:
    """A bar for each row, in the colour of its precision, with its interval."""
    values = [row[column] for row in rows]
    low = [value - row[f"{column}_low"] for value, row in zip(values, rows, strict=True)]
    high = [row[f"{column}_high"] - value for value, row in zip(values, rows, strict=True)]
    colours = [_look(row)["color"] for row in rows]
    panel.barh(names, values, xerr=[low, high], color=colours, ecolor=ink(), error_kw={"elinewidth": 0.8})
    panel.invert_yaxis()


def _look(row: Row) -> dict[str, Any]:
    colour, marker = PRECISIONS.index(row["precision"]), list(ENGINES).index(row["engine"])
    return {"color": PALETTE[colour], "marker": MARKERS[marker % len(MARKERS)], "ms": 4}


def _name(row: Row) -> str:
    """The contender in words, with what it really computed in where that is something else."""
    really = "" if row["computed"] == row["precision"] else f" ({row['computed']})"
    return f"{ENGINES[row['engine']]}, {row['precision']}{really}"


def _able(record: Record) -> list[Row]:
    return [row for row in record.rows if "unavailable" not in row]


def _best_rows(record: Record) -> list[Row]:
    """Every contender at its best batch size, the fastest first."""
    best: dict[str, Row] = {}
    for row in sorted(_able(record), key=lambda row: -float(row["rate"])):
        best.setdefault(_name(row), row)
    return list(best.values())


def _fastest(record: Record, rows: list[Row]) -> str:
    """The fastest contender, and the best of each precision over the baseline, in words."""
    rate = told(record.metrics["throughput"], 0)
    text = f"For {record.params['model']}, {_name(rows[0])} is fastest with {rate} images/s"
    ratios = {kind: record.metrics.get(f"ratio_{kind}") for kind in PRECISIONS}
    over = ", ".join(f"{kind} {told(ratio, 2)}" for kind, ratio in ratios.items() if ratio)
    return f"{text}; times eager float32, the best in each precision: {over}." if over else f"{text}."


def _absent(record: Record) -> str:
    rows = [row for row in record.rows if "unavailable" in row]
    return f"Not run: {'; '.join(str(row['unavailable']) for row in rows)}. " if rows else ""


def _spread(record: Record) -> str:
    """How much the batch size matters to the fastest contender and to the baseline, in words."""
    model, rates = record.params["model"], dict[str, list[float]]()
    for row in _able(record):
        rates.setdefault(_name(row), []).append(float(row["rate"]))
    sizes = sorted({row["batch_size"] for row in _able(record)})
    if len(sizes) == 1:
        return f"For {model}, only batch {sizes[0]} was run."
    names = dict.fromkeys(
        (_name(_best_rows(record)[0]), *(name for name in rates if name.startswith("PyTorch eager, float32")))
    )
    told_of = " and ".join(f"{max(rates[name]) / min(rates[name]):.2f} for {name}" for name in names)
    return f"For {model}, from batch {sizes[0]} to {sizes[-1]}, the best rate over the worst is {told_of}."


def _here(record: Record) -> str:
    return f"{record.params['model']} {told(record.metrics['throughput'], 0)} ({record.preset})"


def _origins(records: Sequence[Record]) -> str:
    """Preset, machine and nature of every record drawn."""
    each = (f"preset {record.preset} on {record.machine}, {record.nature}" for record in records)
    return f"Record: {'; '.join(each)}."
