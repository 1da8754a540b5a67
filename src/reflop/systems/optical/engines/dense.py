"""The exact oracle: one complex Gaussian matrix, held whole.

8 bytes per entry, 3.3 GB at 25,088 features and 16,384 components; time n m per row.
"""

from __future__ import annotations

from reflop.systems.optical.engines import gaussian
from reflop.systems.optical.engines.engine import Engine, on_torch

ENGINE = Engine("dense", on_torch, gaussian.width, gaussian.tile, gaussian.block)
