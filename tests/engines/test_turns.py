"""What is timed: whole batches, an equal share for every request, the time of each."""

from collections import deque
from collections.abc import Iterable, Iterator

import pytest
import torch
from torch import Tensor

from reflop.engines.session import Described, Session
from reflop.engines.turns import Turn, cut


def session(in_flight: int = 1) -> Session:
    """Adds one; holds `in_flight` - 1 batches back, as a runtime with that many requests does."""

    def overlapped(batches: Iterable[Tensor]) -> Iterator[Tensor]:
        held: deque[Tensor] = deque()
        for batch in batches:
            if len(held) == in_flight - 1:
                yield held.popleft()
            held.append(batch + 1)
        yield from held

    told = Described("float32", {"float32": 1})
    return Session(
        "toy", "float32", lambda x: x + 1, lambda: told, overlapped if in_flight > 1 else None, in_flight
    )


def test_batches_are_whole_and_begin_again_where_the_pictures_end() -> None:
    """Ten pictures in batches of four: two batches, and two pictures too few for a third."""
    found = cut(torch.arange(10), 4, 12, session())
    assert [batch.tolist() for batch in found] == [[0, 1, 2, 3], [4, 5, 6, 7], [0, 1, 2, 3]]


@pytest.mark.parametrize(("in_flight", "count"), [(1, 3), (3, 4), (5, 4), (6, 5)])
def test_every_request_gets_as_many_batches_as_the_others(in_flight: int, count: int) -> None:
    """Twelve pictures in batches of four need three; 2, 4 and 5 requests share 4, 4 and 5 equally."""
    found = cut(torch.zeros(8), 4, 12, session(in_flight))
    assert len(found) == count


@pytest.mark.parametrize("in_flight", [1, 3])
def test_a_turn_streams_its_batches_and_notes_each(in_flight: int) -> None:
    used = session(in_flight)
    turn = Turn("toy", "float32", used, cut(torch.zeros(8), 4, 12, used))
    turn()
    turn()
    assert len(turn.seconds) == 2 * len(turn.batches)
    assert all(seconds > 0 for seconds in turn.seconds)
    assert (turn.name, turn.batch_size, turn.images) == ("toy float32 4", 4, 4 * len(turn.batches))
