"""Parameters of the optical sections; importing this loads no torch."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from reflop.params import Params

TITLE = "Optical random features"
SOURCE = "LightOn OPU benchmarks (2020); Saade et al. 2016; Ohana, Wacker et al. 2020"

EngineName = Literal["dense", "blocked", "structured", "lightonml", "opu"]


class Speckle(Params):
    """Intensity statistics of one input behind each engine."""

    engines: list[EngineName] = Field(
        ["dense", "structured", "lightonml"], min_length=1, description="projection engines"
    )
    n_features: int = Field(1024, ge=1, le=2**21, description="bits of the input")
    n_components: int = Field(65_536, ge=1, le=2**24, description="components of the projection")

    SMOKE: ClassVar[dict[str, Any]] = {"n_features": 256, "n_components": 20_000}


SECTIONS: dict[str, type[Params]] = {"speckle": Speckle}
