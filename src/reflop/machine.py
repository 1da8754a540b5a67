"""Where we run: processor, memory, GPUs, versions; never a host or user name."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

VERSIONS = ("torch", "torchvision", "numpy", "scipy", "scikit-learn", "onnxruntime", "openvino", "lightonml")


@cache
def describe() -> dict[str, Any]:
    """The machine in plain values: slug, CPU, cores, memory, GPUs, system, Python and package versions."""
    import psutil

    cpu, cores, gpus = cpu_model(), available_cores(), gpu_list()
    return {
        "slug": slug(cpu, cores, [str(gpu["name"]) for gpu in gpus]),
        "cpu": cpu,
        "cores": cores,
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "gpus": gpus,
        "os": f"{platform.system()} {platform.release().split('-')[0]} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: found for name in VERSIONS if (found := version(name))},
    }


def slug(cpu: str, cores: int, gpus: list[str]) -> str:
    """The machine's part of a record's file name.

    >>> slug("Intel(R) Xeon(R) Gold 6128 CPU @ 3.40GHz", 12, ["Tesla P100-PCIE-16GB"])
    'intel-xeon-gold-6128-x12-tesla-p100-pcie-16gb-x1'
    """
    words = re.sub(r"\((r|tm)\)|\bcpu\b|@.*|\b\d+-core\b|\bprocessor\b", " ", cpu.lower())
    kinds = [f"{gpu.lower()} x{gpus.count(gpu)}" for gpu in sorted(set(gpus))]
    text = " ".join([words, f"x{cores}", *kinds])
    return re.sub(r"[^a-z0-9]+", "-", text).strip("-")[:64].strip("-")


def available_cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def cpu_model() -> str:
    """The processor's own name, as far as the system tells."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
        found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    except OSError:
        found = None
    return found.group(1).strip() if found else platform.processor() or platform.machine()


def gpu_list() -> list[dict[str, str]]:
    """Name and driver of each NVIDIA GPU, asked from the driver's own tool (torch stays unloaded)."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return []
    query = [tool, "--query-gpu=name,driver_version", "--format=csv,noheader"]
    try:
        answer = subprocess.run(query, capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return []
    rows = [line.split(", ") for line in answer.splitlines() if ", " in line]
    return [{"name": row[0], "driver": row[1]} for row in rows]


def version(package: str) -> str | None:
    """Installed version of a package, or None, without importing it."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def commit() -> dict[str, Any]:
    """Commit and dirty flag of the checkout that holds the package; "unknown" outside of one or without git."""
    here = str(Path(__file__).resolve().parent)
    try:
        _git(here, "ls-files", "--error-unmatch", "machine.py")  # fails where the checkout is another's
        head = _git(here, "rev-parse", "HEAD")
        changed = _git(here, "status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.SubprocessError):
        return {"commit": "unknown", "dirty": None}
    return {"commit": head, "dirty": bool(changed)}


def _git(folder: str, *words: str) -> str:
    done = subprocess.run(
        ["git", "-C", folder, *words], capture_output=True, text=True, timeout=20, check=True
    )
    return done.stdout.strip()
