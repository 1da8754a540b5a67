"""The figure of what folding does to operations and intensity."""

from __future__ import annotations

from matplotlib.figure import Figure

from reflop.figures import MARKERS, PALETTE, Drawing, plotting
from reflop.figures.plotting import ink
from reflop.record import Record
from reflop.systems.folded.params import TEN

# FLOP per byte at which a GPU is as busy computing as moving: peak in float16 over memory bandwidth, vendor data.
BALANCE = {
    "V100, 125 TFLOP/s, 900 GB/s": 125e12 / 900e9,
    "T4 at 900 MHz, 36.9 TFLOP/s, 320 GB/s": 36.9e12 / 320e9,
}
SHORT = {"coin_count-digits_3_4-v2": "coin_count", "squad_count_v2": "squad_count"}


def arithmetic(records: list[Record]) -> Drawing:
    """Intensity, and operations of an image compared with the unfolded network's, against the fold."""
    if not (done := plotting.done(records)):
        return plotting.not_run(records, "folded.arithmetic")
    record = done[0]
    figure = Figure(figsize=(6.8, 4.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    for place, name in enumerate(TEN):
        rows = [row for row in record.rows if row["network"] == name]
        look = {"color": PALETTE[place % 6], "marker": MARKERS[place % len(MARKERS)], "ms": 5,
                "ls": "-" if "/" in name else ":"}  # fmt: skip
        folds = [row["fold"] for row in rows]
        left.plot(folds, [row["intensity"] for row in rows], label=short(name), **look)
        first = rows[0]["macs"]
        right.plot(folds, [row["macs"] / first for row in rows], **look)
    for label, balance in BALANCE.items():
        left.axhline(balance, color=ink(), lw=0.8, ls="--", zorder=0)
        left.annotate(label.split(",")[0], (1, balance), fontsize=7, va="bottom")
    left.set(xlabel="fold", ylabel="FLOP per byte", ylim=(0, None))
    right.set(xlabel="fold", ylabel="operations of an image, fold 1 = 1")
    for panel in (left, right):
        panel.set_xticks(sorted({row["fold"] for row in record.rows}))
    figure.legend(loc="outside lower center", ncols=4, fontsize=7.5)
    finding = _found(record)
    p = record.params
    caption = (
        f"{finding} Left: arithmetic intensity of a batch of {p['batch']:,} images with {p['bytes_per_element']} bytes "
        "a number, every layer reading and writing memory; dashed, where a GPU is as busy computing as moving (vendor "
        "data). Right: multiply-accumulates, widths being cut to whole numbers. Dotted: video detectors. "
        f"{plotting.origin(done)}"
    )
    return Drawing(figure, caption, f"Lines of ten networks over the fold. {finding}")


def short(name: str) -> str:
    """A network's name for a legend.

    >>> short("apex/squad_count_v2"), short("noscope_coral")
    ('squad_count', 'coral')
    """
    last = name.rpartition("/")[2].removeprefix("noscope_")
    return SHORT.get(last, last)


def _found(record: Record) -> str:
    """How far intensity and operations rise to the largest fold, over the ten networks."""
    largest = max(row["fold"] for row in record.rows)
    rises: dict[str, list[float]] = {"intensity": [], "macs": []}
    for name in TEN:
        rows = {row["fold"]: row for row in record.rows if row["network"] == name}
        for key, found in rises.items():
            found.append(rows[largest][key] / rows[min(rows)][key])
    told = {key: f"{min(found):.2f} to {max(found):.2f}" for key, found in rises.items()}
    return f"At fold {largest} intensity is {told['intensity']} times, operations of an image {told['macs']} times."
