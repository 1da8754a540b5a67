"""The figures of the optical sections: each takes records, draws them, and says in words what they found.

The first record is drawn in full strength; records of other presets and machines stand pale behind it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from reflop.figures import MARKERS, PALETTE, Drawing, missing
from reflop.record import Metric, Record

Row = dict[str, Any]
ENGINES = ("structured", "dense", "blocked", "lightonml", "opu")
FAMILIES = {
    "bin50": "half of the bits",
    "bin10": "a tenth of the bits",
    "clust": "clusters",
    "sparse3": "three ones",
}


def speckle(records: list[Record]) -> Drawing:
    """Share of components brighter than t times the mean, and its ratio to the exponential law."""
    if not (done := _done(records)):
        return _missing(records, "optical.speckle")
    figure = Figure(figsize=(6.4, 4.4), layout="constrained")
    top, bottom = figure.subplots(2, sharex=True, height_ratios=(3, 2))
    for record, alpha in _strengths(done):
        for shift, (engine, rows) in enumerate(_by_engine(record)):
            rows = [row for row in rows if row["survival_low"] > 0 and row["intensity"] <= 8]
            at = [row["intensity"] for row in rows]
            look = {**_look(engine), "alpha": alpha, "linestyle": "none"}
            top.plot(at, [row["survival"] for row in rows], **look, label=engine if alpha == 1 else None)
            at = [t + 0.07 * (shift - 1.5) for t in at]  # side by side
            ratios = [
                {k: row[f"survival{k}"] / row["exponential"] for k in ("", "_low", "_high")} for row in rows
            ]
            _errorbar(bottom, at, ratios, "", **look)
    law = sorted({(row["intensity"], row["exponential"]) for row in done[0].rows if "exponential" in row})
    law = [point for point in law if point[0] <= 8]
    top.plot(*zip(*law, strict=True), color=_ink(), marker="", lw=1, zorder=0, label="exponential law")
    bottom.axhline(1, color=_ink(), lw=1, zorder=0)
    top.set(yscale="log", ylabel="components brighter (%)")
    bottom.set(ylabel="ratio to the law", xlabel="intensity / mean intensity", ylim=(0.4, 1.6))
    top.legend()
    contrasts = _metrics(done[0], "contrast_")
    p = done[0].params
    told = ", ".join(f"{engine} {_told(metric, 3)}" for engine, metric in contrasts.items())
    within = all(abs(metric.value - 1) <= 0.02 for metric in contrasts.values())
    finding = f"Speckle contrast is {told}: {'' if within else 'not '}within 2 % of the law's 1"
    caption = (
        f"{finding}. Intensities of one input of {p['n_features']} bits, {p['draws']} matrices of "
        f"{p['n_components']} components, against the exponential law of fully developed speckle; "
        f"bars are 95 % intervals. {_where(done)}"
    )
    return Drawing(
        figure, caption, f"Survival function of intensities on a log axis, on a straight line. {finding}."
    )


def kernel(records: list[Record]) -> Drawing:
    """Raw and centred error against m, one column for each family of inputs."""
    if not (done := _done(records)):
        return _missing(records, "optical.kernel")
    families = done[0].params["families"]
    sizes = sorted({size for record in done for size in record.params["n_components"]})
    figure = Figure(figsize=(6.4, 4.6), layout="constrained")
    axes = figure.subplots(2, len(families), sharex=True, sharey="row", squeeze=False)
    for kind, (name, line) in enumerate(zip(("raw", "centred"), axes, strict=True)):
        for family, panel in zip(families, line, strict=True):
            for record, alpha in _strengths(done):
                for shift, (engine, rows) in enumerate(_by_engine(record)):
                    rows = sorted(
                        (row for row in rows if row["family"] == family), key=lambda row: row["n_components"]
                    )
                    at = [row["n_components"] * 1.07 ** (shift - 1.5) for row in rows]
                    label = engine if alpha == 1 else None
                    _errorbar(
                        panel, at, rows, f"error_{name}", **_look(engine), alpha=alpha, lw=1, label=label
                    )
            _falling(panel, [r for r in done[0].rows if r.get("family") == family], f"error_{name}")
            panel.set(xscale="log", yscale="log")
            panel.set_xticks(sizes, [f"{m / 1024:g}k" if m >= 1024 else str(m) for m in sizes], minor=False)
            panel.xaxis.set_minor_locator(NullLocator())
            _plain(panel)
            panel.set_title(FAMILIES[family] if kind == 0 else "")
        line[0].set_ylabel(f"relative error, {name}")
        line[0].set_xlabel("components m" if kind == 1 else "")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels))
    slopes = _metrics(done[0], "slope_centred_")
    finding = "The centred error falls as m to the power " + ", ".join(
        f"{_told(metric, 2)} ({engine})" for engine, metric in slopes.items()
    )
    ratio = done[0].metrics.get("structured_over_dense_sparse3")
    sparse = (
        f" On rows with three ones, the hard case, the structured engine's error is {_told(ratio, 2)} times"
        " the Gaussian one."
        if ratio
        else ""
    )
    caption = (
        f"{finding}.{sparse} The dashed line falls as m^(-1/2), the law for independent components. "
        f"Relative Frobenius error, mean of {done[0].params['draws']} matrices with its 95 % interval. {_where(done)}"
    )
    return Drawing(
        figure, caption, f"Kernel error against the number of components, all lines parallel. {finding}."
    )


def camera(records: list[Record]) -> Drawing:
    """Centred error relative to a camera without limits, and the pixels at both ends of the scale."""
    if not (done := _done(records)):
        return _missing(records, "optical.camera")
    figure = Figure(figsize=(6.4, 3.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    for record, alpha in _strengths(done):
        for bits, (colour, marker) in zip(
            record.params["bits"], zip(PALETTE, MARKERS, strict=True), strict=False
        ):
            look = {"color": colour, "alpha": alpha}
            for family in record.params["families"]:
                rows = [row for row in record.rows if (row["bits"], row["family"]) == (bits, family)]
                at = [row["level"] for row in rows]
                left.plot(
                    at, [1 + row["change_centred"] / 100 for row in rows], **look, marker=marker, ms=4, lw=1
                )
            right.plot(at, [row["saturated"] for row in rows], **look, marker=marker, ms=4)
            right.plot(at, [row["zero"] for row in rows], **look, marker=marker, ms=4, ls=":", mfc="none")
            left.plot([], [], color=colour, marker=marker, label=f"{bits} bits" if alpha == 1 else None)
    left.axhspan(0.97, 1.03, color=_ink(), alpha=0.15, lw=0)
    left.axhline(1, color=_ink(), lw=0.8)
    left.set(
        xscale="log", yscale="log", xlabel="mean level", ylabel="centred error / that of an ideal camera"
    )
    right.set(xscale="log", xlabel="mean level", ylabel="pixels (%)", ylim=(0, None))
    right.plot([], [], color=_ink(), marker="", label="at the top level")
    right.plot([], [], color=_ink(), marker="", ls=":", label="at zero")
    for panel in (left, right):
        panel.xaxis.set_major_formatter("{x:g}")
        panel.legend()
    _plain(left)
    finding = _exposure_finding(done[0])
    p = done[0].params
    caption = (
        f"{finding} Each line is one family of inputs; the grey band is 3 %. {p['engine']} engine, "
        f"m = {p['n_components']}, {p['draws']} matrices. {_where(done)}"
    )
    return Drawing(
        figure, caption, f"Kernel error against exposure, flat in the middle, high at both ends. {finding}"
    )


def cost(records: list[Record]) -> Drawing:
    """Time per vector and peak memory against size; the earlier table hollow."""
    if not (done := _done(records)):
        return _missing(records, "optical.cost")
    figure = Figure(figsize=(6.4, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    for record, alpha in _strengths(done):
        for engine, rows in _by_engine(record):
            look = {**_look(engine), "alpha": alpha}
            ours = sorted((row for row in rows if "seconds" in row), key=_entries)
            per_vector = [
                {k: 1000 * row[f"seconds{k}"] / row["n_rows"] for k in ("", "_low", "_high")} for row in ours
            ]
            at = [_entries(row) for row in ours]
            _errorbar(left, at, per_vector, "", **look, label=engine if alpha == 1 else None)
            right.plot(at, [row["peak_bytes"] / 2**30 for row in ours], **look)
            if alpha == 1:
                known = sorted((row for row in rows if "reference_ms_per_vector" in row), key=_entries)
                at, hollow = [_entries(row) for row in known], {**look, "mfc": "none", "ls": ":", "lw": 1}
                left.plot(at, [row["reference_ms_per_vector"] for row in known], **hollow)
                right.plot(at, [row["reference_peak_bytes"] / 2**30 for row in known], **hollow)
    for panel in (left, right):
        panel.set(xscale="log", yscale="log", xlabel="matrix entries n m")
    left.set_ylabel("time per vector (ms)")
    right.set_ylabel("peak memory of the process (GiB)")
    _plain(right)
    left.legend()
    finding = _cost_finding(done[0])
    caption = (
        f"{finding} Filled: this record, median and 95 % interval of {done[0].params['repeats']} calls; hollow: an "
        "earlier measurement of the same methods on two busy cores. Each engine in a process of its own; making the "
        f"matrix is not counted, except where the engine makes it anew (blocked). {_where(done)}"
    )
    return Drawing(figure, caption, f"Time and memory against size, structured lowest. {finding}")


def _exposure_finding(record: Record) -> str:
    """The best and the worst exposure of the first camera, in words."""
    bits = record.params["bits"][0]
    changes = _metrics(record, f"change_{bits}bit_level")
    good = [float(level) for level, metric in changes.items() if metric.high < 3]
    level, worst = max(changes.items(), key=lambda item: item[1].value)
    span = f"at mean levels {min(good):g} to {max(good):g}" if good else "at no exposure"
    return (
        f"A camera of {bits} bits changes the centred error by less than 3 % {span}; "
        f"at level {level} it changes it by {worst.value:.0f} %."
    )


def _cost_finding(record: Record) -> str:
    """How many times faster the first engine is than each other at the largest size, in words."""
    rows = [row for row in record.rows if "seconds" in row]
    last = max(rows, key=_entries)
    same = {row["engine"]: row for row in rows if _entries(row) == _entries(last)}
    first = next(iter(same))
    told = ", ".join(
        f"{row['seconds'] / same[first]['seconds']:.0f} times faster than {engine}"
        for engine, row in same.items()
        if engine != first
    )
    peak, libraries = (same[first][f"{kind}_bytes"] / 2**30 for kind in ("peak", "baseline"))
    size = f"{last['n_features']:,} bits to {last['n_components']:,} components"
    return f"At {size}, {first} is {told or 'the only engine'}, in {peak:.2f} GiB, {libraries:.2f} of them libraries."


def _done(records: Sequence[Record]) -> list[Record]:
    return [record for record in records if record.status == "done"]


def _missing(records: Sequence[Record], name: str) -> Drawing:
    reason = next((record.reason for record in records if record.reason), "no record")
    return missing(reason, f"reflop run {name}")


def _strengths(records: list[Record]) -> Iterator[tuple[Record, float]]:
    """Records with their opacity, the first one last, so that it lies on top."""
    yield from ((record, 0.3) for record in records[:0:-1])
    yield records[0], 1.0


def _where(records: list[Record]) -> str:
    """Preset, machine and nature of every record drawn."""
    first, *others = (f"preset {record.preset} on {record.machine}, {record.nature}" for record in records)
    return f"Record: {first}" + (f"; pale: {'; '.join(others)}." if others else ".")


def _by_engine(record: Record) -> list[tuple[str, list[Row]]]:
    """The measured rows of every engine that ran."""
    groups = ((name, [row for row in record.rows if row["engine"] == name]) for name in ENGINES)
    return [(name, rows) for name, rows in groups if rows and "unavailable" not in rows[0]]


def _look(engine: str) -> dict[str, Any]:
    place = ENGINES.index(engine)
    return {"color": PALETTE[place], "marker": MARKERS[place], "ms": 4}


def _errorbar(panel: Axes, at: list[float], rows: Sequence[Row], column: str, **look: Any) -> None:
    """Values with their intervals."""
    values = [row[column] for row in rows]
    low = [value - row[f"{column}_low"] for value, row in zip(values, rows, strict=True)]
    high = [row[f"{column}_high"] - value for value, row in zip(values, rows, strict=True)]
    panel.errorbar(at, values, yerr=[low, high], elinewidth=0.8, **look)


def _plain(panel: Axes) -> None:
    """Label a logarithmic axis 1, 2, 5, 10 in plain numbers."""
    panel.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    panel.yaxis.set_major_formatter("{x:g}")
    panel.yaxis.set_minor_locator(NullLocator())


def _falling(panel: Axes, rows: list[Row], column: str) -> None:
    """The line m^(-1/2) through the first engine's first point."""
    rows = sorted(rows, key=lambda row: (row["engine"] != "dense", row["n_components"]))
    if rows:
        start, end = rows[0]["n_components"], max(row["n_components"] for row in rows)
        value = rows[0][column]
        line = [value, value * (end / start) ** -0.5]
        panel.plot([start, end], line, color=_ink(), marker="", ls="--", lw=1, zorder=0, label="m^(-1/2)")


def _metrics(record: Record, prefix: str) -> dict[str, Metric]:
    return {name.removeprefix(prefix): m for name, m in record.metrics.items() if name.startswith(prefix)}


def _told(metric: Metric, digits: int) -> str:
    return f"{metric.value:.{digits}f} [{metric.low:.{digits}f}, {metric.high:.{digits}f}]"


def _entries(row: Row) -> int:
    return int(row["n_features"] * row["n_components"])


def _ink() -> str:
    return str(mpl.rcParams["text.color"])
