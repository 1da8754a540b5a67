"""The figure of what folding gains behind every engine."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reflop.figures import MARKERS, PALETTE, Drawing, plotting
from reflop.figures.plotting import Row
from reflop.record import Record
from reflop.systems.folded.arithmetic_figures import short

PANELS = 2  # networks drawn; the table of the record has all


def throughput(records: list[Record]) -> Drawing:
    """Images per second against the fold, a line for each engine and batch size."""
    if not (done := plotting.done(records)):
        return plotting.not_run(records, "folded.throughput")
    rows = [row for record in done for row in _able(record)]
    names = list(dict.fromkeys(row["network"] for row in rows))[:PANELS]
    contenders = list(dict.fromkeys(row["contender"] for row in rows))
    folds = sorted({row["fold"] for row in rows})
    figure = Figure(figsize=(6.8, 4.4), layout="constrained")
    panels = figure.subplots(1, len(names), squeeze=False)[0]
    for panel, name in zip(panels, names, strict=True):
        for one, alpha in plotting.strengths(done):
            _network(panel, [row for row in _able(one) if row["network"] == name], contenders, alpha)
        panel.set(title=short(name), xlabel="fold", xticks=folds, yscale="log")
        plotting.plain_numbers(panel)
    panels[0].set(ylabel="images/s")
    for place, contender in enumerate(contenders):
        panels[0].plot([], [], label=contender.replace("-", " "), **_look(place))
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, fontsize=7.5)
    finding = " ".join(_gained(record, name) for record in done for name in names if _has(record, name))
    finding = " ".join([finding, *filter(None, map(_slower, done))])
    cores = done[0].provenance["machine"]["cores"]
    caption = (
        f"{finding} Random weights, inputs in memory, {cores} cores; medians with 95 % intervals. Solid: the largest "
        "call; dotted: smaller ones. Every fold gets the same number of images in a call. "
        f"{plotting.origin(done)}"
    )
    return Drawing(figure, caption, f"Images per second over the fold, a line for each engine. {finding}")


def _network(panel: Axes, rows: list[Row], contenders: list[str], alpha: float) -> None:
    largest = max((row["batch"] for row in rows), default=0)
    for contender, batch in dict.fromkeys((row["contender"], row["batch"]) for row in rows):
        same = [row for row in rows if (row["contender"], row["batch"]) == (contender, batch)]
        own = sorted(same, key=lambda row: int(row["fold"]))
        look = _look(contenders.index(contender)) | {"ls": "-" if batch == largest else ":", "alpha": alpha}
        plotting.intervals(panel, [row["fold"] for row in own], own, "rate", **look)


def _look(place: int) -> dict[str, Any]:
    """Colour and marker of a contender; hollow when the colours are used up."""
    look: dict[str, Any] = {"color": PALETTE[place % 6], "marker": MARKERS[place % 6], "ms": 5}
    return look | ({"mfc": "none"} if place >= 6 else {})


def _has(record: Record, name: str) -> bool:
    return any(row["network"] == name for row in _able(record))


def _slower(record: Record) -> str:
    """Whether the clock fell while the networks of a record were measured."""
    paces = [row["clock_mhz"] for row in record.rows if "clock_mhz" in row]
    if not paces or min(paces) > 0.95 * max(paces):
        return ""
    return (
        f"The clock fell from {max(paces):,.0f} to {min(paces):,.0f} MHz between networks ({record.preset})."
    )


def _able(record: Record) -> list[Row]:
    return [row for row in record.rows if "unavailable" not in row]


def _gained(record: Record, name: str) -> str:
    """What the largest fold brings eager PyTorch with a large batch, and the best of all, in words."""
    rows = [row for row in _able(record) if row["network"] == name]
    fold, batch = max(row["fold"] for row in rows), max(row["batch"] for row in rows)
    eager = [r for r in rows if (r["contender"], r["fold"], r["batch"]) == ("torch-float32", fold, batch)]
    told = ""
    if eager and "gain" in eager[0]:
        gain = eager[0]
        told = (
            f"eager PyTorch (float32, {batch} images) gains {gain['gain']:.2f} [{gain['gain_low']:.2f}, "
            f"{gain['gain_high']:.2f}] times at fold {fold}; "
        )
    best = {f: max((r for r in rows if r["fold"] == f), key=lambda r: float(r["rate"])) for f in (1, fold)}
    ends = [f"{row['rate']:,.0f} images/s at fold {f} ({row['contender']})" for f, row in best.items()]
    return f"Network {short(name)} ({record.preset}): {told}the best of all reaches {ends[0]}, {ends[-1]}."
