"""Processes get disjoint cores, the threads of one core together."""

import os

import pytest

from reflop.systems.bulk import cores


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """Four cores of two threads: processors 0..3 are the first threads, 4..7 the second."""
    for processor in range(8):
        folder = tmp_path / f"cpu{processor}" / "topology"
        folder.mkdir(parents=True)
        (folder / "physical_package_id").write_text("0\n")
        (folder / "core_id").write_text(f"{processor % 4}\n")
    monkeypatch.setattr(cores, "TOPOLOGY", tmp_path)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))


@pytest.mark.usefixtures("machine")
def test_threads_of_a_core_stay_together():
    assert [cores.share(rank, 4) for rank in range(4)] == [[0, 4], [1, 5], [2, 6], [3, 7]]
    assert [cores.share(rank, 2) for rank in range(2)] == [[0, 4, 1, 5], [2, 6, 3, 7]]


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize("processes", [1, 2, 3, 5, 8])
def test_shares_are_disjoint_and_complete(processes):
    shares = [cores.share(rank, processes) for rank in range(processes)]
    assert sorted(processor for share in shares for processor in share) == list(range(8))


@pytest.mark.usefixtures("machine")
def test_more_processes_than_processors_share_them():
    assert {len(cores.share(rank, 20)) for rank in range(20)} == {1}


def test_pinning_tells_the_libraries(monkeypatch):
    bound = []
    monkeypatch.setattr(os, "sched_setaffinity", lambda _, mine: bound.append(mine), raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.setenv("MKL_NUM_THREADS", "7")
    assert cores.pin(1, 2) == 1
    assert os.environ["OMP_NUM_THREADS"] == os.environ["MKL_NUM_THREADS"] == "1"
    assert len(bound) == 1
    assert cores.pin(0, 1) == 2
    assert len(bound) == 1  # alone: nothing to share
