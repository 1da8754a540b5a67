"""Throughput at folds: how many images a call counts, and what is said of contenders that cannot run."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from reflop.engines.session import Session
from reflop.errors import BadParams, Unavailable
from reflop.measure import timing
from reflop.systems.folded import build, throughput, throughput_figures
from reflop.systems.folded.params import Throughput

TINY = {
    "networks": ["apex/squad_count_v2"],
    "contenders": ["torch-float32"],
    "images": 8,
    "rounds": 3,
    "folds": [1, 3],
}


@pytest.fixture(autouse=True)
def roofs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throughput.ceiling, "convolution_roofs", lambda device, work: {})


def test_only_real_images_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every call takes a second: at fold 3 a batch of 4 is two inputs, six slots, four images."""
    monkeypatch.setattr(
        timing, "interleaved", lambda actions, rounds, warmup: {name: [1.0] * rounds for name in actions}
    )
    found = throughput.throughput(Throughput.of("smoke", TINY | {"batches": [4]}), tmp_path)
    rows = {row["fold"]: row for row in found.rows}
    assert (rows[1]["inputs"], rows[1]["rate"]) == (4, 8.0)  # two batches of four
    assert (rows[3]["inputs"], rows[3]["rate"]) == (
        2,
        8.0,
    )  # eight images are three inputs, so two batches of two
    assert rows[3]["gain"] == rows[1]["gain"] == 1.0
    assert found.metrics["ratio_eager_apex_squad_count_v2_3"].value == 1.0


def test_what_cannot_run_is_told(tmp_path: Path) -> None:
    asked = TINY | {"contenders": ["torch-float32", "tensorrt-float16"], "batches": [4], "folds": [1]}
    found = throughput.throughput(Throughput.of("smoke", asked), tmp_path)
    assert [row["contender"] for row in found.rows if "unavailable" in row] == ["tensorrt-float16"]
    with pytest.raises(BadParams, match="'openvino' \\(nearest\\)"):
        throughput.throughput(Throughput.of("smoke", asked | {"contenders": ["open_vino-int8"]}), tmp_path)
    with pytest.raises(BadParams, match="precision of torch"):
        throughput.throughput(Throughput.of("smoke", asked | {"contenders": ["torch-int8"]}), tmp_path)
    with pytest.raises(BadParams, match="torch_nchw"):
        throughput.throughput(Throughput.of("smoke", asked | {"contenders": ["torch_nchw-int8"]}), tmp_path)
    with pytest.raises(Unavailable, match="contenders"):
        throughput.throughput(Throughput.of("smoke", asked | {"contenders": ["tensorrt-float16"]}), tmp_path)


def test_a_gpu_takes_what_it_has() -> None:
    there = Throughput.of("smoke", TINY | {"device": "cuda", "batches": [4]})
    assert throughput.contenders_on(there) == throughput.ON_GPU
    chosen = there.model_copy(update={"contenders": ["openvino-int8", "cuda-bfloat16"]})
    assert throughput.contenders_on(chosen) == ["cuda-bfloat16"]


def test_a_graph_is_prepared_for_its_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a GPU a session is at its best in one size, so every batch gets its own."""
    sizes = []

    def session(*_: object, like: int) -> Session:
        sizes.append(like)
        return Session("cuda", "float16", lambda batch: batch, lambda: None)

    monkeypatch.setattr(throughput, "_session", session)
    asked = Throughput.of(
        "smoke", TINY | {"device": "cuda", "contenders": ["cuda-float16"], "batches": [4, 7]}
    )
    models, images = (
        throughput.models("apex/squad_count_v2", asked),
        throughput.random_images("apex/squad_count_v2", asked),
    )
    turns = throughput.prepared(models, images, asked, tmp_path, [])
    assert sizes == [4, 7, 2, 3]  # at fold 3, four images are two inputs
    assert all(
        len(part) == size for turn, size in zip(turns.values(), sizes, strict=True) for part in turn.batches
    )


@pytest.mark.parametrize(("last", "told"), [(2500.0, ""), (2000.0, "The clock fell from 2,600 to 2,000 MHz")])
def test_a_clock_that_falls_is_told(last: float, told: str) -> None:
    rows = [{"clock_mhz": 2600.0}, {"clock_mhz": last}, {"unavailable": "no such engine"}]
    record = SimpleNamespace(rows=rows, preset="book")
    assert throughput_figures._slower(record).startswith(told)
    assert bool(throughput_figures._slower(record)) == bool(told)


def test_planes_compute_what_the_network_does() -> None:
    network, x = build("apex/squad_count_v2", 2), torch.rand(3, 6, 19, 25)
    session = throughput.in_planes(network, x)
    with torch.no_grad():
        assert torch.equal(session.run(x), network(x))
    assert session.describe().precision == "float32"
