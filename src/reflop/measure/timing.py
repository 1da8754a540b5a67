"""Wall-clock time of an action, warm-up left out, on a clock that never jumps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import perf_counter

from reflop.errors import BadParams


def seconds(action: Callable[[], object], repeats: int = 10, warmup: int = 1) -> list[float]:
    """Duration of each of `repeats` calls, after `warmup` calls that are not counted.

    An action that starts work elsewhere (a GPU) must wait for it before it returns.

    >>> calls = []
    >>> len(seconds(lambda: calls.append(1), repeats=3, warmup=2)), len(calls)
    (3, 5)

    Raises:
        BadParams: no repeats, or a negative warm-up.
    """
    return interleaved({"action": action}, repeats, warmup)["action"]


def interleaved(
    actions: Mapping[str, Callable[[], object]], rounds: int = 7, warmup: int = 1
) -> dict[str, list[float]]:
    """Durations of several actions, one call of each per round, so that a busy machine disturbs all alike.

    Round r starts with action r (modulo their number): none profits from always running after another.
    Entry i of every list is from round i, which `statistics.ratio` uses as a pair.

    >>> order = []
    >>> times = interleaved({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, 2, warmup=0)
    >>> order, {name: len(durations) for name, durations in times.items()}
    (['a', 'b', 'b', 'a'], {'a': 2, 'b': 2})

    Raises:
        BadParams: no rounds, or a negative warm-up.
    """
    if rounds < 1:
        raise BadParams(what="repeats of a timing", expected="at least 1", found=str(rounds))
    if warmup < 0:
        raise BadParams(what="warm-up of a timing", expected="at least 0", found=str(warmup))
    names = list(actions)
    for name in names:
        for _ in range(warmup):
            actions[name]()
    times: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(rounds):
        first = turn % len(names) if names else 0
        for name in names[first:] + names[:first]:
            start = perf_counter()
            actions[name]()
            times[name].append(perf_counter() - start)
    return times
