"""Steps are taken once, finished whole, and lost by whoever dies; the ledger closes."""

import multiprocessing
import os
import time

import numpy as np
import pytest

from reflop.errors import BadFile, RunFailed
from reflop.systems.bulk import results
from reflop.systems.bulk.results import Row, Steps


def rows(*indices, message=""):
    answers = (
        {}
        if message
        else {"classes": np.arange(3, dtype=np.int32), "probabilities": np.full(3, 0.25, np.float32)}
    )
    return [Row(i, f"{i}.jpg", message, **answers) for i in indices]


def test_a_finished_step_is_not_taken_again(tmp_path):
    steps = Steps(tmp_path)
    assert steps.take(0)
    assert not steps.take(0)  # held, by ourselves
    steps.finish(0, rows(0, 1))
    assert not steps.take(0)
    assert steps.finished() == {0}


def hold(folder, ready):
    steps = Steps(folder)
    assert steps.take(3)
    (folder / "results" / ".000003.parquet-abc.part").write_text("half")
    ready.set()
    time.sleep(60)


def test_the_claim_of_a_killed_worker_is_gone_with_it(tmp_path):
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    worker = context.Process(target=hold, args=(tmp_path, ready))
    worker.start()
    assert ready.wait(30)
    steps = Steps(tmp_path)
    assert not steps.take(3)
    worker.kill()
    worker.join()
    assert steps.take(3)
    assert not list(steps.results.glob(".*.part"))


def test_rows_come_back_in_order(tmp_path):
    steps = Steps(tmp_path)
    for step, part in ((1, rows(2, 3)), (0, [*rows(0), *rows(1, message="cut off")])):
        assert steps.take(step)
        steps.finish(step, part)
    table = results.read(tmp_path).to_pylist()
    assert [row["index"] for row in table] == [0, 1, 2, 3]
    assert [row["status"] for row in table] == ["ok", "error", "ok", "ok"]
    assert table[1]["classes"] is None
    assert table[1]["message"] == "cut off"
    assert table[0]["classes"] == [0, 1, 2]
    assert results.ledger(tmp_path, 6) == {"ok": 3, "error": 1, "open": 2}


@pytest.mark.parametrize("indices", [(0, 0), (0, 7), (-1, 0)])
def test_a_ledger_that_does_not_close(tmp_path, indices):
    steps = Steps(tmp_path)
    assert steps.take(0)
    steps.finish(0, rows(*indices))
    with pytest.raises(RunFailed, match="one row for every picture"):
        results.ledger(tmp_path, 4)


def test_damaged_rows_are_named_with_what_to_do(tmp_path):
    steps = Steps(tmp_path)
    steps.path(0).write_bytes(b"PAR1")
    with pytest.raises(BadFile, match=r"remove .*000000\.parquet"):
        results.ledger(tmp_path, 4)


def test_nothing_yet(tmp_path):
    assert results.ledger(tmp_path, 4) == {"ok": 0, "error": 0, "open": 4}


def test_no_room_leaves_the_step_to_do(tmp_path, monkeypatch):
    steps = Steps(tmp_path)
    assert steps.take(0)

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(BadFile, match="no space left"):
            steps.finish(0, rows(0))
    assert steps.finished() == set()
    assert steps.take(0)
