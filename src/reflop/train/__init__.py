"""Training as functions: batches, recipes, `fit` with exact resume, `evaluate`."""

from __future__ import annotations

from reflop.train.evaluating import accuracy, evaluate
from reflop.train.fitting import fit

__all__ = ["accuracy", "evaluate", "fit"]
