from dataclasses import replace

import pytest

from reflop.compare import compare, overlap
from reflop.record import Metric
from tests.test_record import made


def rows_of(a: Metric | None, b: Metric | None) -> dict[str, object]:
    """The one metric row of two records."""
    first, second = (made({"m": metric} if metric else {"other": Metric.exact(1, "")}) for metric in (a, b))
    (row,) = (row for row in next(iter(compare(first, second).values())) if row["metric"] == "m")
    return row


def test_difference_and_ratio_with_the_widest_interval() -> None:
    row = rows_of(Metric(2.0, "s", 1.0, 4.0, 9), Metric(8.0, "s", 6.0, 10.0, 9))
    assert (row["a"], row["b"], row["unit"]) == (2.0, 8.0, "s")
    assert (row["difference"], row["difference_low"], row["difference_high"]) == (6.0, 2.0, 9.0)
    assert (row["ratio"], row["ratio_low"], row["ratio_high"]) == (4.0, 1.5, 10.0)
    assert row["intervals"] == "apart"


def test_no_ratio_where_an_interval_reaches_zero() -> None:
    row = rows_of(Metric(1.0, "J", 0.0, 2.0, 9), Metric(1.0, "J", 0.5, 2.0, 9))
    assert row["difference"] == 0.0
    assert row["ratio"] is None
    assert row["intervals"] == "overlap"


def test_different_units_and_missing_metrics_are_said_and_not_compared() -> None:
    row = rows_of(Metric.exact(1, "s"), Metric.exact(1000, "ms"))
    assert (row["unit"], row["intervals"], row["difference"]) == ("s and ms", "different units", None)
    row = rows_of(Metric.exact(1, "s"), None)
    assert (row["a"], row["b"], row["intervals"]) == (1.0, None, "only in one")
    row = rows_of(None, Metric.exact(1, "s"))
    assert (row["a"], row["b"], row["unit"]) == (None, 1.0, "s")


def test_what_else_differs_is_listed() -> None:
    a = made(params={"n": 2, "same": 1})
    b = replace(made(params={"n": 3, "same": 1}), nature="simulated", scale="paper")
    b = replace(b, provenance=b.provenance | {"machine": {"slug": "other-x1"}})
    _, parameters, circumstances = compare(a, b).values()
    assert parameters == [{"name": "n", "a": 2, "b": 3}]
    assert {row["name"]: (row["a"], row["b"]) for row in circumstances} == {
        "nature": ("measured", "simulated"),
        "scale": ("reduced", "paper"),
        "machine": ("box-x2", "other-x1"),
    }


def test_a_record_against_itself_differs_in_nothing() -> None:
    metrics, parameters, circumstances = compare(made(), made()).values()
    assert [row["difference"] for row in metrics] == [0.0]
    assert parameters == circumstances == []


@pytest.mark.parametrize(
    ("low", "high", "expected"), [(0.0, 0.9, False), (0.0, 1.0, True), (3.0, 4.0, True), (3.1, 4.0, False)]
)
def test_overlap_is_symmetric_and_counts_touching(low: float, high: float, expected: bool) -> None:
    a, b = Metric(2.0, "", 1.0, 3.0, 9), Metric(low, "", low, high, 9)
    assert overlap(a, b) == overlap(b, a) == expected
