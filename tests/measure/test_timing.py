"""Timing against a clock of our own: what is counted, in what order, and what is left out."""

import pytest

from reflop.errors import BadParams
from reflop.measure import timing


class Clock:
    """A clock that actions move."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr(timing, "perf_counter", lambda: self.now)

    def action(self, *durations: float):
        left = list(durations)
        return lambda: setattr(self, "now", self.now + left.pop(0))


def test_fault_51_first_slow_call_is_warm_up(monkeypatch: pytest.MonkeyPatch) -> None:
    action = Clock(monkeypatch).action(856.0, 2.0, 1.0, 4.0)
    assert timing.seconds(action, repeats=3, warmup=1) == [2.0, 1.0, 4.0]


def test_without_warm_up_every_call_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    assert timing.seconds(Clock(monkeypatch).action(8.0, 2.0), repeats=2, warmup=0) == [8.0, 2.0]


def test_rounds_rotate_the_order_and_keep_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, order = Clock(monkeypatch), []

    def action(name: str, seconds: float):
        def call() -> None:
            order.append(name)
            clock.now += seconds + (10 if len(order) in (7, 8, 9) else 0)  # the second round is disturbed

        return call

    times = timing.interleaved({n: action(n, s) for n, s in (("a", 1), ("b", 2), ("c", 4))}, 3, warmup=1)
    assert order == [*"abc", *"abc", *"bca", *"cab"]
    assert times == {"a": [1, 11, 1], "b": [2, 12, 2], "c": [4, 14, 4]}


def test_nothing_to_time() -> None:
    assert timing.interleaved({}) == {}


@pytest.mark.parametrize(("repeats", "warmup"), [(0, 1), (-1, 1), (3, -1)])
def test_impossible_counts_are_refused(repeats: int, warmup: int) -> None:
    with pytest.raises(BadParams):
        timing.seconds(lambda: None, repeats, warmup)
