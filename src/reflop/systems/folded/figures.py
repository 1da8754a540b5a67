"""The figures of the folded sections: each takes records, draws them, and says in words what they found."""

from __future__ import annotations

from reflop.systems.folded.arithmetic_figures import arithmetic
from reflop.systems.folded.ladder_figures import ladder
from reflop.systems.folded.throughput_figures import throughput
from reflop.systems.folded.training_figures import ablation, training
from reflop.systems.folded.video_figures import noscope

__all__ = ["ablation", "arithmetic", "ladder", "noscope", "throughput", "training"]
