"""A checkout that keeps a network: random weights, standing for trained ones."""

from pathlib import Path

from reflop.files import sha256
from reflop.models import checkpoints, resnext
from reflop.models.pixels import FromPixels
from reflop.record import SCHEMA, Metric, Record, record_id
from reflop.systems.bulk import networks

START = "2026-01-02T03:04:05.000+00:00"


def keep(root: Path, seed: int = 0, start: str = START) -> Path:
    """The file of the network of `seed` below `root`, with the record that names it."""
    network = FromPixels(resnext.build(networks.SMALL, networks.DIGITS, seed=seed))
    networks.settle(network)
    params = {"seed": seed}
    stem = f"bulk/training-{record_id('bulk', 'training', params)}@box-x2"
    path = root / "artefacts" / stem / "network.safetensors"
    checkpoints.save(network.network, path, half=True)
    Record(
        schema=SCHEMA, id=record_id("bulk", "training", params), system="bulk", section="training", preset="long",
        status="done", reason="", params=params, metrics={"accuracy": Metric.exact(10.0, "%")}, rows=[],
        nature="measured", scale="reduced", source="", artefacts={"network": sha256(path)},
        provenance={"command": "", "machine": {"slug": "box-x2"}, "seconds": 1.0, "start": start},
    ).sealed().save(root / "results")  # fmt: skip
    return path
