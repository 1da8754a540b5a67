"""Fault 40: a NaN or infinite metric, an empty test set, division by zero images."""

from collections.abc import Callable
from pathlib import Path

import pytest

from reflop.errors import RunFailed
from reflop.experiment import run
from reflop.measure import statistics
from reflop.record import Measured, Metric
from tests import toy

NAN, INF = float("nan"), float("inf")


def _accuracy(hits: int, n: int) -> Measured:
    return Measured({"accuracy": statistics.proportion(hits, n)})


CASES: dict[str, tuple[Callable[[], Measured], str]] = {
    "nan": (
        lambda: Measured({"loss": Metric.exact(NAN, "")}),
        r"metric loss: expected a finite number, found nan",
    ),
    "inf": (
        lambda: Measured({"ratio": Metric(1.0, "", 0.0, INF, 3)}),
        r"metric ratio: expected a finite number",
    ),
    "row": (
        lambda: Measured({}, [{"m": 1, "error": NAN}]),
        r"column error: expected finite numbers, found nan",
    ),
    "nothing": (lambda: Measured({}), r"expected a metric or a row, found none"),
    "empty test set": (lambda: _accuracy(0, 0), r"a proportion: expected at least one trial, found 0"),
    "no samples": (
        lambda: Measured({"time": statistics.median([], "s")}),
        r"expected at least one, found none",
    ),
    "nan sample": (
        lambda: Measured({"time": statistics.mean([1.0, NAN], "s")}),
        r"finite numbers, found nan",
    ),
    "zero images": (
        lambda: Measured({"rate": Metric.exact(1 / len([]), "")}),
        r"toy\.draw failed: found ZeroDivision",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_fault_40_the_run_fails_and_names_what_is_no_number(case: str, records_folder: Path) -> None:
    make, told = CASES[case]
    with toy.installed(function=lambda params, work: make()), pytest.raises(RunFailed, match=told) as error:
        run("toy.draw", "smoke")
    assert error.value.exit_code == 1
    assert not list(records_folder.rglob("*.json"))
