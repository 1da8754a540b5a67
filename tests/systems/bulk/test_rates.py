"""From times to scores, worked out by hand."""

import pytest
import torch

from reflop.engines.ceiling import Roof
from reflop.engines.session import Described, Session
from reflop.engines.turns import Turn
from reflop.record import Metric
from reflop.systems.bulk.rates import Rates, share

EXACT = {"macs": Metric.exact(100, "MAC"), "params": Metric.exact(10, "parameters")}
TOLD = Described("bfloat16", {"bfloat16": 3}, {"version": "1.0"})


def turn(engine: str, precision: str, batch_size: int, n_batches: int = 2) -> Turn:
    """With a second for each batch of the turn that is not counted, and 1, 2, 3, ... ms for those that are."""
    nothing = Session(engine, precision, lambda x: x, lambda: TOLD)
    counted = [0.001 * (i + 1) for i in range(3 * n_batches)]
    batches = [torch.zeros(batch_size)] * n_batches
    return Turn(engine, precision, nothing, batches, 0.5, [1.0] * n_batches + counted)


@pytest.fixture
def rates() -> Rates:
    """Seconds per picture: eager 0.25 and 0.2 (batch 1 and 4), OpenVINO 0.05 in bfloat16 and 0.1 in float32."""
    turns = [
        turn("torch", "float32", 1), turn("torch", "float32", 4),
        turn("openvino", "bfloat16", 4), turn("openvino", "float32", 4),
    ]  # fmt: skip
    times = [[0.5, 0.5, 0.5], [1.6, 1.6, 3.2], [0.4, 0.4, 0.8], [0.8, 0.8, 0.8]]
    return Rates(turns, dict(zip([one.name for one in turns], times, strict=True)))


def test_the_baseline_is_eager_float32_at_its_own_best_batch_size(rates: Rates) -> None:
    assert rates.base is rates.turns[1]
    assert rates.rate(rates.base) == Metric(5.0, "images/s", 2.5, 5.0, 3)


def test_ratios_are_formed_round_by_round(rates: Rates) -> None:
    """The third round was slow for both of the first: their ratio stays 4, and is 2, 2, 4 to the undisturbed one."""
    ratio = rates.ratio(rates.turns[2])
    assert ratio is not None
    assert (ratio.value, ratio.low, ratio.high) == pytest.approx((4, 4, 4))
    other = rates.ratio(rates.turns[3])
    assert other is not None
    assert (other.value, other.low, other.high) == pytest.approx((2, 2, 4))


def test_scores_of_the_best_and_of_every_contender(rates: Rates) -> None:
    found = rates.metrics(EXACT)
    assert found["throughput"].value == found["throughput_openvino_bfloat16"].value == pytest.approx(20)
    assert found["throughput_torch_float32"].value == pytest.approx(5)
    assert found["ratio_best"].value == found["ratio_bfloat16"].value == pytest.approx(4)
    assert found["ratio_float32"].value == pytest.approx(2)
    assert "ratio_int8" not in found
    assert found["size_bytes"].value == found["size_bytes_openvino_bfloat16"].value == 20
    assert found["size_bytes_torch_float32"].value == 40
    assert found["macs_torch_float32"] == EXACT["macs"]


def test_without_the_baseline_there_are_rates_and_no_ratios() -> None:
    only = turn("openvino", "int8", 4)
    found = Rates([only], {only.name: [0.8, 0.8, 0.8]}).metrics(EXACT)
    assert found["throughput"].value == pytest.approx(10)
    assert [name for name in found if name.startswith("ratio")] == []


def test_a_row_says_what_was_asked_and_what_was_computed(rates: Rates) -> None:
    """20 pictures of 100 MAC are 4,000 operations per second, half of a roof of 8,000."""
    row = rates.row(rates.turns[2], TOLD, 100, {"bfloat16": Roof(Metric.exact(8000, "FLOP/s"), "numpy")})
    assert (row["precision"], row["computed"], row["version"]) == ("bfloat16", "bfloat16", "1.0")
    assert row["roof_percent"] == pytest.approx(50)
    assert row["roof_by"] == "numpy"
    assert (row["batches"], row["warmup_batches"], row["prepare_s"]) == (2, 2, 0.5)


def test_warm_up_does_not_count_in_the_latency(rates: Rates) -> None:
    """Counted are 1 to 6 ms; the second that each batch took at first is left out."""
    row = rates.row(rates.turns[0], TOLD, 100, {})
    assert row["latency_p50_ms"] == pytest.approx(3)
    assert row["latency_p99_ms"] == pytest.approx(6)
    assert "roof_percent" not in row


def test_a_share_has_both_intervals_at_their_worst() -> None:
    found = share(Metric(10, "images/s", 8, 12, 7), 5, Metric(200, "FLOP/s", 160, 240, 9))
    assert (found.value, found.low, found.high) == pytest.approx((50, 100 * 80 / 240, 100 * 120 / 160))
    assert found.n == 7
