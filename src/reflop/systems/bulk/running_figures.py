"""The figures of the tool at work: how it scales, and what is left when its workers are killed."""

from __future__ import annotations

from matplotlib.figure import Figure

from reflop.figures import MARKERS, PALETTE, Drawing, plotting
from reflop.figures.plotting import ink, told
from reflop.record import Record

MODES = {"compute": "network alone (random pixels)", "endtoend": "JPEG files to answers"}
WAYS = {
    "fast": "resize and\ncrop, OpenCV",
    "pillow": "resize and\ncrop, Pillow",
    "crop": "the original's\ncrop",
}


def scaling(records: list[Record]) -> Drawing:
    """Images per second by number of processes, from files and from random pixels; and what one thread decodes."""
    if not (done := plotting.done(records)):
        return plotting.not_run(records, "bulk.scaling")
    models = list(dict.fromkeys(record.params["model"] for record in done))
    figure = Figure(figsize=(6.8, 3.6), layout="constrained")
    *panels, right = figure.subplots(1, len(models) + 1)
    of_model = dict(zip(models, panels, strict=True))
    for record, alpha in plotting.strengths(done):
        panel = of_model[record.params["model"]]
        for place, (mode, label) in enumerate(MODES.items()):
            rows = [row for row in record.rows if row["mode"] == mode]
            at = [row["processes"] * (1 + 0.02 * place) for row in rows]
            look = {"color": PALETTE[place], "marker": MARKERS[place], "alpha": alpha}
            plotting.intervals(panel, at, rows, "rate", label=label, **look)
    for model, panel in of_model.items():
        counts = {n for record in done if record.params["model"] == model for n in record.params["processes"]}
        panel.set(title=model, xlabel="processes", ylim=(0, None), xticks=sorted(counts))
        panel.margins(x=0.2)
    panels[0].set(ylabel="images/s")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles[: len(MODES)], labels[: len(MODES)], loc="outside upper left", ncols=2)
    decoding = [row for row in done[0].rows if row["mode"] == "decode"]
    names = [WAYS[row["way"]] for row in decoding]
    spread = [
        [row["rate"] - row["rate_low"] for row in decoding],
        [row["rate_high"] - row["rate"] for row in decoding],
    ]
    right.barh(names, [row["rate"] for row in decoding], xerr=spread, color=PALETTE[2], ecolor=ink())
    right.set(title="decoding, one thread", xlabel="images/s")
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
