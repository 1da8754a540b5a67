"""The very same matrix as `dense`, drawn again block by block for every batch: constant memory.

Drawing costs as much as projecting some hundred rows, so batches should be large.
"""

from __future__ import annotations

from dataclasses import replace

from reflop.systems.optical.engines import dense

ENGINE = replace(dense.ENGINE, name="blocked", keeps=False)
