"""Cores for the processes of one machine: disjoint, neighbours together."""

from __future__ import annotations

import os
from pathlib import Path

from reflop.systems.bulk.ranges import partition

TOPOLOGY = Path("/sys/devices/system/cpu")


def share(rank: int, processes: int) -> list[int]:
    """The logical processors of process `rank` of `processes`; with more processes than processors they are shared.

    In the order of package and core, so that the two threads of one core do not go to two processes.
    """
    ordered = sorted(os.sched_getaffinity(0), key=_place)
    if processes > len(ordered):
        return [ordered[rank % len(ordered)]]
    part = partition(len(ordered), processes)[rank]
    return ordered[part.start : part.stop]


def pin(rank: int, processes: int) -> int:
    """Bind this process to its share; returns how many processors that is. To be called before a runtime is loaded."""
    mine = share(rank, processes)
    if processes > 1:
        os.sched_setaffinity(0, mine)
    for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = str(len(mine))
    return len(mine)


def _place(processor: int) -> tuple[int, int, int]:
    """Package, core and number of a processor, as far as the system tells."""
    folder = TOPOLOGY / f"cpu{processor}" / "topology"
    try:
        package, core = (int((folder / name).read_text()) for name in ("physical_package_id", "core_id"))
    except (OSError, ValueError):
        return 0, processor, processor
    return package, core, processor
