"""Bulk inference: classify a folder of pictures, every one exactly once, at the speed of the best engine.

    from reflop.systems.bulk import partition
    [len(part) for part in partition(40_504, 8)]     # [5063, 5063, ...]

Importing the package loads no torch.
"""

from __future__ import annotations

from reflop.systems.bulk.ranges import partition

__all__ = ["partition"]
