"""One Parquet file for each finished step, whole or absent; a claim on a step is a lock that dies with its holder.

A worker takes a step by locking `claims/<step>` and looking whether `results/<step>.parquet` is there. The kernel
drops the lock when the worker ends, however it ends, so no claim is ever stale and nothing has to be cleaned up; and
since the file appears by renaming while the lock is held, no step is done twice.
"""

from __future__ import annotations

import fcntl
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reflop.errors import BadFile, RunFailed
from reflop.files import write_atomic

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TOP = 5


@dataclass(frozen=True)
class Row:
    """The outcome of one picture: its likeliest classes with their probabilities, or the reason why there are none."""

    index: int
    path: str
    message: str = ""
    classes: NDArray[np.int32] | None = None
    probabilities: NDArray[np.float32] | None = None
    logits: NDArray[np.float16] | None = None


class Steps:
    """The steps of a job below `folder`: taken by one worker at a time, finished for good."""

    def __init__(self, folder: Path) -> None:
        """Make the two folders where they are missing."""
        self.claims, self.results = folder / "claims", folder / "results"
        self.claims.mkdir(parents=True, exist_ok=True)
        self.results.mkdir(exist_ok=True)
        self._held: dict[int, int] = {}

    def finished(self) -> set[int]:
        """Steps whose file is there."""
        return {int(path.stem) for path in self.results.glob("[0-9]*.parquet")}

    def take(self, step: int) -> bool:
        """Whether this worker may do the step: nobody else holds it and it is not finished."""
        handle = os.open(self.claims / f"{step:06d}", os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return False
        if self.path(step).is_file():
            os.close(handle)
            return False
        for part in self.results.glob(
            f".{step:06d}.parquet-*.part"
        ):  # of a worker that was killed while writing
            part.unlink(missing_ok=True)
        self._held[step] = handle
        return True

    def finish(self, step: int, rows: Sequence[Row]) -> None:
        """Write the rows of a step that was taken, and let it go.

        Raises:
            BadFile: no room to write; the step stays unfinished.
        """
        try:
            write_atomic(self.path(step), packed(rows))
        finally:
            os.close(self._held.pop(step))

    def path(self, step: int) -> Path:
        """The file of a finished step."""
        return self.results / f"{step:06d}.parquet"


def packed(rows: Sequence[Row]) -> bytes:
    """Rows as Parquet: index, path, status, message, classes, probabilities, and logits where they were asked for."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {"classes": pa.int32(), "probabilities": pa.float32(), "logits": pa.float16()}
    columns: dict[str, Any] = {
        "index": pa.array([row.index for row in rows], pa.int64()),
        "path": pa.array([row.path for row in rows], pa.string()),
        "status": pa.array(["error" if row.message else "ok" for row in rows], pa.string()),
        "message": pa.array([row.message for row in rows], pa.string()),
    }
    for name, kind in kinds.items():
        values = [getattr(row, name) for row in rows]
        if name != "logits" or any(value is not None for value in values):
            columns[name] = pa.array(values, pa.list_(kind))
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


def read(folder: Path) -> Any:
    """All finished rows as one table (pyarrow), in order of their index."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    tables = []
    for path in sorted((folder / "results").glob("[0-9]*.parquet")):
        try:
            tables.append(pq.read_table(path))
        except (OSError, pa.ArrowException):
            then = f"remove {path} and repeat the run"
            raise BadFile(what=str(path), expected="the rows of a step", found="damage", then=then) from None
    return pa.concat_tables(tables, promote_options="default") if tables else None


def ledger(folder: Path, n: int) -> dict[str, int]:
    """How many pictures ended as ok, as error, and not yet; every index once.

    Raises:
        RunFailed: a picture with two rows, or a row without a picture.
    """
    table = read(folder)
    if table is None:
        return {"ok": 0, "error": 0, "open": n}
    index = table.column("index").to_numpy()
    if len(index) and (index.min() < 0 or index.max() >= n or len(set(index.tolist())) != len(index)):
        found = f"{len(index):,} rows, {len(set(index.tolist())):,} different, for {n:,} pictures"
        raise RunFailed(what="ledger", expected="one row for every picture", found=found)
    ok = sum(status == "ok" for status in table.column("status").to_pylist())
    return {"ok": ok, "error": len(index) - ok, "open": n - len(index)}
