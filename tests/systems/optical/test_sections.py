"""The sections: what they find at small sizes, and what they do where an engine is missing."""

from pathlib import Path

import pytest

from reflop.errors import BadParams, Unavailable
from reflop.record import Measured
from reflop.systems.optical import params, sections
from reflop.systems.optical.engines import lightonml


def speckle(tmp_path: Path, **given: object) -> Measured:
    return sections.speckle(params.Speckle.of("smoke", {"draws": 2, **given}), tmp_path)


def kernel(tmp_path: Path, **given: object) -> Measured:
    return sections.kernel(params.Kernel.of("smoke", given), tmp_path)


def test_speckle_is_exponential(tmp_path: Path) -> None:
    found = speckle(tmp_path, engines=["structured", "dense"], seed=5)
    for engine in ("structured", "dense"):
        assert found.metrics[f"contrast_{engine}"].value == pytest.approx(1, abs=0.02)
        assert found.metrics[f"mean_{engine}"].value == pytest.approx(1, abs=0.02)
        rows = [row for row in found.rows if row["engine"] == engine and row["intensity"] <= 3]
        inside = [row["survival_low"] <= row["exponential"] <= row["survival_high"] for row in rows]
        assert sum(inside) >= len(inside) - 2  # intervals of 95 %
    assert found.nature == "simulated"


def test_kernel_error_falls_as_the_square_root_and_structured_keeps_up(tmp_path: Path) -> None:
    found = kernel(tmp_path, engines=["structured", "dense", "blocked"])
    for engine in ("structured", "dense", "blocked"):
        assert found.metrics[f"slope_centred_{engine}"].value == pytest.approx(-0.5, abs=0.05)
    assert found.metrics["structured_over_dense_sparse3"].low < 1.1
    assert found.metrics["slope_raw_blocked"] == found.metrics["slope_raw_dense"]
    assert len(found.rows) == 3 * 4 * 3


def test_kernel_without_the_pair_has_no_ratio(tmp_path: Path) -> None:
    found = kernel(tmp_path, engines=["structured"], families=["clust"], power=4, rounds=3)
    assert "structured_over_dense_sparse3" not in found.metrics


def test_camera_hurts_only_at_the_ends(tmp_path: Path) -> None:
    found = sections.camera(params.Camera.of("smoke"), tmp_path)
    assert found.metrics["change_8bit_level32"].value < 3
    assert found.metrics["change_8bit_level8"].value < 3
    assert found.metrics["change_8bit_level100"].value > 30
    assert not any(row["bits"] == 4 and row["level"] >= 16 for row in found.rows)
    row = next(row for row in found.rows if (row["bits"], row["level"]) == (8, 100.0))
    assert row["saturated"] > 5
    assert row["zero"] < 1


def test_cost_measures_its_own_process_and_carries_the_earlier_table(tmp_path: Path) -> None:
    given = {"engines": ["structured"], "n_features": [100], "n_components": [200], "n_rows": 8}
    found = sections.cost(params.Cost.of("smoke", given), tmp_path)
    ours, *reference = found.rows
    assert ours["ms_per_vector_n"] == 3
    assert ours["peak_bytes"] >= ours["baseline_bytes"] > 0
    assert found.metrics["throughput"] == found.metrics["throughput_structured"]
    assert {row["engine"] for row in reference} == {"structured"}
    assert next(row for row in reference if row["n_components"] == 16_384)["reference_ms_per_vector"] == 1.582
    assert found.nature == "measured"


def test_an_engine_that_is_not_there_is_a_row_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        message = "broken on import"
        raise RuntimeError(message)

    monkeypatch.setattr(lightonml, "load", broken)
    found = speckle(tmp_path, engines=["lightonml", "structured"])
    assert "broken on import" in found.rows[0]["unavailable"]
    assert "contrast_lightonml" not in found.metrics
    with pytest.raises(Unavailable, match=r"engine lightonml: found .*broken on import"):
        speckle(tmp_path, engines=["lightonml"])


@pytest.mark.parametrize("name", ["speckle", "kernel", "camera", "cost"])
def test_a_gpu_that_is_not_there_skips_the_section(name: str, tmp_path: Path) -> None:
    asked = params.SECTIONS[name].of("smoke", {"device": "cuda:99"})
    with pytest.raises(Unavailable, match="cuda:99"):
        getattr(sections, name)(asked, tmp_path)


def test_paper_preset_of_cost_is_the_run_of_the_device(tmp_path: Path) -> None:
    asked = params.Cost.of("paper")
    assert (asked.n_features, asked.n_components, asked.n_rows) == ([81_536], [9681], 19_363)
    if sections.ENGINES["opu"].available("cpu"):
        with pytest.raises(Unavailable, match="lightonopu"):
            sections.cost(asked, tmp_path)


@pytest.mark.parametrize(
    ("section", "given", "told"),
    [
        ("speckle", {"n_components": 0}, "n_components: expected 1 to"),
        ("speckle", {"engines": []}, "engines: expected a list"),
        ("speckle", {"engines": ["densse"]}, "engines"),
        ("speckle", {"draws": 1}, "draws: expected 2 to"),
        ("speckle", {"device": "gpu"}, "device"),
        ("kernel", {"rounds": 1}, "rounds: expected 2 to 8, found 1"),
        ("kernel", {"power": 3}, "power: expected one of 1, 2, 4"),
        ("kernel", {"n_components": [8, 0]}, "n_components"),
        ("camera", {"bits": [0]}, "bits"),
        ("camera", {"bits": [2], "levels": [4.0]}, "a level below the highest one"),
        ("cost", {"n_features": [1, 2]}, "as many n_features as n_components"),
    ],
)
def test_parameters_out_of_range_are_named(section: str, given: dict, told: str) -> None:
    with pytest.raises(BadParams, match=told):
        params.SECTIONS[section].of("smoke", given)
