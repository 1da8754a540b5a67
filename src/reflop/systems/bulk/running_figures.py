"""The figures of the tool at work: how it scales, and what is left when its workers are killed."""

from __future__ import annotations

from matplotlib.figure import Figure

from reflop.figures import MARKERS, PALETTE, Drawing, plotting
from reflop.figures.plotting import ink, told
from reflop.record import Record

MODES = {"compute": "network alone (random pixels)", "endtoend": "JPEG files to answers"}
WAYS = {"fast": "resize and crop, OpenCV", "pillow": "resize and crop, Pillow", "crop": "the original's crop"}


def scaling(records: list[Record]) -> Drawing:
    """Images per second by number of processes, from files and from random pixels; and what one thread decodes."""
    if not (done := plotting.done(records)):
        return plotting.not_run(records, "bulk.scaling")
    figure = Figure(figsize=(6.8, 3.5), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    for record, alpha in plotting.strengths(done):
        for place, (mode, label) in enumerate(MODES.items()):
            rows = [row for row in record.rows if row["mode"] == mode]
            at = [row["processes"] * (1 + 0.02 * place) for row in rows]
            look = {"color": PALETTE[place], "marker": MARKERS[place], "alpha": alpha}
            name = f"{label}, {record.params['model']}" if alpha == 1 else None
            plotting.intervals(left, at, rows, "rate", label=name, **look)
    left.set(xlabel="processes, sharing all cores", ylabel="images/s", ylim=(0, None))
    left.set_xticks(sorted({count for record in done for count in record.params["processes"]}))
    left.legend(fontsize=7.5, loc="lower right")
    decoding = [row for row in done[0].rows if row["mode"] == "decode"]
    names = [WAYS[row["way"]] for row in decoding]
    spread = [
        [row["rate"] - row["rate_low"] for row in decoding],
        [row["rate_high"] - row["rate"] for row in decoding],
    ]
    right.barh(names, [row["rate"] for row in decoding], xerr=spread, color=PALETTE[2], ecolor=ink())
    right.set(xlabel="images/s decoded by one thread")
    right.invert_yaxis()
    finding = " ".join(_scaled(record) for record in done)
    caption = (
        f"{finding} Pictures of 640 x 480, decoding on the same cores; counted from the moment when all workers are "
        f"ready to the last result. {plotting.origin(done)}"
    )
    return Drawing(
        figure, caption, f"Images per second against processes, and decoding rates as bars. {finding}"
    )


def _scaled(record: Record) -> str:
    rate, share = record.metrics["throughput"], record.metrics["endtoend_over_compute"]
    text = (
        f"For {record.params['model']} with {record.params['contender']}: {told(rate, 1)} images/s from files, "
        f"{told(share, 2)} of the network alone"
    )
    others = {name: m for name, m in record.metrics.items() if name.startswith("compute_")}
    for name, ratio in others.items():
        count, first = name.removeprefix("compute_").split("_over_")
        text += f"; {count} processes are {told(ratio, 2)} times as fast as {first}"
    return f"{text}."


def exactly_once(records: list[Record]) -> Drawing:
    """Finished pictures over time, with a mark where a worker was killed."""
    if not (done := plotting.done(records)):
        return plotting.not_run(records, "bulk.exactly_once")
    figure = Figure(figsize=(6.4, 3.2), layout="constrained")
    panel = figure.subplots()
    for place, (record, alpha) in enumerate(plotting.strengths(done)):
        whole = record.metrics["pictures"].value
        at = [row["seconds"] for row in record.rows]
        share = [100 * row["finished"] / whole for row in record.rows]
        colour = PALETTE[0] if alpha == 1 else PALETTE[1 + place % 5]
        panel.step(
            at, share, where="post", color=colour, alpha=alpha, marker="", label=f"{whole:,.0f} pictures"
        )
        kills = [(x, y) for x, y, row in zip(at, share, record.rows, strict=True) if row["event"]]
        if kills:
            label = "a worker killed" if alpha == 1 else None
            panel.plot(
                *zip(*kills, strict=True), "x", color=PALETTE[1], ms=8, mew=2, alpha=alpha, label=label
            )
    panel.set(
        xlabel="seconds since the start, workers' start included",
        ylabel="finished pictures (%)",
        ylim=(0, 103),
    )
    panel.legend(loc="lower right")
    finding = " ".join(_closed(record) for record in done)
    return Drawing(
        figure, f"{finding} {plotting.origin(done)}", f"Finished pictures rising to all. {finding}"
    )


def _closed(record: Record) -> str:
    count = {name: int(metric.value) for name, metric in record.metrics.items()}
    text = (
        f"{count['pictures']:,} pictures, {count['kills']} kills: {count['rows']:,} rows, {count['missing']} missing, "
        f"{count['repeated']} repeated, {count['different']} different from an undisturbed run; {count['unreadable']} "
        f"unreadable files each have a row that says why."
    )
    return f"{text} The original's arithmetic would have left out {count['dropped_by_original']:,} of them."
