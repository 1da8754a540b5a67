"""The figure of the folded video detector: what was there against what was served, and how right each fold is."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reflop.data.traffic import FRAMES_PER_SECOND
from reflop.figures import MARKERS, PALETTE, Drawing, plotting
from reflop.figures.plotting import Row, ink
from reflop.record import Record
from reflop.systems.folded.tasks import VIDEOS

SCORES = ("accuracy", "precision", "recall")
SHOWN = 600  # frames of the strip


def noscope(records: list[Record]) -> Drawing:
    """Left: truth and answers along time; right: accuracy, precision and recall at every fold, with intervals."""
    if not (done := plotting.done(records)):
        return plotting.not_run(records, "folded.noscope")
    figure = Figure(figsize=(7.0, 3.2), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    _strip(left, done[0])
    for record, alpha in plotting.strengths(done):
        _scores(right, record, alpha)
    right.set(xlabel="fold", ylabel="share (%)", ylim=(0, 102))
    right.set_xticks(sorted({row["fold"] for record in done for row in record.rows}))
    figure.legend(
        *right.get_legend_handles_labels(), loc="outside lower right", ncols=len(SCORES), fontsize=7.5
    )
    finding = " ".join(_found(record) for record in done)
    caption = (
        f"{finding} Left: the beginning of the first record's test part, where the object is (truth) and where it "
        "is said to be; wrong answers are orange. Right: dashed, always answering the commoner class; intervals take "
        f"frames for independent, so they are too narrow. Synthetic clip. {plotting.origin(done)}"
    )
    return Drawing(figure, caption, f"Truth and answers along time, and scores over the fold. {finding}")


def served(record: Record) -> list[Row]:
    """The rows of the test part in order, a fold each."""
    return sorted((row for row in record.rows if row["frames"] == "test"), key=lambda row: row["fold"])


def runs(marks: str, wanted: str = "1") -> list[tuple[int, int]]:
    """First place and length of each stretch of a mark.

    >>> runs("0110010")
    [(1, 2), (5, 1)]
    """
    found, place = [], 0
    for mark, stretch in groupby(marks):
        length = len(list(stretch))
        found += [(place, length)] if mark == wanted else []
        place += length
    return found


def _strip(panel: Axes, record: Record) -> None:
    """Stretches with the object, and with the answer that it is there; of the answers, the wrong ones in orange."""
    kept = [row for row in served(record) if "answers" in row]
    truth = kept[0]["truth"][:SHOWN]
    lines = [("truth", truth), *((f"fold {row['fold']}", row["answers"][:SHOWN]) for row in kept)]
    for place, (_, marks) in enumerate(lines):
        wrong = "".join("01"[mark != true] for mark, true in zip(marks, truth, strict=True))
        for shown, height, color in ((marks, 0.5, PALETTE[0]), (wrong, 0.18, PALETTE[1])):
            stretches = [(at / FRAMES_PER_SECOND, long / FRAMES_PER_SECOND) for at, long in runs(shown)]
            below = place - 0.25 if shown is marks else place + 0.3
            panel.broken_barh(stretches, (below, height), facecolors=color, linewidth=0)
    panel.set(xlabel="time (s)", xlim=(0, len(truth) / FRAMES_PER_SECOND), ylim=(len(lines) - 0.4, -0.5))
    panel.set_yticks(range(len(lines)), [name for name, _ in lines])
    panel.grid(visible=False)


def _scores(panel: Axes, record: Record, alpha: float) -> None:
    for place, score in enumerate(SCORES):
        rows = [row for row in served(record) if score in row]
        look: dict[str, Any] = {"color": PALETTE[place], "marker": MARKERS[place], "ms": 5, "ls": "none"}
        label = score if alpha == 1 else None
        at = [row["fold"] + 0.08 * (place - 1) for row in rows]
        plotting.intervals(panel, at, rows, score, label=label, alpha=alpha, **look)
    commoner = record.metrics["accuracy_commoner"].value
    panel.axhline(commoner, color=ink(), lw=0.8, ls="--", alpha=alpha, zorder=0)


def _found(record: Record) -> str:
    """What the smallest and the largest fold reach, in words."""
    p, metrics, rows = record.params, record.metrics, served(record)
    told = "; ".join(
        f"fold {row['fold']} " + ", ".join(f"{score} {row[score]:.1f} %" for score in SCORES if score in row)
        for row in (rows[0], rows[-1])
    )
    return (
        f"Is there a {VIDEOS[p['video']].label}, {p['video']} ({record.preset}, {rows[0]['accuracy_n']:,} test frames, "
        f"{metrics['positive_share'].value:.0f} % with one)? Always the commoner answer "
        f"{metrics['accuracy_commoner'].value:.1f} % right; {told}."
    )
