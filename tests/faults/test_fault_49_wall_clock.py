"""Fault 49: the wall clock jumps back and the time zone changes; durations stay right and times are in UTC."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from reflop import experiment
from reflop.measure import timing
from reflop.record import Measured
from tests import toy


@pytest.fixture
def jumping(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A wall clock that goes back an hour each time it is read, in a zone half a day from UTC."""
    now = [time.time()]

    def read() -> float:
        now[0] -= 3600
        return now[0]

    class Jumping(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.fromtimestamp(read(), tz)

    monkeypatch.setattr(time, "time", read)
    monkeypatch.setattr(time, "time_ns", lambda: int(read() * 1e9))
    monkeypatch.setattr(experiment, "datetime", Jumping)
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("jumping")
def test_fault_49_durations_do_not_follow_the_wall_clock() -> None:
    assert all(0.02 <= seconds < 60 for seconds in timing.seconds(lambda: time.sleep(0.02), repeats=2))


def test_fault_49_record_has_a_right_duration_and_a_time_in_utc(jumping: None) -> None:
    def slow(params: toy.Draw, work: Path) -> Measured:
        time.sleep(0.05)
        time.time()  # an hour back
        return toy.draw(params, work)

    with toy.installed(slow):
        record = experiment.run("toy.draw", "smoke")
    assert 0.05 <= record.provenance["seconds"] < 60
    assert datetime.fromisoformat(record.provenance["start"]).utcoffset() == timedelta(0)


def test_fault_49_next_run_at_an_earlier_time_is_still_found(jumping: None) -> None:
    with toy.installed():
        first = experiment.run("toy.draw", "smoke")
        assert experiment.run("toy.draw", "smoke") == first
