"""Peaks are rates with intervals; how high they are is the machine's affair."""

from reflop.measure import peaks


def test_rates_of_a_tiny_budget(monkeypatch) -> None:
    monkeypatch.setattr(peaks, "_has_bfloat16", lambda device: True)
    monkeypatch.setattr(peaks, "SIZES", (64,))
    monkeypatch.setattr(peaks, "COPY_BYTES", 2**20)
    found = peaks.peaks(budget_s=1e-6)
    assert {name: metric.unit for name, metric in found.items()} == {
        "matmul_float32": "FLOP/s",
        "matmul_bfloat16": "FLOP/s",
        "copy": "B/s",
    }
    for metric in found.values():
        assert 0 < metric.low <= metric.value <= metric.high
        assert metric.n == 6


def test_rate_follows_from_size_and_time(monkeypatch) -> None:
    monkeypatch.setattr(peaks, "seconds", lambda action, repeats, warmup=1: [0.5] * repeats)
    monkeypatch.setattr(peaks, "SIZES", (16, 32))
    monkeypatch.setattr(peaks, "COPY_BYTES", 1000)
    monkeypatch.setattr(peaks, "_has_bfloat16", lambda device: False)
    found = peaks.peaks()
    assert list(found) == ["matmul_float32", "copy"]
    assert found["matmul_float32"].value == 2 * 16**3 / 0.5  # the smallest that takes long enough
    assert found["copy"].value == 2 * 1000 / 0.5
