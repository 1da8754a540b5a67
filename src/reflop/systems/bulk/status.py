"""What each worker is doing, told through a small file that the launcher reads: `status/<rank>.json`."""

from __future__ import annotations

import os
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError

from reflop.errors import BadFile
from reflop.files import canonical, read_json, write_atomic

EVERY_S = 0.5
Stage = Literal["preparing", "running", "done", "failed"]


@dataclass(frozen=True)
class Status:
    """One worker.

    Attributes:
        attempt: which start of the workers this belongs to.
        images: pictures done in this attempt, unreadable ones included.
        done: the fields of `classify.Done`.
        engine: how the network runs, as the runtime says.
    """

    rank: int
    world: int
    pid: int
    attempt: str
    stage: Stage
    images: int = 0
    done: dict[str, float] = field(default_factory=dict)
    engine: dict[str, Any] = field(default_factory=dict)
    error: str = ""

    __pydantic_config__ = ConfigDict(extra="forbid")


class Teller:
    """Writes a worker's status, at most every half second unless it has something new to say."""

    def __init__(self, folder: Path, rank: int, world: int, attempt: str) -> None:
        """The status is that of this process."""
        self.rank, self.world = rank, world
        self._path = folder / "status" / f"{rank}.json"
        self._status: dict[str, Any] = {"rank": rank, "world": world, "pid": os.getpid(), "attempt": attempt}
        self._told = -EVERY_S

    def tell(self, stage: Stage, *, now: bool = True, **more: Any) -> None:
        """Say so; without `now` only if it has been silent for a while."""
        self._status |= {"stage": stage, **more}
        if now or time.monotonic() - self._told >= EVERY_S:
            self._told = time.monotonic()
            write_atomic(self._path, canonical(asdict(Status(**self._status))))


_STATUS = TypeAdapter(Status)


def read(folder: Path, attempt: str | None = None) -> list[Status]:
    """The last word of every worker (of one attempt)."""
    found = []
    for path in sorted((folder / "status").glob("[0-9]*.json")):
        try:
            found.append(_STATUS.validate_json(canonical(read_json(path))))
        except (BadFile, ValidationError):  # of a version that wrote it otherwise
            continue
    return [status for status in found if attempt is None or status.attempt == attempt]
