"""A folder with every awkward kind of file: each ends as one row that tells what it is, none stops the run."""

import pytest
import torch

from reflop.data import scenes
from reflop.engines.session import Described, Session
from reflop.systems.bulk import manifest, preprocess, results
from reflop.systems.bulk.classify import classify
from reflop.systems.bulk.feed import Feed
from reflop.systems.bulk.ranges import steps as ranges


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    """Path -> (what was written, row)."""
    folder = tmp_path_factory.mktemp("odd")
    expected = scenes.write_odd(folder / "in")
    listed, steps = manifest.listed(folder / "in"), results.Steps(folder / "out")
    mine = ((i, part) for i, part in enumerate(ranges(len(listed), 6)) if steps.take(i))
    feed = Feed(mine, lambda i: preprocess.read(listed.path(i), 32), (3, 32, 32, 3))
    colour = Session("colour", "float32", lambda x: x.float().mean((1, 2)), lambda: Described("float32", {}))
    done = classify(colour, feed, steps, listed.text)
    rows = {row["path"]: row for row in results.read(folder / "out").to_pylist()}
    assert done.ok + done.error == len(rows) == len(expected)
    return {path: (told, rows[path]) for path, told in expected.items()}


def test_fault_29_unreadable_files_are_error_rows_that_say_why(outcome):
    errors = {path: row for path, (told, row) in outcome.items() if told == "error"}
    assert len(errors) >= 4
    for path, row in errors.items():
        assert row["status"] == "error", path
        assert row["message"], path
        assert row["classes"] is None, path


def test_fault_30_a_huge_picture_is_refused_from_its_header(outcome):
    told = [row["message"] for _, row in outcome.values() if "pixels" in row["message"]]
    assert told
    assert all("at most 64,000,000 pixels" in message for message in told)


def test_fault_31_every_other_kind_is_classified(outcome):
    good = {path: row for path, (told, row) in outcome.items() if told == "ok"}
    assert len(good) >= 8
    for path, row in good.items():
        assert row["status"] == "ok", (path, row["message"])
        assert torch.tensor(row["probabilities"]).isfinite().all(), path
