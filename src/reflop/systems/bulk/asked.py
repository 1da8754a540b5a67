"""The contenders that a section is asked to compare."""

from __future__ import annotations

from collections.abc import Sequence

from reflop.engines import ENGINES, contenders
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
