"""The figures of trained folded networks: accuracy at every fold, and what each way of training reaches."""

from __future__ import annotations

from collections import defaultdict
from statistics import fmean
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from reflop.figures import MARKERS, PALETTE, Drawing, plotting
from reflop.figures.plotting import Row, ink
from reflop.record import Record
from reflop.systems.folded.arithmetic_figures import short
from reflop.systems.folded.recipes import RECIPES

NAMED = 3  # ways of training that a caption names, beside the published one
WHOLE = 95.0  # percent; an axis that began higher would make hundredths look large


def training(records: list[Record]) -> Drawing:
    """Test accuracy against the fold, a line for each task; the bar goes from the worst slot to the best."""
    if not (done := plotting.done(records)):
        return plotting.not_run(records, "folded.training")
    figure = Figure(figsize=(6.6, 3.8), layout="constrained")
    panel = figure.subplots()
    for place, record in enumerate(done):
        rows = _by_fold(record)
        at = [fold + 0.05 * place for fold in rows]
        mean = [fmean(row["accuracy"] for row in group) for group in rows.values()]
        low = [
            m - min(row["accuracy_worst_slot"] for row in group)
            for m, group in zip(mean, rows.values(), strict=True)
        ]
        high = [
            max(row["accuracy_best_slot"] for row in group) - m
            for m, group in zip(mean, rows.values(), strict=True)
        ]
        look: dict[str, Any] = {"color": PALETTE[place % 6], "marker": MARKERS[place % len(MARKERS)], "ms": 5}
        label = f"{short(record.params['task'])}, {record.preset}"
        panel.errorbar(at, mean, yerr=[low, high], elinewidth=0.8, label=label, **look)
    panel.set(xlabel="fold", ylabel="accuracy (%)")
    panel.set_xticks(sorted({row["fold"] for record in done for row in record.rows}))
    panel.set_ylim(bottom=min(WHOLE, panel.get_ylim()[0]))
    figure.legend(loc="outside right upper", fontsize=7.5)
    finding = " ".join(_lost(record) for record in done)
    caption = (
        f"{finding} Synthetic counter frames, the same for every fold; bars go from the worst slot of a group to the "
        f"best. {plotting.origin(done)}"
    )
    return Drawing(figure, caption, f"Accuracy over the fold, a line for each task. {finding}")


def ablation(records: list[Record]) -> Drawing:
    """Accuracy while training, epoch by epoch, and after it on validation frames, for every way of training."""
    if not (done := plotting.done(records)):
        return plotting.not_run(records, "folded.ablation")
    names = [name for name in RECIPES if any(row["recipe"] == name for record in done for row in record.rows)]
    figure = Figure(figsize=(6.8, 1.8 + 0.36 * len(names)), layout="constrained")
    left, right = figure.subplots(1, 2)
    _courses(left, done[0], names)
    for place, (record, alpha) in enumerate(plotting.strengths(done)):
        unfolded = [row["accuracy"] for row in record.rows if row["fold"] == 1]
        right.axvline(fmean(unfolded), color=ink(), lw=0.8, ls="--", alpha=alpha, zorder=0)
        for name in names:
            found = [row["accuracy"] for row in _folded(record) if row["recipe"] == name]
            at = [names.index(name) + 0.12 * place] * len(found)
            right.plot(found, at, color=PALETTE[names.index(name) % 6], marker=MARKERS[place % len(MARKERS)], ms=5,
                       ls="none", alpha=alpha)  # fmt: skip
    right.set(xlabel="accuracy (%)", xlim=(0, 102), yticks=range(len(names)))
    right.set_yticklabels([RECIPES[name].says for name in names], fontsize=7.5)
    right.set_ylabel("way of training")
    right.invert_yaxis()
    finding = " ".join(_ranked(record) for record in done)
    caption = (
        f"{finding} Left: answers while training, first record and seed, in the colours of the right, dotted in its "
        "lower half. Right: validation frames, a point for each seed; dashed, the unfolded network trained in our "
        f"way. Synthetic counter frames. {plotting.origin(done)}"
    )
    return Drawing(figure, caption, f"Courses of training, and accuracies as points. {finding}")


def _courses(panel: Axes, record: Record, names: list[str]) -> None:
    for row in _folded(record):
        if row["draw_seed"] == record.params["seed"]:
            course = [float(value) for value in row["course"].split()]
            place = names.index(row["recipe"])
            look: dict[str, Any] = {
                "color": PALETTE[place % 6],
                "ls": "-" if place < 6 else ":",
                "marker": ".",
            }
            panel.plot(range(1, len(course) + 1), course, **look)
    panel.set(xlabel="epoch", ylabel="accuracy while training (%)", ylim=(0, 102))
    panel.xaxis.set_major_locator(MaxNLocator(integer=True))


def _folded(record: Record) -> list[Row]:
    return [row for row in record.rows if row["fold"] > 1]


def _by_fold(record: Record) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for row in record.rows:
        found[row["fold"]].append(row)
    return dict(sorted(found.items()))


def _lost(record: Record) -> str:
    """Accuracy at the smallest and the largest fold, in words."""
    rows = {fold: fmean(row["accuracy"] for row in group) for fold, group in _by_fold(record).items()}
    first, last = min(rows), max(rows)
    p = record.params
    return (
        f"Task {short(p['task'])} ({record.preset}, {p['n_train']:,} frames, {p['epochs']} epochs): "
        f"{rows[first]:.1f} % at fold {first}, {rows[last]:.1f} % at fold {last}."
    )


def _ranked(record: Record) -> str:
    """The best ways of a record and the published one, in words."""
    means: dict[str, list[float]] = defaultdict(list)
    for row in _folded(record):
        means[row["recipe"]].append(row["accuracy"])
    found = {name: fmean(values) for name, values in means.items()}
    unfolded = fmean(row["accuracy"] for row in record.rows if row["fold"] == 1)
    cost = {row["recipe"]: row["mflop_image"] for row in _folded(record)}
    best = sorted(found, key=lambda name: -found[name])[:NAMED]
    told = "; ".join(
        f"{RECIPES[name].says} {found[name]:.1f} % ({cost[name]:.1f} MFLOP)"
        for name in dict.fromkeys([*best, *(name for name in ("published",) if name in found)])
    )
    folds = ", ".join(map(str, sorted({row["fold"] for row in _folded(record)})))
    return f"Task {short(record.params['task'])} at fold {folds} ({record.preset}): {told}; unfolded {unfolded:.1f} %."
