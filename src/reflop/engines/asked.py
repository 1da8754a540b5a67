"""The contenders that a section is asked to compare, and what it says when none of them can run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reflop.engines import ENGINES, contenders
from reflop.errors import Unavailable
from reflop.params import unknown


def asked(names: Sequence[str], device: str) -> list[tuple[str, str]]:
    """Engine and precision of every name; of all that `device` has, where there are no names.

    >>> asked(["openvino-int8", "torch-float32"], "cpu")
    [('openvino', 'int8'), ('torch', 'float32')]

    Raises:
        BadParams: an engine that does not exist.
    """
    pairs = [(engine, precision) for engine, _, precision in (name.rpartition("-") for name in names)]
    for engine, _ in pairs:
        if engine not in ENGINES:
            raise unknown(engine, list(ENGINES), "engine")
    return list(dict.fromkeys(pairs)) or list(contenders(device))


def none_can_run(reasons: Iterable[str], device: str) -> Unavailable:
    """The error of a section all of whose contenders are unavailable, each reason once."""
    return Unavailable(
        what=f"contenders on {device}",
        found="; ".join(dict.fromkeys(reasons)),
        then="another engine or device",
    )
