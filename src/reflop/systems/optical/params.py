"""Parameters of the optical sections; importing this loads no torch."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from reflop.params import Params
from reflop.systems.optical import image_params

TITLE = "Optical random features"
SOURCE = "LightOn OPU benchmarks (2020); Saade et al. 2016; Ohana, Wacker et al. 2020"

EngineName = Literal["structured", "dense", "blocked", "lightonml", "opu"]
FamilyName = Literal["bin50", "bin10", "clust", "sparse3"]
Count = Annotated[int, Field(ge=1, le=2**24)]
SIMULATORS: list[Any] = ["structured", "dense", "blocked", "lightonml"]

Engines = Annotated[list[EngineName], Field(min_length=1, description="projection engines")]
Features = Annotated[int, Field(ge=1, le=2**21, description="bits of an input")]
Draws = Annotated[int, Field(ge=2, le=1000, description="independent random matrices")]
Device = Annotated[str, Field(pattern=r"^(cpu|cuda(:\d+)?)$", description="where engines compute")]


class Speckle(Params):
    """Intensity statistics of one input behind each engine."""

    engines: Engines = SIMULATORS
    n_features: Features = 512
    n_components: Count = Field(20_480, description="components of the projection")
    draws: Draws = 5
    device: Device = "cpu"

    SMOKE: ClassVar[dict[str, Any]] = {"n_features": 64, "draws": 3}
    LONG: ClassVar[dict[str, Any]] = {"n_features": 1024, "n_components": 65_536, "draws": 20}
    PAPER = None  # the device's statistics are published as a law, not as an experiment with settings


class Kernel(Params):
    """Error of the estimated kernel against the number of components."""

    engines: Engines = SIMULATORS
    families: list[FamilyName] = Field(
        ["bin50", "bin10", "clust", "sparse3"], min_length=1, description="inputs"
    )
    n_features: Features = 1024
    n_components: list[Count] = Field([256, 1024, 4096], min_length=2, description="sizes m compared")
    power: Literal[1, 2, 4] = Field(2, description="power of the amplitude |Rx|")
    rounds: int = Field(
        2, ge=2, le=8, description="rounds of the structured engine (one fails on sparse inputs)"
    )
    draws: Draws = 5
    device: Device = "cpu"

    SMOKE: ClassVar[dict[str, Any]] = {"n_features": 256, "n_components": [128, 512, 2048], "draws": 3}
    LONG: ClassVar[dict[str, Any]] = {"n_components": [256, 1024, 4096, 16_384, 65_536], "draws": 20}
    PAPER = None  # Ohana, Wacker et al. report accuracies with this kernel, not its error


class Camera(Params):
    """What a camera's bits and exposure do to the kernel."""

    engine: EngineName = Field("dense", description="projection engine")
    families: list[FamilyName] = Field(
        ["bin50", "bin10", "clust", "sparse3"], min_length=1, description="inputs"
    )
    n_features: Features = 1024
    n_components: Count = Field(4096, description="components of the projection")
    bits: list[Annotated[int, Field(ge=1, le=16)]] = Field(
        [8, 4], min_length=1, description="bits of a pixel"
    )
    levels: list[Annotated[float, Field(gt=0, le=65_535)]] = Field(
        [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 100.0], min_length=1, description="mean level aimed at"
    )
    draws: Draws = 5
    device: Device = "cpu"

    SMOKE: ClassVar[dict[str, Any]] = {
        "n_features": 256,
        "n_components": 2048,
        "levels": [2.0, 8.0, 32.0, 100.0],
        "draws": 3,
    }
    LONG: ClassVar[dict[str, Any]] = {"draws": 30}
    PAPER = None  # no publication varies the exposure

    @model_validator(mode="after")
    def _some_level_fits(self) -> Self:
        if min(self.levels) >= 2 ** max(self.bits):
            message = "a level below the highest one of the bits"
            raise ValueError(message)
        return self


class Cost(Params):
    """Time and peak memory of each engine against size."""

    engines: Engines = SIMULATORS
    n_features: list[Count] = Field([8192], min_length=1, description="bits of an input, size by size")
    n_components: list[Count] = Field([8192], min_length=1, description="components, size by size")
    n_rows: Count = Field(256, description="inputs projected at once")
    repeats: int = Field(3, ge=3, le=100, description="timed calls after the one that builds the matrix")
    device: Device = "cpu"

    SMOKE: ClassVar[dict[str, Any]] = {
        "engines": ["structured", "blocked"],
        "n_features": [256],
        "n_components": [1024],
        "n_rows": 64,
    }
    LONG: ClassVar[dict[str, Any]] = {  # the sizes of projection_backends.json that fit 10 GB
        "n_features": [1000, 8192, 25_088, 25_088],
        "n_components": [10_000, 8192, 12_544, 16_384],
        "n_rows": 1000,
        "repeats": 5,
    }
    PAPER: ClassVar[dict[str, Any]] = {  # DenseNet169 on Animals10: the one projection whose time was logged
        "engines": ["opu"],
        "n_features": [81_536],
        "n_components": [9681],
        "n_rows": 19_363,
    }

    @model_validator(mode="after")
    def _sizes_pair(self) -> Self:
        if len(self.n_features) != len(self.n_components):
            message = "as many n_features as n_components"
            raise ValueError(message)
        return self


SECTIONS: dict[str, type[Params]] = {
    "speckle": Speckle,
    "kernel": Kernel,
    "camera": Camera,
    "cost": Cost,
    **image_params.SECTIONS,
}
