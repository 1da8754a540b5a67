"""A small system for tests of what surrounds a system: one section, no heavy package."""

import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from pydantic import Field

from reflop import catalog
from reflop.params import Params
from reflop.record import Measured, Metric


class Draw(Params):
    """Mean of random numbers."""

    n: int = Field(8, ge=1, le=1000, description="numbers to draw")
    device: str = Field("cpu", description="where to compute")

    SMOKE: ClassVar[dict[str, Any]] = {"n": 2}
    PAPER: ClassVar[dict[str, Any]] = {"n": 100}


def draw(params: Draw, work: Path) -> Measured:
    """Mean of `n` uniform numbers, with their range as its interval."""
    numbers = [random.Random(f"{params.seed} {i}").random() for i in range(params.n)]
    mean = sum(numbers) / params.n
    return Measured(
        metrics={"mean": Metric(mean, "", min(numbers), max(numbers), params.n)},
        rows=[{"i": i, "number": number} for i, number in enumerate(numbers)],
    )


@contextmanager
def installed(function: Callable[..., Measured] = draw, params: type[Params] = Draw) -> Iterator[None]:
    """The catalog with `toy.draw` in it, computed by `function`."""
    with pytest.MonkeyPatch.context() as patch:
        module: Any = SimpleNamespace(TITLE="Toy", SOURCE="none", SECTIONS={"draw": params})
        patch.setitem(catalog.SYSTEMS, "toy", module)
        patch.setitem(sys.modules, "reflop.systems.toy.sections", SimpleNamespace(draw=function))
        yield


def checkout(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty checkout below `folder`, made the working folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("runs.yaml", "_toc.yml"):
        (folder / name).touch()
    monkeypatch.chdir(folder)
    return folder
