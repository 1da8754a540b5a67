"""Progress on stderr: a bar on a terminal, a plain line now and then in a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Sized
from typing import TypeVar

T = TypeVar("T")
PLAIN_EVERY_S = 10.0


def track(items: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
    """Yield `items`, telling how far they are.

    >>> list(track([1, 2], "counting"))
    [1, 2]
    """
    size = len(items) if total is None and isinstance(items, Sized) else total
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import track as bar

        yield from bar(items, label, total=size, console=Console(stderr=True), transient=True)
        return
    start = told = time.monotonic()
    for done, item in enumerate(items):
        if (now := time.monotonic()) - told >= PLAIN_EVERY_S:
            told = now
            note(f"{label}: {done}/{size or '?'} after {now - start:.0f} s")
        yield item


def note(line: str) -> None:
    """One line to the user, beside whatever the command gives back."""
    print(line, file=sys.stderr, flush=True)
