"""`reflop bench folded`: what folding gains eager PyTorch, and how far an unfolded network gets without it."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from reflop.engines import ceiling
from reflop.measure import comparison, statistics
from reflop.systems.folded import counting, ladder, throughput
from reflop.systems.folded.params import Ladder, Throughput
from reflop.systems.folded.throughput import EAGER

NETWORK, LARGE, SMALL = "lol/goldnumber-fraction", 1024, (8, 16, 64)
FLOATING = [EAGER, "torch-bfloat16", "onnxruntime-float32", "openvino-float32", "openvino-bfloat16"]


def comparisons(quick: bool = False) -> list[dict[str, Any]]:
    """Gold-fraction at folds 1 and 4, 1,024 images as in the original and small pieces that fit into a cache."""
    asked = {
        "networks": [NETWORK], "folds": [1, 4], "batches": [*SMALL, LARGE],
        "contenders": FLOATING, "images": LARGE, "rounds": 3 if quick else 15,
    }  # fmt: skip
    params = Throughput.of("book", asked)
    with TemporaryDirectory() as folder:
        roofs = ceiling.convolution_roofs(work=Path(folder))
        models, images = throughput.models(NETWORK, params), throughput.random_images(NETWORK, params)
        turns = throughput.prepared(models, images, params, Path(folder), [])
        each = throughput.seconds_of_an_image(turns, params.rounds)
        again = {"batches": params.batches, "rounds": params.rounds}
        whole = ladder.ladder(Ladder.of("book", again), Path(folder))
    median = {key: statistics.median(times, "s").value for key, times in each.items()}
    plain = [key for key in median if key[0] == 1 and key[1].endswith("-float32")]
    unfolded = min(plain, key=lambda key: median[key])
    operations, roof = counting.flops(NETWORK), roofs["float32"]
    share = [operations / one / roof.rate.value for one in each[unfolded]]
    first = each[1, EAGER, LARGE]
    rows = [
        comparison.row(
            f"fold 4, eager float32, {LARGE} images", "fold 1, the same",
            statistics.ratio(first, each[4, EAGER, LARGE]), target=2.0,
        ),
        comparison.row(
            told(unfolded), f"best convolution here, {roof.engine}", statistics.median(share, ""), target=0.75
        ),
    ]  # fmt: skip
    rows += [
        comparison.row(
            f"fold {f}, the fastest engine within a point of accuracy", "fold 1, eager float32, channels first",
            whole.metrics[f"ratio_fold_{f}"], target=8.0,
        )
        for f in (1, 4)
    ]  # fmt: skip
    for contender in FLOATING[1:]:
        if (4, contender, LARGE) in each:
            gain = statistics.ratio(each[1, contender, LARGE], each[4, contender, LARGE])
            rows.append(
                comparison.row(f"fold 4, {contender}, {LARGE} images", "fold 1, the same", gain, target=None)
            )
    return rows


def told(key: tuple[int, str, int]) -> str:
    """A contender in words.

    >>> told((4, "openvino-bfloat16", 16))
    'fold 4, openvino-bfloat16, 16 images'
    """
    fold, contender, batch = key
    return f"fold {fold}, {contender}, {batch} images"
