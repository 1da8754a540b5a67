"""The figures of what a ridge learns behind the optics; see `figures` for the conventions."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from reflop.figures import MARKERS, PALETTE, Drawing, plotting
from reflop.figures.plotting import Row, ink, told
from reflop.files import read_json
from reflop.record import Record
from reflop.source import PACKAGE

PUBLISHED = PACKAGE / "systems" / "optical" / "fashion_mnist_ridge.json"
MAPS = ("structured", "dense", "blocked", "lightonml", "fourier", "nystroem", "pca")


def learning_curves(records: list[Record]) -> Drawing:
    """Accuracy against m on the digits, and the published curves of another data set in a panel of their own."""
    if not (done := plotting.done(records)):
        return plotting.not_run(records, "optical.learning_curves")
    figure = Figure(figsize=(6.8, 3.8), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    for record, alpha in plotting.strengths(done):
        for place, name in enumerate(MAPS):
            rows = [row for row in record.rows if row["map"] == name]
            if rows:
                look = _look(place, alpha, name)
                plotting.intervals(left, [row["n_components"] for row in rows], rows, "accuracy", **look)
    for name, style in (("exact kernel", "-"), ("linear", ":")):
        limit = next(row for row in done[0].rows if row["map"] == name)
        left.axhline(limit["accuracy"], color=ink(), ls=style, lw=1, label=name, zorder=0)
    _components(left, "accuracy on digits (%)")
    left.set_ylim(80, 100)
    left.legend(fontsize=7.5, loc="lower right")
    _published(right)
    ours, exact = done[0].metrics["accuracy"], done[0].metrics["accuracy_exact_kernel"]
    largest = max(done[0].params["n_components"])
    finding = (
        f"With {largest:,} optical features a ridge reaches {told(ours, 1)} % on the digits; "
        f"the exact kernel {told(exact, 1)} %, a linear classifier on the same bits "
        f"{told(done[0].metrics['accuracy_linear'], 1)} %."
    )
    caption = (
        f"{finding} Left: ours, mean of {done[0].params['draws']} splits and matrices with 95 % intervals. Right: "
        f"published, Fashion-MNIST (hollow): another data set, not to be compared in level. {plotting.origin(done)}"
    )
    return Drawing(
        figure, caption, f"Accuracy rising with the number of features towards a plateau. {finding}"
    )


def encoding(records: list[Record]) -> Drawing:
    """Accuracy against bits per grey level, a curve for each encoder."""
    if not (done := plotting.done(records)):
        return plotting.not_run(records, "optical.encoding")
    figure = Figure(figsize=(6.4, 3.6), layout="constrained")
    panel = figure.subplots()
    names = list(dict.fromkeys(row["encoder"] for row in done[0].rows))
    for record, alpha in plotting.strengths(done):
        for place, name in enumerate(names):
            rows = [row for row in record.rows if row["encoder"] == name]
            at = [row["bits"] + 0.04 * (place - 2) for row in rows]
            plotting.intervals(panel, at, rows, "accuracy", **_look(place, alpha, name))
    panel.set(xlabel="bits per grey level", ylabel="accuracy on digits (%)", xticks=done[0].params["bits"])
    panel.legend()
    best = max(done[0].rows, key=lambda row: float(row["accuracy"]))
    finding = (
        f"The best encoder is {best['encoder']} with {best['bits']} bits: {best['accuracy']:.1f} % "
        f"[{best['accuracy_low']:.1f}, {best['accuracy_high']:.1f}] at {done[0].params['n_components']:,} components."
    )
    caption = f"{finding} Mean of {done[0].params['draws']} splits, 95 % intervals. {plotting.origin(done)}"
    return Drawing(figure, caption, f"Accuracy against bits, one curve for each encoder. {finding}")


def transfer(records: list[Record]) -> Drawing:
    """Accuracy against training time for every method, and where the optical way spends its time."""
    if not (done := plotting.done(records)):
        return plotting.not_run(records, "optical.transfer")
    figure = Figure(figsize=(6.8, 3.8), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    names = list(dict.fromkeys(row["method"] for row in done[0].rows if "method" in row))
    for record, alpha in plotting.strengths(done):
        for place, name in enumerate(names):
            rows = [row for row in record.rows if row.get("method") == name]
            plotting.intervals(
                left, [row["train_s"] for row in rows], rows, "accuracy", **_look(place, alpha, name)
            )
        first = record.rows[0]
        near = {"textcoords": "offset points", "xytext": (0, 9), "ha": "center", "fontsize": 7.5}
        left.annotate(record.params["data"], (first["train_s"], first["accuracy_high"]), color=ink(), **near)
    left.set(xscale="log", xlabel="training time (s)", ylabel="accuracy on the new classes (%)")
    left.legend(fontsize=7.5)
    stages = [row for row in done[0].rows if "stage" in row]
    right.barh([row["stage"] for row in stages], [1000 * row["seconds"] for row in stages], color=PALETTE[0])
    right.set(xlabel="time (ms)", xscale="log")
    right.invert_yaxis()
    finding = _transfer_finding(done[0])
    caption = (
        f"{finding} Points of back-propagation are budgets of "
        f"{', '.join(map(str, done[0].params['modern_epochs']))} epochs (modern) and "
        f"{', '.join(map(str, done[0].params['original_epochs']))} (original schedule); mean of "
        f"{done[0].params['draws']} draws with 95 % intervals. Right: stages of the optical way. "
        + "".join(
            f"On {other.params['data']} ({other.preset}): {_transfer_finding(other)} " for other in done[1:]
        )
        + plotting.origin(done)
    )
    return Drawing(figure, caption, f"Accuracy against training time, one marker for each method. {finding}")


def blocks(records: list[Record]) -> Drawing:
    """Accuracy and time against the size of the cut network, in both precisions."""
    if not (done := plotting.done(records)):
        return plotting.not_run(records, "optical.blocks")
    figure = Figure(figsize=(6.8, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    whole = done[0].metrics["size_mib_whole"].value
    for record, alpha in plotting.strengths(done):
        full = record.metrics["size_mib_whole"].value
        for place, dtype in enumerate(record.params["dtypes"]):
            rows = sorted((r for r in record.rows if r["dtype"] == dtype), key=lambda r: float(r["size_mib"]))
            share = [100 * row["size_mib"] / full for row in rows]
            plotting.intervals(left, share, rows, "accuracy", **_look(place, alpha, dtype))
            plotting.intervals(right, share, rows, "train_s", **_look(place, alpha, dtype))
    tuned = done[0].metrics["accuracy_finetuned"]
    left.axhline(tuned.value, color=ink(), ls="--", lw=1, label="fine-tuned, whole")
    for panel, label in ((left, "accuracy on the new classes (%)"), (right, "training time (s)")):
        panel.set(xlabel="model size (% of the whole in float32)", ylabel=label, xscale="log")
        panel.xaxis.set_major_formatter("{x:g}")
    right.set_yscale("log")
    left.legend(fontsize=7.5)
    best, size = done[0].metrics["accuracy"], done[0].metrics["size_mib_best"].value
    finding = (
        f"The best cut keeps {100 * size / whole:.0f} % of the network's size and reaches {told(best, 1)} %; "
        f"the whole network fine-tuned reaches {told(tuned, 1)} %."
    )
    caption = f"{finding} Mean of {done[0].params['draws']} draws, 95 % intervals. {plotting.origin(done)}"
    return Drawing(figure, caption, f"Accuracy against the size of the kept network. {finding}")


def _transfer_finding(record: Record) -> str:
    metrics = record.metrics
    text = (
        f"The optical ridge reaches {told(metrics['accuracy'], 1)} % in {metrics['train_s'].value:.2g} s, "
        f"plain ridge {told(metrics['accuracy_ridge'], 1)} %"
    )
    if "accuracy_modern" in metrics:
        text += (
            f", fine-tuning {told(metrics['accuracy_modern'], 1)} % in {metrics['train_s_modern'].value:.2g} s "
            "at its largest budget"
        )
    if ratio := metrics.get("cost_ratio_modern_at_equal_accuracy"):
        return f"{text}; to be as accurate as the optical ridge, fine-tuning takes {told(ratio, 1)} times as long."
    return f"{text}; no budget of fine-tuning tried here reaches the optical ridge's accuracy."


def _look(place: int, alpha: float, label: str) -> dict[str, Any]:
    look: dict[str, Any] = {
        "color": PALETTE[place % 6],
        "marker": MARKERS[place % 6],
        "ms": 4,
        "alpha": alpha,
    }
    return look | ({"label": label} if alpha == 1 else {})


def _components(panel: Axes, label: str) -> None:
    panel.set(xscale="log", xlabel="features m", ylabel=label)
    panel.xaxis.set_minor_locator(NullLocator())


def _published(panel: Axes) -> None:
    """The published Fashion-MNIST curves, hollow as all published values."""
    known = read_json(PUBLISHED)
    rows: list[Row] = [dict(zip(known["columns"], row, strict=True)) for row in known["rows"]]
    for place, name in enumerate(dict.fromkeys(row["map"] for row in rows)):
        mine = [row for row in rows if row["map"] == name and row["n_features"] >= 50]
        look = _look(place, 1.0, str(name).replace("_", " ")) | {"ms": 3, "mfc": "none", "lw": 0.8}
        at = [row["n_features"] for row in mine]
        panel.plot(at, [100 * row["test_score"] for row in mine], **look)
    _components(panel, "published, Fashion-MNIST (%)")
    panel.legend(fontsize=6.5)
