"""The worker's loop with a network that is a formula: right rows, padding dropped, bad pictures told, nothing lost."""

from collections import deque

import numpy as np
import pytest
import torch

from reflop.engines.session import Described, Session
from reflop.errors import BadFile, RunFailed
from reflop.systems.bulk import results
from reflop.systems.bulk.classify import classify
from reflop.systems.bulk.feed import AHEAD, Feed
from reflop.systems.bulk.ranges import steps as ranges

BAD = 5


def decode(position):
    if position == BAD:
        raise BadFile(what="picture", expected="a whole one", found="half")
    return torch.full((2, 2, 3), position, dtype=torch.uint8)


def logits(batch):
    """Class = the position that the pixels tell; six classes, the second likeliest is the next one."""
    position = batch[:, 0, 0, 0].long()
    return 4.0 * torch.nn.functional.one_hot(position % 6, 6) + torch.nn.functional.one_hot(
        (position + 1) % 6, 6
    )


def overlapped(batches):
    """Two batches in flight: the answer to one comes when the third is handed over."""
    flying = deque()
    for batch in batches:
        if len(flying) == 2:
            yield logits(flying.popleft())
        flying.append(batch)
    while flying:
        yield logits(flying.popleft())


def session(run=logits, **options):
    return Session("formula", "float32", run, lambda: Described("float32", {}), **options)


def done(tmp_path, network, n=23, size=4, per_step=2, **options):
    steps, whole = results.Steps(tmp_path), ranges(n, size * per_step)
    mine = ((i, part) for i, part in enumerate(whole) if steps.take(i))
    in_flight = 3 if network.overlapped else 1
    feed = Feed(mine, decode, (size, 2, 2, 3), decoders=3, in_flight=in_flight)
    told = classify(network, feed, steps, lambda i: f"{i}.jpg", **options)
    return told, results.read(tmp_path).to_pylist()


@pytest.mark.parametrize("network", [session(), session(overlapped=overlapped)])
def test_every_picture_gets_its_own_answer(tmp_path, network):
    told, rows = done(tmp_path, network, logits=True)
    assert [row["index"] for row in rows] == list(range(23))
    assert (told.ok, told.error) == (22, 1)
    for row in rows:
        if row["index"] == BAD:
            assert row["status"] == "error"
            assert "half" in row["message"]
            assert row["classes"] is None
        else:
            assert row["classes"][:2] == [row["index"] % 6, (row["index"] + 1) % 6]
            assert len(row["classes"]) == 5
            expected = logits(decode(row["index"])[None]).softmax(1).topk(5).values[0]
            assert np.allclose(row["probabilities"], expected)
            assert row["logits"][row["index"] % 6] == 4.0


def test_fewer_classes_than_five(tmp_path):
    _, rows = done(tmp_path, session(lambda batch: logits(batch)[:, :3]))
    assert len(rows[0]["classes"]) == 3


def test_the_ring_bounds_what_is_decoded_ahead(tmp_path):
    begun = []

    def slow(position):
        begun.append(position)
        return torch.zeros(2, 2, 3, dtype=torch.uint8)

    feed = Feed(enumerate(ranges(100, 10)), slow, (2, 2, 2, 3), decoders=1)
    batches = iter(feed)
    next(batches)
    assert len(begun) <= 2 * (1 + AHEAD)
    batches.close()


def test_a_network_that_drops_answers(tmp_path):
    with pytest.raises(RunFailed, match="one row of logits for every picture"):
        done(tmp_path, session(lambda batch: logits(batch)[:1]))


def test_a_network_that_gives_nan_names_the_picture(tmp_path):
    def broken(batch):
        answers = logits(batch)
        answers[batch[:, 0, 0, 0] == 9] = torch.nan
        return answers

    with pytest.raises(RunFailed, match=r"NaN or infinity for 9\.jpg"):
        done(tmp_path, session(broken))
    assert results.Steps(tmp_path).finished() == {0}


def test_other_errors_of_a_decoder_stop_the_run(tmp_path):
    def broken(position):
        raise MemoryError

    steps = results.Steps(tmp_path)
    feed = Feed(((i, part) for i, part in enumerate(ranges(4, 4)) if steps.take(i)), broken, (2, 2, 2, 3))
    with pytest.raises(MemoryError):
        classify(session(), feed, steps, str)
