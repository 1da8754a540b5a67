"""The loop of a worker: batches in, rows out, one file for each step."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from reflop.engines.session import Session
from reflop.errors import RunFailed
from reflop.systems.bulk.feed import Batch, Feed
from reflop.systems.bulk.results import TOP, Row, Steps


@dataclass
class Done:
    """What a worker has done since its clock started.

    Attributes:
        ok, error: pictures with an answer, and unreadable ones.
        seconds: from the start to the last result.
        data_s, network_s: of these, waiting for pictures and waiting for the network.
    """

    ok: int = 0
    error: int = 0
    seconds: float = 0.0
    data_s: float = 0.0
    network_s: float = 0.0


def classify(
    session: Session,
    feed: Feed,
    steps: Steps,
    name: Callable[[int], str],
    *,
    logits: bool = False,
    tell: Callable[[Done], None] = lambda _: None,
    log: Callable[[str], None] = lambda _: None,
) -> Done:
    """Run every batch of `feed` through `session` and write the rows of each step when its last batch is done.

    `name` gives the path of a picture for its row; `tell` hears of the state after every batch, `log` after each step.

    Raises:
        RunFailed: the network gives NaN or infinity, or fewer answers than pictures.
        BadFile: no room to write a step.
    """
    done, start = Done(), time.monotonic()
    flying, rows, began, waited = deque[Batch](), list[Row](), start, 0.0

    def pixels() -> Iterator[Tensor]:
        for batch in feed:
            flying.append(batch)
            yield batch.pixels

    for answers in session.stream(pixels()):
        batch = flying.popleft()
        rows += _rows(batch, answers, name, logits)
        done.error += len(batch.errors)
        done.ok += len(batch.positions) - len(batch.errors)
        feed.done(batch)
        if batch.last:
            steps.finish(batch.step, rows)
            seconds = time.monotonic() - began
            log(
                f"step {batch.step}: {len(rows)} images in {seconds:.2f} s, {len(rows) / seconds:.1f} images/s; "
                f"waited {feed.waited - waited:.2f} s for pictures"
            )
            rows, began, waited = [], time.monotonic(), feed.waited
        done.seconds = time.monotonic() - start
        done.data_s = feed.waited
        done.network_s = done.seconds - done.data_s
        tell(done)
    return done


def _rows(batch: Batch, answers: Tensor, name: Callable[[int], str], logits: bool) -> list[Row]:
    """One row for every picture of the batch; the answers to padding and to unreadable pictures are dropped."""
    count = len(batch.positions)
    if answers.ndim != 2 or len(answers) < count:
        found = f"answers of shape {tuple(answers.shape)} for {count} pictures"
        raise RunFailed(what="the network", expected="one row of logits for every picture", found=found)
    answers = answers[:count].float()
    if not answers.isfinite().all():
        row = int((~answers.isfinite()).any(dim=1).nonzero()[0])
        where = name(batch.positions[row])
        raise RunFailed(what="the network", expected="finite logits", found=f"NaN or infinity for {where}")
    likely = answers.softmax(1).topk(min(TOP, answers.shape[1]))
    classes, probabilities = likely.indices.to(torch.int32).numpy(), likely.values.numpy()
    half = answers.half().numpy() if logits else None
    return [
        Row(position, name(position), message)
        if (message := batch.errors.get(position, ""))
        else Row(
            position, name(position), "", classes[i], probabilities[i], None if half is None else half[i]
        )
        for i, position in enumerate(batch.positions)
    ]
