"""What the optical figures say: their captions follow the record, whatever it holds."""

from dataclasses import replace
from pathlib import Path

import pytest

from reflop import run
from reflop.figures import style
from reflop.record import Metric, Record
from reflop.systems.optical import figures


@pytest.fixture(scope="module")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Record:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REFLOP_RECORDS", str(tmp_path_factory.mktemp("records")))
        return run("optical.camera", "smoke", families=["sparse3"], draws=2)


def record(of: Record, section: str, params: dict, metrics: dict[str, Metric], rows: list[dict]) -> Record:
    return replace(of, section=section, params=params, metrics=metrics, rows=rows)


def test_camera_says_which_exposures_are_good(camera: Record) -> None:
    good, bad = Metric(0.5, "%", 0.4, 0.6, 2), Metric(200.0, "%", 190.0, 210.0, 2)
    metrics = {"change_8bit_level8": good, "change_8bit_level32": good, "change_8bit_level100": bad}
    drawing = figures.camera([replace(camera, metrics=metrics)])
    assert "less than 3 % at mean levels 8 to 32" in drawing.caption
    assert "at mean level 100 it changes it by 200 %" in drawing.alt
    drawing = figures.camera([replace(camera, metrics={"change_8bit_level8": bad})])
    assert "at no exposure" in drawing.caption


def test_speckle_admits_a_contrast_that_is_off(camera: Record) -> None:
    row = {"engine": "dense", "intensity": 1.0, "exponential": 36.8}
    row |= {"survival": 20.0, "survival_low": 19.0, "survival_high": 21.0, "survival_n": 9}
    rows = [{"engine": "lightonml", "unavailable": "absent"}, row]
    given = {"n_features": 8, "n_components": 9, "draws": 2}
    off = record(camera, "speckle", given, {"contrast_dense": Metric(0.8, "", 0.7, 0.9, 2)}, rows)
    drawing = figures.speckle([off])
    assert "0.800 [0.700, 0.900] (dense): not within 2 %" in drawing.caption
    labels = [text.get_text() for text in drawing.figure.axes[0].get_legend().get_texts()]
    assert labels == ["dense", "exponential law"]


def cost_row(engine: str, ms: float) -> dict:
    time = {f"ms_per_vector{end}": ms for end in ("", "_low", "_high")} | {"ms_per_vector_n": 3}
    memory = {"peak_bytes": 2**30, "baseline_bytes": 2**29}
    return {"engine": engine, "n_features": 10, "n_components": 20, "n_rows": 5, **time, **memory}


def test_cost_compares_at_the_largest_size_and_draws_the_earlier_table_hollow(camera: Record) -> None:
    reference = {"engine": "dense", "n_features": 100, "n_components": 100}
    reference |= {"reference_ms_per_vector": 7.0, "reference_peak_bytes": 2**31}
    rows = [cost_row("structured", 0.5), cost_row("dense", 4.0), reference]
    drawing = figures.cost([record(camera, "cost", {"repeats": 3}, {}, rows)])
    assert "structured takes 0.5 ms per vector, 8 times faster than dense, and 1.00 GiB" in drawing.caption
    hollow = [line for line in drawing.figure.axes[0].lines if line.get_markerfacecolor() == "none"]
    assert [list(line.get_ydata()) for line in hollow if len(line.get_ydata())] == [[7.0]]


def test_kernel_marks_every_engine_and_the_law(camera: Record) -> None:
    rows = []
    for engine in ("dense", "structured"):
        for m in (256, 1024):
            errors = {
                f"error_{kind}{end}": m**-0.5 for kind in ("raw", "centred") for end in ("", "_low", "_high")
            }
            rows.append({"engine": engine, "family": "clust", "n_components": m, **errors})
    given = {"families": ["clust"], "n_components": [256, 1024], "draws": 2}
    slope = {"slope_centred_dense": Metric(-0.5, "", -0.51, -0.49, 2)}
    drawing = figures.kernel([record(camera, "kernel", given, slope, rows)])
    assert "to the power -0.50 [-0.51, -0.49] (dense)" in drawing.caption
    assert "three ones" not in drawing.caption
    labels = [text.get_text() for text in drawing.figure.legends[0].get_texts()]
    assert sorted(labels) == ["$m^{-1/2}$", "dense", "structured"]


def test_importing_figures_loads_no_torch() -> None:
    import subprocess
    import sys

    code = "import sys, reflop.systems.optical.figures; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("name", ["speckle", "kernel", "camera", "cost"])
def test_nothing_recorded_is_a_placeholder(name: str, tmp_path: Path) -> None:
    with style("light"):
        drawing = getattr(figures, name)([])
    assert f"reflop run optical.{name}" in drawing.caption
