"""Who takes which pictures, by arithmetic: nothing is copied, nothing left over."""

from __future__ import annotations

from reflop.errors import BadParams


def partition(n: int, parts: int) -> list[range]:
    """The positions 0 .. n-1 as `parts` ranges in order: disjoint, complete, sizes that differ by at most one.

    Part k is [floor(k n / parts), floor((k + 1) n / parts)); with more parts than positions some are empty.

    >>> partition(10, 4)
    [range(0, 2), range(2, 5), range(5, 7), range(7, 10)]
    >>> partition(1, 2)
    [range(0, 0), range(0, 1)]

    Raises:
        BadParams: a negative `n`, or no part.
    """
    if n < 0:
        raise BadParams(what="number of pictures", expected="at least 0", found=str(n))
    if parts < 1:
        raise BadParams(what="number of parts", expected="at least 1", found=str(parts))
    return [range(k * n // parts, (k + 1) * n // parts) for k in range(parts)]


def steps(n: int, size: int) -> list[range]:
    """The positions 0 .. n-1 in steps of `size`; only the last may be shorter.

    >>> steps(10, 4)
    [range(0, 4), range(4, 8), range(8, 10)]

    Raises:
        BadParams: a negative `n`, or steps without a position.
    """
    if n < 0:
        raise BadParams(what="number of pictures", expected="at least 0", found=str(n))
    if size < 1:
        raise BadParams(what="pictures of a step", expected="at least 1", found=str(size))
    return [range(start, min(start + size, n)) for start in range(0, n, size)]
