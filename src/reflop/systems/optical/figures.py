"""The figures of the optical sections: each takes records, draws them, and says in words what they found.

The first record is drawn in full strength; records of other presets and machines stand pale behind it.
"""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from reflop.figures import MARKERS, PALETTE, Drawing, plotting
from reflop.figures.plotting import Row, ink, told
from reflop.record import Record
from reflop.systems.optical.image_figures import blocks, encoding, learning_curves, transfer
from reflop.systems.optical.plotting import curves, named

__all__ = ["blocks", "camera", "cost", "encoding", "kernel", "learning_curves", "speckle", "transfer"]

BRIGHTEST = 8.0  # times the mean; too few components are brighter to be counted
FAMILIES = {
    "bin50": "half of the bits",
    "bin10": "a tenth of the bits",
    "clust": "clusters",
    "sparse3": "three ones",
}


def speckle(records: list[Record]) -> Drawing:
    """Share of components brighter than t times the mean, and its ratio to the exponential law."""
    if not (done := plotting.done(records)):
        return plotting.not_run(records, "optical.speckle")
    figure = Figure(figsize=(6.4, 4.4), layout="constrained")
    top, bottom = figure.subplots(2, sharex=True, height_ratios=(3, 2))
    for place, rows, look in curves(done):
        seen = [row for row in rows if row["survival_low"] > 0 and row["intensity"] <= BRIGHTEST]
        at = [row["intensity"] for row in seen]
        top.plot(at, [row["survival"] for row in seen], **look, ls="none")
        beside = [t + 0.07 * (place - 1.5) for t in at]
        ratios = plotting.divided(seen, "survival", by="exponential")
        plotting.intervals(bottom, beside, ratios, "survival", **look, ls="none")
    law = sorted({(row["intensity"], row["exponential"]) for row in done[0].rows if "exponential" in row})
    line = [point for point in law if point[0] <= BRIGHTEST]
    top.plot(*zip(*line, strict=True), color=ink(), marker="", lw=1, zorder=0, label="exponential law")
    bottom.axhline(1, color=ink(), lw=1, zorder=0)
    top.set(yscale="log", ylabel="components brighter (%)")
    bottom.set(ylabel="ratio to the law", xlabel="intensity / mean intensity", ylim=(0.4, 1.6))
    top.legend()
    contrasts = named(done[0], "contrast_")
    within = all(abs(metric.value - 1) <= 0.02 for metric in contrasts.values())
    values = ", ".join(f"{told(metric, 3)} ({engine})" for engine, metric in contrasts.items())
    finding = f"Speckle contrast is {values}: {'' if within else 'not '}within 2 % of 1, the exponential law."
    p = done[0].params
    caption = (
        f"{finding} Intensities of one input of {p['n_features']} bits behind {p['draws']} matrices of "
        f"{p['n_components']:,} components; bars are 95 % intervals. {plotting.origin(done)}"
    )
    return Drawing(
        figure, caption, f"Share of bright components on a log axis, against a straight line. {finding}"
    )


def kernel(records: list[Record]) -> Drawing:
    """Raw and centred error against m, one column for each family of inputs."""
    if not (done := plotting.done(records)):
        return plotting.not_run(records, "optical.kernel")
    families = done[0].params["families"]
    sizes = sorted({size for record in done for size in record.params["n_components"]})
    figure = Figure(figsize=(6.4, 4.6), layout="constrained")
    axes = figure.subplots(2, len(families), sharex=True, sharey="row", squeeze=False)
    for kind, line in zip(("raw", "centred"), axes, strict=True):
        for family, panel in zip(families, line, strict=True):
            _errors(panel, done, family, f"error_{kind}")
            panel.set(xscale="log", yscale="log")
            panel.set_xticks(sizes, [f"{m / 1024:g}k" if m >= 1024 else str(m) for m in sizes])
            panel.xaxis.set_minor_locator(NullLocator())
            plotting.plain_numbers(panel)
        line[0].set_ylabel(f"relative error, {kind}")
    for family, panel in zip(families, axes[0], strict=True):
        panel.set_title(FAMILIES[family])
    axes[1, 0].set_xlabel("components m")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels))
    finding = _kernel_finding(done[0])
    caption = (
        f"{finding} The dashed line falls as m^(-1/2), the law for independent components. Relative Frobenius error, "
        f"mean of {done[0].params['draws']} matrices with its 95 % interval. {plotting.origin(done)}"
    )
    return Drawing(
        figure,
        caption,
        f"Kernel error against components on logarithmic axes, one panel for each family. {finding}",
    )


def camera(records: list[Record]) -> Drawing:
    """Centred error relative to a camera without limits, and the pixels at both ends of the scale."""
    if not (done := plotting.done(records)):
        return plotting.not_run(records, "optical.camera")
    figure = Figure(figsize=(6.4, 3.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    for record, alpha in plotting.strengths(done):
        for place, bits in enumerate(record.params["bits"]):
            look = {"color": PALETTE[place % 6], "marker": MARKERS[place % 6], "ms": 4, "alpha": alpha}
            for family in record.params["families"]:
                rows = [row for row in record.rows if (row["bits"], row["family"]) == (bits, family)]
                at = [row["level"] for row in rows]
                left.plot(at, [1 + row["change_centred"] / 100 for row in rows], **look, lw=1)
            right.plot(at, [row["saturated"] for row in rows], **look)
            right.plot(at, [row["zero"] for row in rows], **look, ls=":", mfc="none")
            if alpha == 1:
                left.plot([], [], **look, label=f"{bits} bits")
    left.axhspan(0.97, 1.03, color=ink(), alpha=0.15, lw=0)
    left.axhline(1, color=ink(), lw=0.8, zorder=0)
    left.set(
        xscale="log", yscale="log", xlabel="mean level", ylabel="centred error / that of an ideal camera"
    )
    plotting.plain_numbers(left)
    right.set(xscale="log", xlabel="mean level", ylabel="pixels (%)", ylim=(0, None))
    right.plot([], [], color=ink(), marker="", label="at the top level")
    right.plot([], [], color=ink(), marker="", ls=":", label="at zero")
    for panel in (left, right):
        panel.xaxis.set_major_formatter("{x:g}")
        panel.legend()
    finding, p = _camera_finding(done[0]), done[0].params
    caption = (
        f"{finding} Left, one line for each family of inputs; the grey band is 3 %. Right, the pixels at either "
        f"end of the scale. {p['engine'].capitalize()} engine, m = {p['n_components']}, {p['draws']} matrices. "
        f"{plotting.origin(done)}"
    )
    return Drawing(
        figure, caption, f"Kernel error and pixels at the ends of the scale against exposure. {finding}"
    )


def cost(records: list[Record]) -> Drawing:
    """Time per vector and peak memory against size; an earlier measurement hollow."""
    if not (done := plotting.done(records)):
        return plotting.not_run(records, "optical.cost")
    figure = Figure(figsize=(6.4, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    for _, rows, look in curves(done):
        ours = sorted((row for row in rows if "peak_bytes" in row), key=_entries)
        at = [_entries(row) for row in ours]
        plotting.intervals(left, at, ours, "ms_per_vector", **look)
        right.plot(at, [row["peak_bytes"] / 2**30 for row in ours], **look)
        known = sorted((row for row in rows if "reference_peak_bytes" in row), key=_entries)
        if look.pop("label"):  # once, behind the first record
            at, hollow = [_entries(row) for row in known], {**look, "mfc": "none", "ls": ":", "lw": 1}
            left.plot(at, [row["reference_ms_per_vector"] for row in known], **hollow)
            right.plot(at, [row["reference_peak_bytes"] / 2**30 for row in known], **hollow)
    for panel in (left, right):
        panel.set(xscale="log", yscale="log", xlabel="matrix entries n m")
        plotting.plain_numbers(panel)
    left.set_ylabel("time per vector (ms)")
    right.set_ylabel("peak memory of the process (GiB)")
    left.legend()
    finding = _cost_finding(done[0])
    caption = (
        f"{finding} Filled: measured here, median and 95 % interval of {done[0].params['repeats']} calls; hollow: an "
        "earlier measurement of the same methods on two busy cores. Each engine in a process of its own; making the "
        f"matrix does not count, except for blocked, which makes it anew. {plotting.origin(done)}"
    )
    return Drawing(
        figure, caption, f"Time and memory of every engine against size, on logarithmic axes. {finding}"
    )


def _errors(panel: Axes, records: list[Record], family: str, column: str) -> None:
    """Every engine's error for one family, and the line m^(-1/2) from the first point of the exact model."""
    for place, rows, look in curves(records, family=family):
        curve = sorted(rows, key=lambda row: row["n_components"])
        beside = [row["n_components"] * 1.07 ** (place - 1.5) for row in curve]
        plotting.intervals(panel, beside, curve, column, **look, lw=1)
    rows = [row for row in records[0].rows if row.get("family") == family]
    start = min(rows, key=lambda row: (row["engine"] != "dense", row["n_components"]))
    end = max(row["n_components"] for row in rows)
    law = [start[column], start[column] * (end / start["n_components"]) ** -0.5]
    look = {"color": ink(), "marker": "", "ls": "--", "lw": 1, "zorder": 0}
    panel.plot([start["n_components"], end], law, **look, label=r"$m^{-1/2}$")


def _kernel_finding(record: Record) -> str:
    """The exponents, and the structured engine's error on sparse inputs, in words."""
    slopes = named(record, "slope_centred_")
    values = ", ".join(f"{told(metric, 2)} ({engine})" for engine, metric in slopes.items())
    finding = f"The centred error falls as m to the power {values}."
    ratio = record.metrics.get("structured_over_dense_sparse3")
    if ratio is None:
        return finding
    return f"{finding} On rows with three ones the structured engine's error is {told(ratio, 2)} times the dense one's."


def _camera_finding(record: Record) -> str:
    """The good exposures and the worst one of the first camera, in words."""
    bits = record.params["bits"][0]
    changes = named(record, f"change_{bits}bit_level")
    good = sorted(float(level) for level, metric in changes.items() if metric.high < 3)
    span = f"at mean levels {good[0]:g} to {good[-1]:g}" if good else "at no exposure"
    level, worst = max(changes.items(), key=lambda item: item[1].value)
    return (
        f"A camera of {bits} bits changes the centred error by less than 3 % {span}; "
        f"at mean level {level} it changes it by {worst.value:.0f} %."
    )


def _cost_finding(record: Record) -> str:
    """How many times faster the first engine is than the others at the largest size, in words."""
    rows = [row for row in record.rows if "peak_bytes" in row]
    last = max(rows, key=_entries)
    first, *others = (row for row in rows if _entries(row) == _entries(last))
    time, peak, libraries = (
        first["ms_per_vector"],
        first["peak_bytes"] / 2**30,
        first["baseline_bytes"] / 2**30,
    )
    ratios = [f", {row['ms_per_vector'] / time:.2g} times faster than {row['engine']}" for row in others]
    return (
        f"From {last['n_features']:,} bits to {last['n_components']:,} components, {first['engine']} takes "
        f"{time:.2g} ms per vector{''.join(ratios)}, and {peak:.2f} GiB, {libraries:.2f} of them libraries."
    )


def _entries(row: Row) -> int:
    """Entries of the matrix."""
    return int(row["n_features"] * row["n_components"])
