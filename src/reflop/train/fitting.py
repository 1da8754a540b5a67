"""Fit a network to labelled batches, epoch by epoch; stopped at any moment, the same call goes on where it was."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import torch
from torch import Generator, Tensor, nn, optim

from reflop.errors import RunFailed
from reflop.progress import track
from reflop.train import resuming
from reflop.train.evaluating import autocast
from reflop.train.recipes import Schedule, constant

Batches = Iterable[tuple[Tensor, Tensor]]
Loss = nn.CrossEntropyLoss | nn.MSELoss
Row = dict[str, float]


def fit(
    model: nn.Module,
    batches: Callable[[Generator, int], Batches],
    optimiser: optim.Optimizer,
    *,
    epochs: int,
    generator: Generator,
    schedule: Schedule = constant,
    loss: Loss | None = None,
    after: Callable[[list[Row]], Row] | None = None,
    precision: torch.dtype = torch.float32,
    folder: Path | None = None,
    key: str = "",
    label: str = "training",
) -> list[Row]:
    """Train `model` in place and return one row per epoch.

    A row holds `epoch` (from 1), `learning_rate` (of the last step), `train_loss`, `train_accuracy` (of the answers
    given while training, in %) and `train_s`; with `after`, also what that returns. Losses are per picture, whether
    `loss` takes the mean of a batch (default) or its sum (as the original).

    Args:
        model: gives logits (B, classes); trained on the device it is on.
        batches: the training batches (x, y) of an epoch, counted from 0, ready for the model, drawn with `generator`;
            y holds classes (B,), or a value for each class (B, n) as another network gives them.
        optimiser: its learning rate at step k, counted over all epochs, is multiplied by `schedule(k)`.
        epochs: how often all batches are shown.
        generator: the source of all randomness here; dropout alone uses torch's own, which is saved as well.
        schedule: share of the learning rate to use at a step.
        loss: cross-entropy, by default plain, or the squared error to (B, n).
        after: called after each epoch with all rows so far, for example to test the model; what it returns joins the
            last of them.
        precision: of convolutions and matrix products; weights and sums stay in float32.
        folder: where the state is kept after each epoch; a state found there is gone on from.
        key: names data and settings, so that a state of other ones is refused.
        label: what progress is called.

    Raises:
        RunFailed: the loss is no longer finite.
        BadParams: `folder` holds the state of another training.
    """
    loss = loss or nn.CrossEntropyLoss()
    same = {"epochs": epochs, "key": key, "optimiser": type(optimiser).__name__}
    for group in optimiser.param_groups:
        group.setdefault("initial_lr", group["lr"])
    told = resuming.load(folder, model, optimiser, generator, same) if folder else None
    rows: list[Row] = told["rows"] if told else []
    step: int = told["step"] if told else 0
    how: dict[str, Any] = {"schedule": schedule, "loss": loss, "precision": precision}
    for epoch in track(range(len(rows), epochs), label):
        row, step = _epoch(model, batches(generator, epoch), optimiser, step=step, **how)
        rows.append({"epoch": epoch + 1, **row})
        if after:
            rows[-1] |= after(rows)
        if folder:
            resuming.save(folder, model, optimiser, generator, {**same, "step": step, "rows": rows})
    return rows


def _epoch(
    model: nn.Module,
    batches: Batches,
    optimiser: optim.Optimizer,
    *,
    schedule: Schedule,
    loss: Loss,
    precision: torch.dtype,
    step: int,
) -> tuple[Row, int]:
    """One pass over the batches; the row of the epoch, and the next step."""
    device, start = next(model.parameters()).device, time.perf_counter()
    total = torch.zeros((), dtype=torch.float64, device=device)
    right, seen = torch.zeros((), dtype=torch.int64, device=device), 0
    model.train()
    for x, labels in batches:
        y = labels.to(device)
        for group in optimiser.param_groups:
            group["lr"] = group["initial_lr"] * schedule(step)
        with autocast(device, precision):
            logits = model(x.to(device)).float()
        value = loss(logits, y)
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
        total += value.detach() * (1 if loss.reduction == "sum" else len(y))
        right += (logits.detach().argmax(1) == (y.argmax(1) if y.ndim > 1 else y)).sum()
        seen, step = seen + len(y), step + 1
    if not seen or not total.isfinite():
        found = f"{total.item() / seen:g} before step {step}" if seen else "no batch"
        raise RunFailed(
            what="training loss", expected="a finite number", found=found, then="a lower learning rate"
        )
    row = {
        "learning_rate": optimiser.param_groups[0]["lr"],
        "train_loss": total.item() / seen,
        "train_accuracy": 100 * right.item() / seen,
        "train_s": time.perf_counter() - start,
    }
    return row, step
