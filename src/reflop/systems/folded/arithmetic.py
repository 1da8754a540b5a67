"""Folded networks: what folding does to the operations and the arithmetic intensity of every published network.

Paper:    Kosaian et al., "Boosting the throughput and accelerator utilization of specialized CNN inference beyond
          increasing batch size" (ICML 2021); its code's table of operations and its script `ai.py`
Run:      reflop run folded.arithmetic
Cost:     5 s
Expected: intensity about doubles at fold 4, operations of an image rise by a twentieth to an eighth
"""

from __future__ import annotations

from pathlib import Path

from reflop.record import Measured, Metric
from reflop.systems.folded import counting, networks
from reflop.systems.folded.params import TEN, Arithmetic

SCALED = [name for name in networks.NAMES if name.startswith(networks.SCALED)]
RESNETS = [name for name in networks.NAMES if name.endswith(networks.RESNET)]
PLATEAU = 10**9  # inputs of a batch beyond which intensity no longer rises


def arithmetic(params: Arithmetic, work: Path) -> Measured:
    """Count every network at every fold, and the compound-scaled ones at exponents 0 and 1.

    Operations are those of one image; intensity is that of a batch, every layer reading and writing memory. Nothing
    runs: shapes are enough.

    Run:      reflop run folded.arithmetic -p batch=64
    Cost:     5 s
    Expected: see the module
    """
    del work
    rows, metrics = [], {}
    for name in (*TEN, *RESNETS, *SCALED):
        for f in params.folds if name not in SCALED else (1, 2):
            found, images = counting.of(name, f), networks.images_of_an_input(name, f)
            published = counting.published_of(name, found)
            inputs, size = params.batch / f, params.bytes_per_element
            intensity = counting.intensity_of(found, inputs, size)
            rows.append(
                {
                    "network": name, "fold": f, "images_per_input": images,
                    "macs": sum(layer.macs for layer in found) / images,
                    "flops_published": published / images,
                    "params": sum(layer.weights for layer in found),
                    "intensity": intensity,
                    "intensity_plateau": counting.intensity_of(found, PLATEAU, size),
                }
            )  # fmt: skip
            key = f"{metric_name(name)}_{f}"
            metrics[f"flops_{key}"] = Metric.exact(published, "FLOP")
            metrics[f"intensity_{key}"] = Metric.exact(intensity, "FLOP/byte")
    return Measured(metrics, rows, nature="modelled")  # counted from shapes, nothing ran


def metric_name(network: str) -> str:
    """A network's name as a part of a metric's.

    >>> metric_name("efficientnet-game_sot/coin_count-digits_3_4-v2")
    'efficientnet_game_sot_coin_count_digits_3_4_v2'
    """
    return network.replace("/", "_").replace("-", "_").replace(" ", "_")
