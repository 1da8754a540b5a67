"""The figure of the ladder: a trained task behind every engine, folded, unfolded and narrow."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure

from reflop.figures import MARKERS, PALETTE, Drawing, plotting
from reflop.figures.plotting import Row
from reflop.record import Record
from reflop.systems.folded.arithmetic_figures import short
from reflop.systems.folded.ladder import keeps, tops


def ladder(records: list[Record]) -> Drawing:
    """Images per second of every rung, a marker for each network; hollow where accuracy is lost."""
    if not (done := plotting.done(records)):
        return plotting.not_run(records, "folded.ladder")
    rungs = list(dict.fromkeys(row["contender"] for record in done for row in _able(record)))
    networks = list(dict.fromkeys(row["network"] for record in done for row in _able(record)))
    figure = Figure(figsize=(6.6, 1.6 + 0.34 * len(rungs)), layout="constrained")
    panel = figure.subplots()
    for record, alpha in plotting.strengths(done):
        for row in _able(record):
            place = networks.index(row["network"])
            look: dict[str, Any] = {
                "color": PALETTE[place],
                "marker": MARKERS[place],
                "ms": 6,
                "alpha": alpha,
            }
            look |= {} if keeps(row, _able(record)) else {"mfc": "none"}
            at = rungs.index(row["contender"]) + 0.2 * (place - 1)
            reach = [[row["rate"] - row["rate_low"]], [row["rate_high"] - row["rate"]]]
            panel.errorbar([row["rate"]], [at], xerr=reach, ls="none", elinewidth=0.8, **look)
    for place, network in enumerate(networks):
        panel.plot([], [], color=PALETTE[place], marker=MARKERS[place], ls="none", label=network)
    panel.set(xlabel="images/s, at the best batch", xscale="log", yticks=range(len(rungs)))
    panel.set_yticklabels([rung.replace("-", " ") for rung in rungs])
    panel.set_ylabel("engine")
    panel.invert_yaxis()
    figure.legend(loc="outside lower center", ncols=len(networks), fontsize=8)
    finding = " ".join(_told(record) for record in done)
    caption = (
        f"{finding} First rung: the unfolded network in eager PyTorch, channels first, in the largest call. Narrow: an "
        "unfolded network of the width that one image has of the largest fold. Hollow: more than a point of accuracy "
        f"lost. Trained on synthetic counter frames; validation frames. {plotting.origin(done)}"
    )
    return Drawing(
        figure, caption, f"Images per second of every engine, a marker for each network. {finding}"
    )


def _able(record: Record) -> list[Row]:
    return [row for row in record.rows if "unavailable" not in row]


def _told(record: Record) -> str:
    """Of each network the fastest rung that keeps the accuracy, in words."""
    told = [
        f"{network} {top['rate']:,.0f} images/s at {top['accuracy']:.1f} % ({top['contender']}), "
        f"{top['gain']:.1f} [{top['gain_low']:.1f}, {top['gain_high']:.1f}] times the first rung"
        for network, top in tops(_able(record)).items()
    ]
    return f"Task {short(record.params['task'])} ({record.preset}): {'; '.join(told)}."
