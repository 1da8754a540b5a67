"""What the figures of all systems share: which records they draw, values with intervals, and words for both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from reflop.figures import Drawing, missing
from reflop.record import Metric, Record

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Row = Mapping[str, Any]
PALE = 0.3  # opacity of records other than the first


def done(records: Sequence[Record]) -> list[Record]:
    """The records that hold something to draw."""
    return [record for record in records if record.status == "done"]


def not_run(records: Sequence[Record], name: str) -> Drawing:
    """The placeholder, with the reason of the first record that has one."""
    reason = next((record.reason for record in records if record.reason), "no record")
    return missing(reason, f"reflop run {name}")


def strengths(records: Sequence[Record]) -> Iterator[tuple[Record, float]]:
    """Records with their opacity: the first one strong, and last, so that it lies on top."""
    yield from ((record, PALE) for record in records[:0:-1])
    yield records[0], 1.0


def intervals(panel: Axes, at: Sequence[float], rows: Sequence[Row], column: str, **look: Any) -> None:
    """Values of `column` with their intervals."""
    values = [row[column] for row in rows]
    low = [value - row[f"{column}_low"] for value, row in zip(values, rows, strict=True)]
    high = [row[f"{column}_high"] - value for value, row in zip(values, rows, strict=True)]
    panel.errorbar(at, values, yerr=[low, high], elinewidth=0.8, **look)


def divided(rows: Sequence[Row], column: str, by: str) -> list[Row]:
    """`column` and its interval, divided by the column `by`.

    >>> divided([{"a": 2.0, "a_low": 1.0, "a_high": 4.0, "b": 2}], "a", "b")
    [{'a': 1.0, 'a_low': 0.5, 'a_high': 2.0}]
    """
    return [
        {name: row[name] / row[by] for name in (column, f"{column}_low", f"{column}_high")} for row in rows
    ]


def plain_numbers(panel: Axes) -> None:
    """Label a logarithmic vertical axis 1, 2, 5, 10 in plain numbers."""
    from matplotlib.ticker import LogLocator, NullLocator

    panel.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    panel.yaxis.set_major_formatter("{x:g}")
    panel.yaxis.set_minor_locator(NullLocator())


def ink() -> str:
    """The colour of the text in the active style."""
    import matplotlib as mpl

    return str(mpl.rcParams["text.color"])


def told(metric: Metric, digits: int) -> str:
    """A value with its interval in words."""
    return f"{metric.value:.{digits}f} [{metric.low:.{digits}f}, {metric.high:.{digits}f}]"


def origin(records: Sequence[Record]) -> str:
    """Preset, machine and nature of every record drawn."""
    first, *others = (f"preset {record.preset} on {record.machine}, {record.nature}" for record in records)
    return f"Record: {first}{'; pale: ' if others else ''}{'; '.join(others)}."
