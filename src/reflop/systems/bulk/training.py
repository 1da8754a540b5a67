"""Bulk inference: the small ResNeXt, trained on digit scenes, so that the accuracy of every precision is a real one.

Source:   the original ships weights from elsewhere; random weights have no answers that a precision could change
Run:      reflop run bulk.training --preset long
Cost:     25 s on two CPU cores (book), 6 min (long)
Expected: about 94 % of scenes with unseen digits in the long run; the book preset shows that it learns
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Generator, Tensor

from reflop import cache, source
from reflop.files import canonical
from reflop.measure import counting, statistics
from reflop.models import checkpoints, resnext
from reflop.models.pixels import FromPixels
from reflop.record import Measured, Metric
from reflop.systems.bulk import networks
from reflop.systems.bulk.examples import digit_scenes
from reflop.systems.bulk.params import Training
from reflop.train import batches, recipes
from reflop.train.evaluating import evaluate, has_bfloat16
from reflop.train.fitting import Row, fit

TEST_BATCH = 256


def training(params: Training, work: Path) -> Measured:
    """Train `resnext_small` on scenes of four fifths of the digits, and test it once on scenes of the others.

    The artefact `network` holds its weights (kernels in float16); the accuracy is that of the network read back from
    it. The interval counts scenes; they show 360 digits, each on other backgrounds.

    Run:      reflop run bulk.training --preset long, then reflop keep bulk.training
    Cost:     25 s on two CPU cores (book), 6 min (long)
    Expected: see the module
    """
    model = FromPixels(resnext.build(networks.SMALL, networks.DIGITS, seed=params.seed))
    rows = _fitted(model, params)
    path = work / f"{networks.ARTEFACT}.safetensors"
    checkpoints.save(model.network, path, half=True)
    stored = networks.load(networks.SMALL, path)
    pixels, labels = digit_scenes(params.n_test, params.seed, "test", stored.pixels)
    logits, _ = evaluate(stored.module, batches.in_order(pixels, labels, TEST_BATCH))
    train_s = sum(row["train_s"] for row in rows)
    metrics = {
        "accuracy": statistics.proportion(int((logits.argmax(1) == labels).sum()), len(labels)),
        "train_s": Metric.exact(train_s, "s"),
        "throughput_training": Metric.exact(params.epochs * params.n_train / train_s, "images/s"),
        "params": Metric.exact(counting.params(model), "parameters"),
        "macs": Metric.exact(counting.macs(stored.module, pixels[:1]), "MAC"),
        "size_bytes": Metric.exact(path.stat().st_size, "bytes"),
    }
    return Measured(metrics, [dict(row) for row in rows], {networks.ARTEFACT: path})


def _fitted(model: FromPixels, params: Training) -> list[Row]:
    """Train in place, one cycle of SGD; stopped half-way, the same call goes on after the last whole epoch."""
    pixels, labels = digit_scenes(params.n_train, params.seed, "train")
    steps = params.epochs * -(-params.n_train // params.batch_size)

    def epoch(generator: Generator, _: int) -> Iterator[tuple[Tensor, Tensor]]:
        yield from batches.shuffled(pixels, labels, params.batch_size, generator)

    folder = _state(params)
    model.to(memory_format=torch.channels_last)
    rows = fit(
        model,
        epoch,
        recipes.modern(model, params.learning_rate),
        epochs=params.epochs,
        generator=Generator().manual_seed(params.seed),
        schedule=recipes.one_cycle(steps),
        precision=torch.bfloat16 if has_bfloat16() else torch.float32,
        folder=folder,
        label="training resnext_small",
    )
    shutil.rmtree(folder, ignore_errors=True)
    return rows


def _state(params: Training) -> Path:
    """Where the state of this training is kept until it is done, named after all that it follows from."""
    follows = canonical([params.model_dump(mode="json"), params.data_digests(), source.fingerprint(__name__)])
    return cache.place() / f"bulk-training-{hashlib.sha256(follows.encode()).hexdigest()[:12]}"
