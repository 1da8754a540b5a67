"""The scoreboard: one row per set-up, never a ranking across scales or natures; every cell is a record's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from reflop.book import escape, runbox, table, words
from reflop.book.folder import Folder
from reflop.record import Metric, Record

PRESETS = ("book", "long", "paper")
SETUP = (
    "variant",
    "engine",
    "data",
    "backbone",
    "model",
    "precision",
    "dtype",
    "batch_size",
)  # what names a set-up
# Key of the metric: heading, and whether larger is better.
KEYS = {
    "accuracy": ("Accuracy", True),
    "throughput": ("Throughput", True),
    "latency_p50_ms": ("Latency p50", False),
    "latency_p90_ms": ("Latency p90", False),
    "latency_p99_ms": ("Latency p99", False),
    "macs": ("MACs", False),
    "params": ("Parameters", False),
    "size_bytes": ("Size", False),
    "train_s": ("Training", False),
    "energy_j": ("Energy", False),
}
EMPTY = (
    "No record of preset book, long or paper holds a score yet. Records of the smoke preset show that the code "
    "runs; they are never ranked."
)


@dataclass(frozen=True)
class Row:
    """One system under one set-up: its record, what names the set-up, and its scores."""

    record: Record
    setup: dict[str, Any]
    scores: dict[str, Metric]


def rows_of(record: Record) -> list[Row]:
    """The rows of a record: none if it does not count, one per variant if it scores several (`throughput_dense`)."""
    if record.status != "done" or record.preset not in PRESETS:
        return []
    setup = {name: record.params[name] for name in SETUP if name in record.params}
    variants = [
        Row(record, setup | {"variant": name}, _scores(record, f"_{name}")) for name in _variants(record)
    ]
    main = Row(record, setup | ({"variant": "main"} if variants else {}), _scores(record))
    told_twice = any(main.scores.items() <= row.scores.items() for row in variants)
    return variants if told_twice or not main.scores else [main, *variants]


def _scores(record: Record, ending: str = "") -> dict[str, Metric]:
    return {key: record.metrics[key + ending] for key in KEYS if key + ending in record.metrics}


def _variants(record: Record) -> list[str]:
    """Endings of scores that name a variant: a value of a list parameter, or an ending that several scores have."""
    listed = {
        name
        for value in record.params.values()
        if isinstance(value, list)
        for name in value
        if name == str(name)
    }
    endings = Counter(
        name.removeprefix(f"{key}_") for key in KEYS for name in record.metrics if name.startswith(f"{key}_")
    )
    return [ending for ending, count in endings.items() if count > 1 or ending in listed]


def stage(folder: Folder, records: Sequence[Record]) -> None:
    """Write `scoreboard.md` and `csv/scoreboard.csv`."""
    rows = [row for record in records for row in rows_of(record)]
    folder.write("csv/scoreboard.csv", table.csv_text(map(numbers, rows)))
    groups = sorted(
        {(row.record.scale, row.record.nature) for row in rows}, key=lambda kind: (kind[0] != "paper", kind)
    )
    parts = [
        f"## {escape.myst(scale).capitalize()} scale, {escape.myst(nature)}\n\n"
        + _group(folder, [row for row in rows if (row.record.scale, row.record.nature) == (scale, nature)])
        for scale, nature in groups
    ]
    folder.write("scoreboard.md", "\n\n".join(parts or [EMPTY]) + "\n")


def numbers(row: Row) -> dict[str, Any]:
    """One row of the CSV file, every number as the record holds it."""
    names = ("system", "section", "preset", "scale", "nature", "machine", "id")
    head = {name: getattr(row.record, name) for name in names}
    told = {f"{key}_{part}": v for key, metric in row.scores.items() for part, v in asdict(metric).items()}
    commit = {name: row.record.provenance[name] for name in ("commit", "dirty")}
    return {**head, **row.setup, **told, **commit}


def _group(folder: Folder, rows: list[Row]) -> str:
    """One ranking as a Markdown table: section by section, best first by the first score that any row holds."""
    keys = [key for key in KEYS if any(key in row.scores for row in rows)]
    units = {key: {row.scores[key].unit for row in rows if key in row.scores} for key in keys}
    lines = [
        [
            escape.myst(row.record.name),
            escape.myst(", ".join(words.value(row.setup[name]) for name in SETUP if name in row.setup)),
            *(_cell(row, key, rows, unit=len(units[key]) > 1) for key in keys),
            escape.myst(row.record.preset),
            escape.myst(words.machine(row.record)),
            runbox.link(folder, row.record),
            escape.myst(words.commit(row.record)),
        ]
        for row in sorted(rows, key=lambda row: (row.record.name, _order(row, keys)))
    ]
    scores = [_heading(key, units[key]) for key in keys]
    header = ["Section", "Set-up", *scores, "Preset", "Machine", "Record", "Commit"]
    return table.markdown(header, lines, kind="sortable")


def _order(row: Row, keys: list[str]) -> tuple[Any, ...]:
    """Sorting key: best of the first score first, rows without it last."""
    return tuple(
        (key not in row.scores, _signed(row.scores[key], key) if key in row.scores else 0.0) for key in keys
    )


def _signed(metric: Metric, key: str) -> float:
    return -metric.value if KEYS[key][1] else metric.value


def _heading(key: str, units: set[str]) -> str:
    unit = next(iter(units)) if len(units) == 1 else ""
    return f"{KEYS[key][0]}{f' ({escape.myst(unit)})' if unit else ''}"


def _cell(row: Row, key: str, rivals: list[Row], *, unit: bool) -> str:
    """A score with its interval and n; in bold when no rival of the same task is better beyond the intervals."""
    if key not in row.scores:
        return "not run"
    metric = row.scores[key]
    same = [rival.scores[key] for rival in rivals if _task(rival) == _task(row) and key in rival.scores]
    text = escape.myst(words.metric(metric, unit))
    text = f"**{text}**" if len(same) > 1 and _best(metric, same, larger=KEYS[key][1]) else text
    return f"{text} [n {metric.n}]{{.n}}" if metric.n > 1 else text


def _task(row: Row) -> tuple[Any, ...]:
    """What two rows must share to be compared: section, preset (it sets the size) and data."""
    return row.record.name, row.record.preset, row.setup.get("data")


def _best(metric: Metric, rivals: list[Metric], *, larger: bool) -> bool:
    """Whether the interval reaches that of the best: a tie counts as best."""
    if larger:
        return metric.high >= max(rivals, key=lambda rival: rival.value).low
    return metric.low <= min(rivals, key=lambda rival: rival.value).high
