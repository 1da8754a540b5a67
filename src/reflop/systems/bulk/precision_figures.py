"""The figures of how the small network learns, and of what each engine and precision does to its answers."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from reflop.figures import MARKERS, PALETTE, Drawing, plotting
from reflop.figures.plotting import Row, ink, told
from reflop.record import Record
from reflop.systems.bulk.params import GATE

COLOURS = {kind: place for place, kind in enumerate(("float32", "bfloat16", "float16", "int8"))}
FLOOR = 1e-9  # smallest error that the logarithmic axis shows; equal logits stand there


def training(records: list[Record]) -> Drawing:
    """Accuracy on the training scenes epoch by epoch, and the accuracy on unseen ones after the last."""
    if not (done := plotting.done(records)):
        return plotting.not_run(records, "bulk.training")
    figure = Figure(figsize=(6.4, 3.4), layout="constrained")
    panel = figure.subplots()
    for place, record in reversed(list(enumerate(done))):
        look: dict[str, Any] = {"color": PALETTE[place % 6], "alpha": 1.0 if place == 0 else 0.6}
        at = [row["epoch"] for row in record.rows]
        label = f"training scenes, {record.preset} on {record.machine}"
        panel.plot(at, [row["train_accuracy"] for row in record.rows], marker=".", label=label, **look)
        plotting.intervals(panel, at[-1:], [record.metrics["accuracy"].columns("accuracy")], "accuracy",
                           marker="D", ms=6, mfc="none", ls="none", **look)  # fmt: skip
    panel.plot([], [], color=ink(), marker="D", mfc="none", ls="none", label="unseen digits, tested once")
    panel.set(xlabel="epoch", ylabel="accuracy (%)", ylim=(0, 102))
    panel.xaxis.set_major_locator(MaxNLocator(integer=True))
    panel.legend(loc="lower right")
    finding = " ".join(_learnt(record) for record in done)
    caption = (
        f"{finding} Accuracy on the training scenes is that of the answers given while training; the diamond is the "
        f"stored network on scenes of digits that were not trained on, with its 95 % interval. {plotting.origin(done)}"
    )
    return Drawing(figure, caption, f"Accuracy rising with the epochs of training. {finding}")


def precision(records: list[Record]) -> Drawing:
    """Accuracy of every contender beside the gate, and the error of its logits."""
    if not (done := plotting.done(records)):
        return plotting.not_run(records, "bulk.precision")
    names = list(dict.fromkeys(_name(row) for record in done for row in _able(record)))
    figure = Figure(figsize=(6.8, 1.4 + 0.32 * len(names)), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    for record, alpha in plotting.strengths(done):
        for row in _able(record):
            _contender(left, right, row, names.index(_name(row)), alpha)
    gate = GATE * done[0].metrics["accuracy"].value
    left.axvline(gate, color=ink(), ls="--", lw=1, label=f"{100 * GATE:g} % of float32's accuracy", zorder=0)
    left.set(xlabel="accuracy (%)", yticks=range(len(names)), yticklabels=names)
    left.set_ylabel("engine, precision")
    left.invert_yaxis()
    left.legend(loc="lower left", bbox_to_anchor=(0, 1))
    right.set(xlabel="relative error of the logits", xscale="log")
    finding = _kept(done[0])
    caption = (
        f"{finding} The reference is PyTorch's eager float32 with {told(done[0].metrics['accuracy'], 1)} % of "
        f"{done[0].metrics['accuracy'].n:,} test scenes; bars are 95 % intervals of the difference from it on the same "
        f"scenes. The gate is MLPerf's. {plotting.origin(done)}"
    )
    return Drawing(figure, caption, f"Accuracy and error of the logits, a line for each contender. {finding}")


def _contender(left: Axes, right: Axes, row: Row, line: int, alpha: float) -> None:
    """One contender's accuracy, with the interval of its difference from the reference; its error."""
    place = COLOURS[row["precision"]]
    look: dict[str, Any] = {"color": PALETTE[place], "marker": MARKERS[place], "ls": "none", "alpha": alpha}
    spread = [[row["change"] - row["change_low"]], [row["change_high"] - row["change"]]]
    left.errorbar([row["accuracy"]], [line], xerr=spread, elinewidth=0.8, **look)
    right.plot([max(FLOOR, row["relative_error"])], [line], **look)


def _able(record: Record) -> list[Row]:
    return [row for row in record.rows if "unavailable" not in row]


def _name(row: Row) -> str:
    """The contender in words, with what it really computed in where that is something else."""
    asked = f"{row['engine']}, {row['precision']}"
    return asked if row["computed"] == row["precision"] else f"{asked} ({row['computed']})"


def _learnt(record: Record) -> str:
    p = record.params
    return (
        f"After {p['epochs']} epochs of {p['n_train']:,} scenes ({record.metrics['train_s'].value:.0f} s) it tells "
        f"{told(record.metrics['accuracy'], 1)} % of {p['n_test']:,} scenes with unseen digits ({record.preset})."
    )


def _kept(record: Record) -> str:
    """Which contenders hold the gate, in words."""
    rows = _able(record)
    below = [_name(row) for row in rows if not row["holds_gate"]]
    worst = min(rows, key=lambda row: float(row["kept"]))
    verdict = f"All but {'; '.join(below)}" if below else f"All {len(rows)} contenders"
    return (
        f"{verdict} keep {100 * GATE:g} % of float32's accuracy; the least is kept by {_name(worst)}: "
        f"{told(record.metrics['worst_kept'], 1)} %, with {worst['agreement']:.1f} % of the answers the same."
    )
