"""The comparisons run and tell what they compare; no ratio is asserted here."""

import pytest

from reflop.measure.memory import Peak
from reflop.systems.optical import bench
from reflop.systems.optical.bench import GIB
from reflop.systems.optical.engines import lightonml


@pytest.fixture(autouse=True)
def same_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is measured in fresh processes; here it is enough that what would run there runs."""
    monkeypatch.setattr(bench.memory, "peak_bytes", lambda function, *args: Peak(function(*args), GIB, GIB))


@pytest.mark.skipif(lightonml.available() is not None, reason=str(lightonml.available()))
def test_quick_comparisons_name_peer_target_and_interval() -> None:
    rows = bench.comparisons(quick=True)
    assert [row["target"] for row in rows[4:]] == [2.0, 2.0, 1.0, 0.2]
    assert all(
        row["peer"] and row["met"] is None and row["low"] <= row["ratio"] <= row["high"] for row in rows[4:]
    )
    rows = rows[:4]
    assert [(row["target"], row["unit"]) for row in rows] == [(5, "x"), (10, "x"), (1, "GiB"), (8, "GiB")]
    assert [row["ratio"] for row in rows[2:]] == [1, 1]
    for row in rows:
        assert 0 < row["low"] <= row["ratio"] <= row["high"]
        assert row["peer"]
        assert row["met"] is None  # no target holds at a small size


def test_stored_matrix_peer_computes_intensities() -> None:
    x = bench._bits(300, 40)
    y = bench._stored(x, 2000)()
    assert y.shape == (300, 2000)
    assert float(y.mean() / x.sum(1).float().mean()) == pytest.approx(2, rel=0.05)  # N(0, 1) in each part


def test_missing_peer_is_a_row_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lightonml, "available", lambda: "lightonml is not here")
    row = bench.projecting(quick=True)[1]
    assert row["met"] is None
    assert row["reason"] == "lightonml is not here"
