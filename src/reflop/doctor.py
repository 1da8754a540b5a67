"""What this machine has, what is missing, and how to get it."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from reflop import machine
from reflop.data import places
from reflop.engines import ENGINES
from reflop.errors import ReflopError
from reflop.files import project_root, records_folder, require_writable
from reflop.record import Metric

CORE, BOOK = "pip install reflop", "pip install 'reflop[book]'"
REQUIRED = {  # package -> how to get it
    "jupyter-book": BOOK,
    "papermill": BOOK,
    "nbclient": BOOK,
    "torch": CORE,
    "torchvision": CORE,
    "matplotlib": CORE,
    "seaborn": BOOK,
    "scikit-learn": CORE,
    "graphviz": BOOK,
}
OPTIONAL = {
    "tensorrt": "pip install tensorrt (needs an NVIDIA GPU)",
    "lightonml": "pip install --no-deps lightonml==1.4.3",
    "detectron2": "pip install 'git+https://github.com/facebookresearch/detectron2' (needs a C++ compiler)",
}
TOOLS = {  # command or commands -> what lacks without it, and how to get it
    ("dot",): "graph drawings fall back to a simpler form; apt install graphviz",
    ("g++",): "torch.compile cannot be measured; apt install g++",
    ("git",): "records say commit unknown; apt install git",
    ("chromium", "chromium-browser", "google-chrome"): "browser tests are skipped; apt install chromium",
}
ENOUGH_GIB = 4.0  # of disk and of memory, for the book preset


@dataclass(frozen=True)
class Finding:
    """One thing looked at: `missing` has to be mended, `optional` says what it would bring."""

    name: str
    state: Literal["ok", "missing", "optional"]
    detail: str
    how: str = ""


def report(peaks: bool = False) -> list[Finding]:
    """Everything worth knowing before a run; with `peaks` also this machine's measured rates (a few seconds)."""
    parts: list[Callable[[], Iterator[Finding]]] = [_packages, _tools, _hardware, _engines, _room]
    return [finding for part in (*parts, *([_peaks] if peaks else [])) for finding in part()]


def _packages() -> Iterator[Finding]:
    known = machine.version("reflop")
    yield Finding("Python", "ok", f"{platform.python_version()}, reflop {known or 'not installed'}")
    for name, how in (REQUIRED | OPTIONAL).items():
        found = machine.version(name)
        if name == "jupyter-book" and found and not found.startswith("1."):
            yield Finding(
                name, "missing", f"{found}, another program of that name", "pip install 'jupyter-book<2'"
            )
        elif found:
            yield Finding(name, "ok", found)
        else:
            yield Finding(name, "missing" if name in REQUIRED else "optional", "not installed", how)


def _tools() -> Iterator[Finding]:
    for names, lack in TOOLS.items():
        found = next((name for name in names if shutil.which(name)), None)
        yield Finding(names[0], "ok", found) if found else Finding(names[0], "optional", "not found", lack)


def _hardware() -> Iterator[Finding]:
    from reflop.measure.energy import available

    yield Finding("processor", "ok", f"{machine.cpu_model()}, {machine.available_cores()} cores")
    for gpu in machine.gpu_list():
        yield Finding("GPU", "ok", f"{gpu['name']}, driver {gpu['driver']}")
    if not machine.gpu_list():
        yield Finding("GPU", "optional", "none", "sections that need one are skipped, with this reason")
    meters = ", ".join(counter.name for counter in available())
    lack = "energy is left out of the records; counters are readable by root on most machines"
    yield (
        Finding("energy counter", "ok", meters)
        if meters
        else Finding("energy counter", "optional", "none readable", lack)
    )


def _engines() -> Iterator[Finding]:
    for engine in ENGINES.values():
        reason = engine.available()
        yield Finding(f"engine {engine.name}", "optional" if reason else "ok", reason or engine.title)


def _room() -> Iterator[Finding]:
    import psutil

    free, memory = shutil.disk_usage(project_root()).free / 2**30, psutil.virtual_memory().available / 2**30
    for name, amount in (("disk", free), ("memory", memory)):
        state: Literal["ok", "missing"] = "ok" if amount >= ENOUGH_GIB else "missing"
        yield Finding(
            name, state, f"{amount:.1f} GiB free", "" if state == "ok" else f"free {ENOUGH_GIB:g} GiB"
        )
    yield _tried("records", _writable)
    yield _tried("real data", lambda: ", ".join(places.given()) or "none named: bundled data is used")


def _writable() -> str:
    require_writable(records_folder())
    return f"{records_folder()} is writable"


def _tried(name: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(name, "ok", look())
    except ReflopError as error:
        return Finding(name, "missing", str(error), error.then)


def _peaks() -> Iterator[Finding]:
    import torch

    from reflop.measure.peaks import peaks

    for device in ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]:
        for name, metric in peaks(device).items():
            yield Finding(f"peak {device} {name}", "ok", _rate(metric))


def _rate(metric: Metric) -> str:
    """A rate in its thousands, with its interval.

    >>> _rate(Metric(9.57e10, "FLOP/s", 8.4e10, 9.9e10, 6))
    '95.7 GFLOP/s (84 to 99, n = 6)'
    """
    power = next((p for p in (4, 3, 2, 1) if metric.value >= 1000**p), 0)
    value, low, high = (number / 1000**power for number in (metric.value, metric.low, metric.high))
    return f"{value:.3g} {' kMGT'[power].strip()}{metric.unit} ({low:.3g} to {high:.3g}, n = {metric.n})"
