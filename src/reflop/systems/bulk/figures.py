"""The figures of the bulk sections: each takes records, draws them, and says in words what they found."""

from __future__ import annotations

from reflop.systems.bulk.precision_figures import precision, training
from reflop.systems.bulk.running_figures import exactly_once, scaling
from reflop.systems.bulk.throughput_figures import batch, published, throughput

__all__ = ["batch", "exactly_once", "precision", "published", "scaling", "throughput", "training"]
