"""How fast a processor's clock runs just now: read while measuring, never changed."""

from __future__ import annotations

import re
from pathlib import Path
from statistics import fmean

CPUINFO = Path("/proc/cpuinfo")


def megahertz(device: str = "cpu", cpuinfo: Path = CPUINFO) -> float | None:
    """Mean clock of all cores, or of the GPU ("cuda:1"), in MHz; None where the system does not tell.

    >>> megahertz(cpuinfo=Path("none of that name")) is None
    True
    """
    if device != "cpu":
        return _of_gpu(device)
    try:
        found = re.findall(r"^cpu MHz\s*:\s*([\d.]+)", cpuinfo.read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        return None
    return fmean(map(float, found)) if found else None


def _of_gpu(device: str) -> float | None:
    import torch

    try:
        return float(torch.cuda.clock_rate(torch.device(device)))
    except Exception:  # without NVML's Python package, driver or GPU, each in its own way
        return None
