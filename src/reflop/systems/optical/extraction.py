"""What `reflop optical extract` and `learn` do: the two halves of a transfer, on two machines if need be."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from reflop import source
from reflop.models import checkpoints
from reflop.systems.optical import extracted, transfer_sections
from reflop.systems.optical.classify import ridge_on
from reflop.systems.optical.extracted import Extracted
from reflop.systems.optical.image_params import Transfer
from reflop.systems.optical.stages import through

MODEL = {
    "backbone": "model",
    "option": "option",
    "block": "block",
    "layer": "layer",
    "dtype": "dtype",
    "data": "data",
}


def key_of(params: Transfer) -> dict[str, Any]:
    """What decides the features: code, network, cut, precision, and data and weights with their digests."""
    plain = params.model_dump(mode="json")
    return {key: plain[name] for name, key in MODEL.items()} | {
        "source": source.fingerprint(extracted.__package__ + ".transfer_sections"),
        "digests": params.data_digests(), "weights": params.weights, "seed": params.seed,
        "per_class": params.per_class, "test_share": params.test_share, "source_epochs": params.source_epochs,
    }  # fmt: skip


def extract(folder: Path, params: Transfer) -> Path:
    """Compute features of the new classes and write them; returns their folder.

    Whole features of the same code, network, cut, precision, data and weights are kept as they are.
    """
    key = key_of(params)
    if extracted.holds(extracted.place(folder, key), key):
        return extracted.place(folder, key)
    task, body, scaling, load_s, _ = transfer_sections.prepared(params, params.seed)
    start = time.perf_counter()
    train, test, conv_s, overflows = transfer_sections.network_features(body, task, scaling, params.dtype)
    found = Extracted(train.numpy(), test.numpy(), task.labels.numpy(), task.test_labels.numpy())
    key |= {"weights_digest": checkpoints.weights_digest(body), "overflows": overflows}
    seconds = {"load": load_s, "conv f-train-test": conv_s, "total": time.perf_counter() - start}
    return extracted.write(folder, key, found, seconds)


def learn(inside: Path, params: Transfer, asked: Sequence[str]) -> Iterator[str]:
    """Project and solve; yields one line each for the optical and the plain ridge.

    Raises:
        BadFile: the folder is damaged, or was made with other values of the parameters in `asked`.
    """
    wanted = key_of(params)
    expected = {MODEL[name]: wanted[MODEL[name]] for name in asked if name in MODEL}
    if "data" in asked and wanted["digests"]:  # the data lie here too: they must be what was extracted from
        expected["digests"] = wanted["digests"]
    found, key = extracted.read(inside, expected)
    train, test, labels, test_labels = (
        torch.from_numpy(part) for part in (found.train, found.test, found.labels, found.test_labels)
    )
    seen, seen_test = through(train, test, transfer_sections.optics(params, train.shape[1]), params.seed)
    for name, outcome in (
        ("optical ridge", ridge_on(seen, labels, seen_test, test_labels)),
        ("plain ridge", ridge_on(train, labels, test, test_labels)),
    ):
        yield f"{key['model']} on {key['data']}, {name}: {100 * outcome.accuracy:.2f} % of {outcome.n}"
