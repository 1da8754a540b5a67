r"""One process of a bulk run, alone or under torchrun: `python -m reflop.systems.bulk.worker OUT`.

    torchrun --nnodes 2 --nproc-per-node 8 --rdzv-backend c10d --rdzv-endpoint HOST:29400 \
        -m reflop.systems.bulk.worker OUT

Workers share nothing but the folder. Each binds itself to its cores, prepares the network, waits until all are ready,
then takes one step after the other until none is left. Killed workers leave nothing behind but steps to do.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from reflop.errors import ReflopError, RunFailed
from reflop.systems.bulk import cores, job, manifest, ranges
from reflop.systems.bulk.results import Steps
from reflop.systems.bulk.status import Teller

PARENT_EVERY_S = 1.0
BARRIER_LIMIT_S = 1800.0  # compiling a network for the first time takes minutes


def main() -> int:
    """Do the share of this process; the exit code."""
    parser = argparse.ArgumentParser(
        prog="reflop.systems.bulk.worker", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("out", type=Path, help="folder that `reflop bulk run` laid out")
    parser.add_argument("--decoders", type=int, default=2, help="threads that read and decode pictures")
    chosen = parser.parse_args()
    rank, world = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # end at once; a thread may be waiting for a file for ever
    threading.Thread(target=_follow_parent, args=(os.getppid(),), daemon=True).start()
    teller = Teller(chosen.out, rank, world, attempt())
    try:
        _redirect(chosen.out / "logs" / f"{rank}.log")
        teller.tell("preparing")
        threads = cores.pin(
            int(os.environ.get("LOCAL_RANK", "0")), int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
        )
        _work(chosen.out, threads, chosen.decoders, teller)
    except Exception as error:  # the boundary of a process: whatever it was has to be told across
        told = _told(error)
        logging.error("%s", told)
        teller.tell("failed", error=str(told))
        return told.exit_code
    return 0


def attempt() -> str:
    """Which start of the workers this is: torchrun starts all of them again when one dies."""
    return f"{os.environ.get('TORCHELASTIC_RUN_ID', 'alone')}.{os.environ.get('TORCHELASTIC_RESTART_COUNT', '0')}"


def _work(folder: Path, threads: int, decoders: int, teller: Teller) -> None:
    import torch

    from reflop.systems.bulk.classify import Done, classify
    from reflop.systems.bulk.feed import Feed
    from reflop.systems.bulk.sessions import decoder, opened

    torch.set_num_threads(threads)
    asked, pictures = job.read(folder), manifest.read(folder)
    start = time.monotonic()
    session = opened(asked, folder, threads)
    session.run(torch.zeros((asked.batch_size, asked.pixels, asked.pixels, 3), dtype=torch.uint8))
    engine = asdict(session.describe())
    logging.info("ready after %.1f s: %s", time.monotonic() - start, engine)
    teller.tell("preparing", engine=engine)
    steps, whole = Steps(folder), asked.steps()
    _wait_for_all(teller.rank, teller.world)

    def mine() -> Iterator[tuple[int, range]]:
        first = ranges.partition(len(whole), teller.world)[teller.rank].start
        for step in [*range(first, len(whole)), *range(first)]:
            if steps.take(step):
                yield step, whole[step]

    def tell(done: Done) -> None:
        teller.tell("running", now=False, images=done.ok + done.error, done=asdict(done))

    feed = Feed(
        mine(),
        decoder(asked, pictures),
        (asked.batch_size, asked.pixels, asked.pixels, 3),
        decoders=decoders,
        in_flight=session.in_flight,
    )
    done = classify(session, feed, steps, pictures.text, logits=asked.logits, tell=tell, log=logging.info)
    images = done.ok + done.error
    logging.info(
        "end: %d images (%d unreadable) in %.2f s; waited %.2f s for pictures, %.2f s for the network",
        images, done.error, done.seconds, done.data_s, done.network_s,
    )  # fmt: skip
    teller.tell("done", images=images, done=asdict(done))


def _wait_for_all(rank: int, world: int) -> None:
    """Return in all processes at once, so that their clocks start together; through torchrun's own store."""
    if world == 1:
        return
    from datetime import timedelta

    from torch.distributed.rendezvous import rendezvous

    store, _, _ = next(rendezvous("env://", timeout=timedelta(seconds=BARRIER_LIMIT_S)))
    if store.add("ready", 1) == world:
        store.set("go", "")
    store.wait(["go"])
    if store.add("gone", 1) == world:
        store.set("all gone", "")
    if rank == 0:  # which may be the one that keeps the store
        store.wait(["all gone"])


def _redirect(path: Path) -> None:
    """Standard output and error of this process, libraries included, go to the end of its log."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    for target in (1, 2):
        os.dup2(handle, target)
    os.close(handle)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", force=True)
    logging.info("attempt %s, process %d", attempt(), os.getpid())


def _follow_parent(parent: int) -> None:
    """End when the process that started this one is gone, so that no worker is ever an orphan."""
    while os.getppid() == parent:
        time.sleep(PARENT_EVERY_S)
    os._exit(1)


def _told(error: Exception) -> ReflopError:
    """Any error as one line, with advice where memory was short."""
    if isinstance(error, ReflopError):
        return error
    short = isinstance(error, MemoryError) or "memory" in str(error).lower()
    then = "a smaller --batch-size" if short else ""
    return RunFailed(what="bulk worker", found=f"{type(error).__name__}: {error}"[:300], then=then)


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # without waiting for decoders that wait for a file
