"""Energy by the machine's own counters, where they exist and may be read; never an estimate."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

POWERCAP = Path("/sys/class/powercap")


@dataclass(frozen=True)
class Counter:
    """A running total of energy: `read()` in units of `joules`, starting again after `range`."""

    name: str
    read: Callable[[], int]
    joules: float
    range: int

    def between(self, before: int, after: int) -> float:
        """Joules from one reading to a later one, across at most one new start."""
        return ((after - before) % self.range) * self.joules


@dataclass(frozen=True)
class Energy:
    """Joules and the counters they come from: what is not named was not counted."""

    joules: float
    counters: tuple[str, ...]


def measure(action: Callable[[], object], counters: list[Counter] | None = None) -> Energy | None:
    """Energy of the whole machine part that the counters see while `action` runs; None where none is readable.

    A processor's counter starts again after about 40 minutes at 100 W: time shorter actions.
    """
    meters = available() if counters is None else counters
    before = [meter.read() for meter in meters]
    action()
    used = [meter.between(start, meter.read()) for meter, start in zip(meters, before, strict=True)]
    return Energy(sum(used), tuple(meter.name for meter in meters)) if meters else None


def available(powercap: Path = POWERCAP) -> list[Counter]:
    """Counters of processors (RAPL, usually readable by root only) and NVIDIA GPUs."""
    return [*_processors(powercap), *_gpus()]


def _processors(powercap: Path) -> list[Counter]:
    """One counter per processor package; those of its parts (core, memory) would count twice."""
    found = []
    for zone in sorted(powercap.glob("*-rapl:*")):
        if zone.name.count(":") != 1 or zone.name.startswith("intel-rapl-mmio"):
            continue  # a part, or a second view of the same package
        try:
            name, limit = (zone / "name").read_text().strip(), int((zone / "max_energy_range_uj").read_text())
            int((zone / "energy_uj").read_text())
        except (OSError, ValueError):
            continue
        if name.startswith("package"):
            found.append(Counter(name, _file_reader(zone / "energy_uj"), 1e-6, limit + 1))
    return found


def _file_reader(path: Path) -> Callable[[], int]:
    return lambda: int(path.read_text())


def _gpus() -> list[Counter]:
    """One counter per GPU that reports its total energy (millijoules since the driver was loaded)."""
    try:
        library = ctypes.CDLL("libnvidia-ml.so.1")
    except OSError:
        return []
    number = ctypes.c_uint()
    if library.nvmlInit_v2() or library.nvmlDeviceGetCount_v2(ctypes.byref(number)):
        return []
    found = []
    for index in range(number.value):
        device, total = ctypes.c_void_p(), ctypes.c_ulonglong()
        if library.nvmlDeviceGetHandleByIndex_v2(index, ctypes.byref(device)):
            continue
        if library.nvmlDeviceGetTotalEnergyConsumption(device, ctypes.byref(total)) == 0:
            found.append(Counter(f"gpu-{index}", _gpu_reader(library, device), 1e-3, 2**64))
    return found


def _gpu_reader(library: ctypes.CDLL, device: ctypes.c_void_p) -> Callable[[], int]:
    def read() -> int:
        total = ctypes.c_ulonglong()
        if library.nvmlDeviceGetTotalEnergyConsumption(device, ctypes.byref(total)):
            message = "the GPU stopped reporting its energy"
            raise OSError(message)
        return total.value

    return read
