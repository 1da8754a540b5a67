"""What the commands print: plain mappings first, so that JSON and tables show the same facts."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from reflop import catalog
from reflop.params import allowed

if TYPE_CHECKING:
    from reflop.record import Metric, Record

Table = dict[str, list[dict[str, Any]]]  # title -> rows


def show(tables: Table, as_json: bool) -> None:
    """Print tables to stdout: JSON for programs, aligned columns for people."""
    if as_json:
        print(json.dumps(tables, indent=1, default=str))
        return
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table as Columns
    from rich.text import Text

    console = Console(width=None if sys.stdout.isatty() else 160)
    for title, rows in tables.items():
        columns = Columns(
            title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False
        )
        names = list(dict.fromkeys(name for row in rows for name in row))
        for name in names:
            columns.add_column(name.replace("_", " "), overflow="fold")
        for row in rows:
            columns.add_row(*(Text(cell(row.get(name))) for name in names))
        console.print(columns)


def tell(line: str) -> None:
    """One plain line for the person at the terminal."""
    print(line, file=sys.stderr, flush=True)


def cell(value: object) -> str:
    """A value as a person reads it."""
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.4g}"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return json.dumps(value) if isinstance(value, dict) else str(value)


def rows_of(values: Iterable[Any]) -> list[dict[str, Any]]:
    """Dataclass values as rows."""
    return [dataclasses.asdict(value) for value in values]


def overview() -> Table:
    """All of `reflop list`."""
    from reflop.data.catalogue import DATASETS
    from reflop.engines import ENGINES

    return {
        "systems": [
            {"system": name, "title": module.TITLE, "source": module.SOURCE}
            for name, module in catalog.SYSTEMS.items()
        ],
        "sections": [
            {"section": name, "presets": entry.params.presets(), "what": entry.params.__doc__.splitlines()[0]}
            for name, entry in catalog.sections().items()
            if entry.params.__doc__
        ],
        "engines": [
            {"engine": name, "what": engine.title, "state": engine.available() or "available"}
            for name, engine in ENGINES.items()
        ],
        **datasets(DATASETS),
    }


def datasets(known: Mapping[str, Any]) -> Table:
    """The catalogue of data sets."""
    return {
        "data sets": [
            {"data": name, "licence": d.licence, "size": d.size, "page": d.page, "sections": d.sections}
            for name, d in known.items()
        ]
    }


def dataset(entry: Any) -> Table:
    """One data set: where to get it, how its folder looks, how to check it."""
    facts = {
        "what": entry.what,
        "page": entry.page,
        "licence": entry.licence,
        "size": entry.size,
        "sections": entry.sections,
        "files": {name: digest or "digest not published" for name, digest in entry.files.items()} or None,
        "layout": entry.drawing() if entry.layout else None,
        "check": entry.command if entry.layout else None,
        "note": entry.note or None,
    }
    return {entry.name: [{"fact": key, "value": value} for key, value in facts.items() if value is not None]}


def section(name: str) -> Table:
    """Parameters of one section, with their value at every preset."""
    entry = catalog.section(name)
    rows = []
    for field, info in entry.params.model_fields.items():
        at = {preset: getattr(entry.params.of(preset), field) for preset in entry.params.presets()}
        rows.append(
            {"parameter": field, "meaning": info.description, "takes": allowed(entry.params, field), **at}
        )
    return {f"{name}: {entry.cost or 'cost not stated'}": rows}


def expected(entry: catalog.Section, preset: str) -> str:
    """What a run will take, from the last time here or from the section's own header."""
    cost = last_time(entry, preset) or entry.cost or "cost not stated"
    return f"{entry.system}.{entry.name} ({preset}): {cost}"


def last_time(entry: catalog.Section, preset: str) -> str:
    """Seconds and memory of the newest local record of this preset, or nothing."""
    from reflop import record as recording
    from reflop.errors import BadFile
    from reflop.files import records_folder

    try:
        known = recording.read_all(records_folder(), f"{entry.system}.{entry.name}")
    except BadFile:
        return ""
    same = [r.provenance for r in known if r.preset == preset and r.status == "done"]
    if not same:
        return ""
    return f"took {same[-1]['seconds']:.0f} s and {same[-1]['peak_memory_bytes'] / 2**30:.1f} GiB here before"


def forecast(entry: catalog.Section, preset: str, given: dict[str, Any]) -> Table:
    """`reflop run --dry-run`: parameters, cost and what this machine lacks."""
    params = entry.params.of(preset, given)
    facts = {"cost": last_time(entry, preset) or entry.cost, "data": params.data_digests() or "none"}
    rows = [{"what": key, "value": value} for key, value in (facts | params.model_dump(mode="json")).items()]
    return {f"{entry.system}.{entry.name} at {preset}": rows}


def interval(metric: Metric) -> str:
    """A metric with its interval, to the digits the interval supports.

    >>> from reflop.record import Metric
    >>> interval(Metric(412.3, "images/s", 403.1, 421.9, 10))
    '412 images/s [403, 422] n=10'
    """
    if metric.low == metric.high:
        return f"{metric.value:,.6g} {metric.unit}".strip()
    digits = digits_of((metric.high - metric.low) / 2)
    value, low, high = (f"{x:,.{digits}f}" for x in (metric.value, metric.low, metric.high))
    return f"{value} {metric.unit}".strip() + f" [{low}, {high}] n={metric.n}"


def digits_of(half_width: float) -> int:
    """Decimals that show a half width to one or two significant digits.

    >>> digits_of(9.4), digits_of(0.04)
    (0, 3)
    """
    from math import floor, log10

    return max(0, (1 if half_width < 1 else 0) - floor(log10(half_width)))


def record(found: Record) -> Table:
    """One record: its metrics, and where it lies."""
    from reflop.files import records_folder

    title = (
        f"{found.name} ({found.preset}) {found.status} {found.reason} -> {records_folder() / found.file_name}"
    )
    rows = [{"metric": name, "value": interval(metric)} for name, metric in found.metrics.items()]
    return {title: rows or [{"metric": "-", "value": found.status}]}


def swept(found: list[Record], asked: list[str]) -> Table:
    """The records of a sweep, one row each: the swept parameters, then the metrics."""
    names = [pair.partition("=")[0] for pair in asked]
    return {
        "sweep": [
            {"id": r.id, **{n: r.params[n] for n in names}, **{k: interval(m) for k, m in r.metrics.items()}}
            for r in found
        ]
    }


def verdicts(found: Any) -> Table:
    """The rows of `reflop verify`."""
    return {"published against measured": [verdict.as_row() for verdict in found.verdicts]}


def findings(found: Iterable[Any]) -> Table:
    """The rows of `reflop doctor`."""
    return {"this machine": rows_of(found)}
