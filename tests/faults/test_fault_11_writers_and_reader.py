"""Fault 11: three writers rewrite one file 300 times each while a reader reads it."""

import multiprocessing
from multiprocessing.synchronize import Barrier
from pathlib import Path

from reflop.files import canonical, parse_json, write_atomic

WRITERS, REWRITES = 3, 300


def _write(path: Path, who: int, start: Barrier) -> None:
    start.wait()
    for turn in range(REWRITES):
        write_atomic(path, canonical({"who": who, "text": "x" * (1 + 97 * turn)}))


def test_fault_11_no_read_is_broken(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    write_atomic(path, "{}")
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(WRITERS + 1)
    writers = [context.Process(target=_write, args=(path, who, start)) for who in range(WRITERS)]
    for writer in writers:
        writer.start()
    start.wait(timeout=60)
    reads = []
    while any(writer.is_alive() for writer in writers):
        reads.append(parse_json(path.read_text(), "record").get("who"))
    assert [writer.exitcode for writer in writers] == [0] * WRITERS
    assert len(reads) > REWRITES
    assert len(set(reads)) > 1, "the reader never saw a rewrite"
    assert list(tmp_path.iterdir()) == [path]
