"""A worker of a bulk run dies, hangs, or answers too little: the run fails in time, nothing is lost or made up."""

import os
import signal

import pytest

from tests.systems.bulk import jobs

# The picture at which a worker can be stopped: the first of step 2, since steps have eight. Whoever waits for it has
# decoded no further than that step, so all others are finished by the other worker.
N, BLOCKED = 45, 16


@pytest.fixture
def folder(tmp_path):
    pytest.importorskip("onnxruntime")
    jobs.pictures(tmp_path / "in", N)
    jobs.network(tmp_path / "network.onnx")
    return tmp_path


def test_fault_56_a_killed_worker_fails_the_run_and_the_next_one_goes_on(folder):
    content = jobs.block(folder, BLOCKED)
    command = jobs.start(folder, processes=2)
    told = jobs.wait_for(command, folder, finished=5, workers=2)
    os.kill(next(worker.pid for worker in told if worker.stage != "done"), signal.SIGKILL)
    _, err = command.communicate(timeout=60)
    assert command.returncode == 1
    assert "5 of 6 steps are finished and kept" in err
    assert "the same command" in err
    assert not (folder / "out" / "summary.json").exists()  # no total of half a run
    assert not jobs.orphans(folder)
    jobs.free(folder, BLOCKED, content)
    assert jobs.run(folder)[0] == 0
    assert jobs.right(jobs.table(folder))


def test_fault_56_restarted_workers_end_the_run_with_the_rows_of_an_undisturbed_one(folder):
    content = jobs.block(folder, BLOCKED)
    command = jobs.start(folder, processes=2, restarts=1)
    told = jobs.wait_for(command, folder, finished=5, workers=2)
    jobs.free(folder, BLOCKED, content)
    os.kill(next(worker.pid for worker in told if worker.stage != "done"), signal.SIGKILL)
    out, err = command.communicate(timeout=120)
    assert command.returncode == 0, err
    assert f"{N} pictures: {N} classified" in out
    disturbed = jobs.table(folder)
    (folder / "out").rename(folder / "disturbed")
    assert jobs.run(folder)[0] == 0
    assert disturbed == jobs.table(folder)


def test_fault_56_a_worker_that_hangs_is_killed_and_named(folder):
    jobs.block(folder, BLOCKED)
    code, _, err = jobs.run(folder, processes=2, stall=8)
    assert code == 1
    assert "did nothing for 8 s" in err
    assert not jobs.orphans(folder)


def test_fault_56_a_network_that_returns_fewer_items(folder):
    jobs.network(folder / "network.onnx", answers="one")
    code, _, err = jobs.run(folder)
    assert code == 1
    assert "one row of logits for every picture" in err


def test_fault_56_the_launcher_itself_is_killed(folder):
    content = jobs.block(folder, BLOCKED)
    command = jobs.start(folder, processes=2)
    jobs.wait_for(command, folder, finished=5, workers=2)
    command.kill()
    command.communicate()
    assert not jobs.orphans(folder)
    jobs.free(folder, BLOCKED, content)
    assert jobs.run(folder, processes=2)[0] == 0
    assert jobs.right(jobs.table(folder))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_fault_56_interrupted(folder, number, code):
    jobs.block(folder, BLOCKED)
    command = jobs.start(folder, processes=2)
    jobs.wait_for(command, folder, finished=5, workers=2)
    command.send_signal(number)
    _, err = command.communicate(timeout=60)
    assert command.returncode == code
    assert "Traceback" not in err
    assert not jobs.orphans(folder)
