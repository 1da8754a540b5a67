"""Values of a record in the words of a page: dates, durations, sizes, numbers with their interval, commits."""

from __future__ import annotations

import math
from typing import Any

from reflop.book import escape
from reflop.record import Metric, Record

THIN = "\u202f"  # between thousands: a narrow space at which no line breaks
_SIZES = ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"))


def number(value: float, step: float = 0.0) -> str:
    """A number with the digits that an uncertainty of `step` leaves; four significant ones when there is none.

    >>> number(412.37, 9.2), number(0.03512, 0.0004), number(1234567.0, 30), number(2.0), number(0.02)
    ('412', '0.0351', '1\u202f234\u202f567', '2', '0.02')
    """
    if not step:
        whole = float(value).is_integer() and abs(value) < 1e15
        return f"{int(value):,}".replace(",", THIN) if whole else f"{value:.4g}"
    digits = max(0, math.ceil(-math.log10(step)))
    return f"{value:,.{digits}f}".replace(",", THIN) if digits < 7 and abs(value) < 1e9 else f"{value:.3g}"


def metric(value: Metric, unit: bool = True) -> str:
    """A metric with its 95 % interval, the interval deciding the digits.

    >>> metric(Metric(412.37, "images/s", 403.1, 421.6, 10))
    '412 [403, 422] images/s'
    """
    step = (value.high - value.low) / 2
    middle = number(value.value, step)
    spread = f" [{number(value.low, step)}, {number(value.high, step)}]" if step else ""
    return f"{middle}{spread}{' ' + value.unit if unit and value.unit else ''}"


def size(count: float) -> str:
    """Bytes in the largest binary unit that fits.

    >>> size(57479168), size(12)
    ('54.8 MiB', '12 B')
    """
    for unit, name in _SIZES:
        if count >= unit:
            return f"{count / unit:.3g} {name}"
    return f"{count:g} B"


def seconds(duration: float) -> str:
    """A duration.

    >>> seconds(0.248), seconds(75.2), seconds(7300)
    ('0.25 s', '1 min 15 s', '2 h 1 min')
    """
    if duration < 60:
        return f"{duration:.2g} s"
    if duration < 3600:
        return f"{int(duration) // 60} min {int(duration) % 60} s"
    return f"{int(duration) // 3600} h {int(duration) % 3600 // 60} min"


def day(record: Record) -> str:
    """The day and minute (UTC) when the record was made."""
    return escape.plain(record.provenance["start"])[:16].replace("T", " ")


def commit(record: Record) -> str:
    """Short commit, marked when the tree held uncommitted changes."""
    known = escape.plain(record.provenance["commit"])[:10]
    return f"{known} (dirty)" if record.provenance["dirty"] else known


def energy(record: Record) -> str:
    """Energy, or that nobody measured it."""
    joules = record.provenance["energy_j"]
    return "not measured" if joules is None else f"{number(joules)} J"


def machine(record: Record) -> str:
    """Processor with cores and GPUs, as the record tells them."""
    told: dict[str, Any] = record.provenance["machine"]
    names = [str(gpu["name"]) for gpu in told["gpus"]]
    gpus = [f"{names.count(name)} × {name}" for name in dict.fromkeys(names)]
    return escape.plain(", ".join([f"{told['cpu']}, {told['cores']} cores", *gpus]))


def value(parameter: Any) -> str:
    """A parameter's value, read by a person.

    >>> value("dense"), value(["a", 2]), value({"t": 0.5}), value([]), value(True)
    ('dense', 'a, 2', 't 0.5', 'none', 'yes')
    """
    if isinstance(parameter, dict):
        parameter = [f"{value(key)} {value(each)}" for key, each in parameter.items()]
    if parameter is None or parameter == []:
        return "null" if parameter is None else "none"
    if isinstance(parameter, list):
        return ", ".join(map(value, parameter))
    if isinstance(parameter, bool):
        return "yes" if parameter else "no"
    return f"{parameter:g}" if isinstance(parameter, float) else str(parameter)
