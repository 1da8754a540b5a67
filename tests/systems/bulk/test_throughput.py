"""The section: what it prepares, what it refuses, what is exact."""

from pathlib import Path
from typing import Any

import pytest

from reflop.engines import ENGINES, ceiling
from reflop.engines.asked import asked
from reflop.errors import BadParams, Unavailable
from reflop.measure.peaks import peaks
from reflop.record import Measured, Metric
from reflop.systems.bulk import counts
from reflop.systems.bulk import throughput as section
from reflop.systems.bulk.params import Throughput

TINY: dict[str, Any] = {"batch_sizes": [1, 4], "images": 4, "rounds": 3}


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's own rates are not what is tested here."""
    roof = ceiling.Roof(Metric.exact(1e12, "FLOP/s"), "torch")
    monkeypatch.setattr(ceiling, "roofs", lambda *_, **__: {"float32": roof, "bfloat16": roof})
    monkeypatch.setattr(section, "peaks", lambda device: peaks(device, budget_s=0.01))


def measured(work: Path, *contenders: str, **given: Any) -> Measured:
    params = Throughput(**TINY | {"contenders": list(contenders)} | given)
    return section.throughput(params, work).checked("bulk.throughput")


@pytest.mark.usefixtures("quick")
def test_a_row_for_every_contender_and_batch_size_and_one_for_what_is_missing(tmp_path: Path) -> None:
    found = measured(tmp_path, "torch-float32", "torch-bfloat16", "ipu-float16")
    able = [row for row in found.rows if "unavailable" not in row]
    pairs = {(row["precision"], row["computed"], row["batch_size"]) for row in able}
    assert pairs == {(kind, kind, size) for kind in ("float32", "bfloat16") for size in (1, 4)}
    [missing] = [row for row in found.rows if "unavailable" in row]
    assert (missing["engine"], missing["precision"]) == ("ipu", "float16")
    assert "discontinued" in missing["unavailable"]
    assert {"ratio_float32", "ratio_bfloat16", "throughput", "memory_copy"} <= set(found.metrics)
    assert found.metrics["ratio_float32"].value == 1  # nothing but the baseline itself


@pytest.mark.usefixtures("quick")
def test_a_session_that_takes_one_size_is_prepared_for_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    eager, sizes = type(ENGINES["torch"]).prepare, list[tuple[str, int]]()

    def prepare(self: Any, model: Any, example: Any, *args: Any, **words: Any) -> Any:
        session = eager(self, model, example, *args, **words)
        sizes.append((self.name, len(example)))
        return replace(session, batch=len(example)) if self.name == "onnxruntime" else session

    monkeypatch.setattr(type(ENGINES["torch"]), "prepare", prepare)
    measured(tmp_path, "torch-float32", "onnxruntime-float32")
    assert sizes == [("torch", 4), ("onnxruntime", 4), ("onnxruntime", 1)]


def test_the_paper_s_hardware_is_a_skip_with_its_reason(tmp_path: Path) -> None:
    params = Throughput.of("paper").model_copy(update={"model": "resnext_small"})
    with pytest.raises(Unavailable, match="discontinued"):
        section.throughput(params, tmp_path)


def test_engines_and_precisions_that_do_not_exist_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadParams, match="abacus"):
        measured(tmp_path, "abacus-float32")
    with pytest.raises(BadParams, match="precision of onnxruntime"):
        measured(tmp_path, "onnxruntime-bfloat16")


def test_presets_ask_for_contenders_that_exist_and_only_long_compiles() -> None:
    for preset in Throughput.presets():
        params = Throughput.of(preset)
        pairs = asked(params.contenders, params.device)
        assert all(precision in ENGINES[engine].precisions for engine, precision in pairs)
        assert any("compile" in engine for engine, _ in pairs) == (preset == "long")


@pytest.mark.parametrize(
    ("model", "params", "macs"),
    [
        ("resnext101_32x4d", 44_177_704, 7_969_996_800),
        ("resnext101_32x8d", 88_791_336, None),
        ("resnext101_64x4d", 83_455_272, None),
    ],
)
def test_published_networks_are_counted_exactly(model: str, params: int, macs: int | None) -> None:
    found = counts.published()
    assert found[f"{model}_params"] == Metric.exact(params, "parameters")
    assert macs in (None, found[f"{model}_macs"].value)
