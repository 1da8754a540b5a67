"""Parameters of the sections that learn from pictures; importing this loads no torch."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from reflop.data import embedded
from reflop.params import Params

MapName = Literal["structured", "dense", "blocked", "lightonml", "fourier", "nystroem", "pca"]
Sizes = Annotated[list[Annotated[int, Field(ge=1, le=2**20)]], Field(min_length=1)]
Share = Annotated[float, Field(gt=0, lt=1, description="share of the samples that is tested on")]
Draws = Annotated[int, Field(ge=2, le=1000, description="independent splits and random matrices")]


class Digits(Params):
    """What sections on scikit-learn's digits share."""

    HOME: ClassVar[str] = "image_sections"

    def data_digests(self) -> dict[str, str]:
        """The digits, as scikit-learn ships them."""
        return {"digits": embedded.digest("digits")}


class LearningCurves(Digits):
    """Accuracy against the number of features, for optical and other feature maps."""

    maps: list[MapName] = Field(
        ["structured", "dense", "fourier", "nystroem", "pca"],
        min_length=1,
        description="feature maps compared",
    )
    n_components: Sizes = Field([64, 256, 1024, 4096], description="features, m")
    thresholds: list[float] = Field(
        [2.0, 6.0, 10.0, 14.0], min_length=1, description="grey levels (0 to 16) that become bits"
    )
    test_share: Share = 0.3
    draws: Draws = 5

    SMOKE: ClassVar[dict[str, Any]] = {"n_components": [64, 256], "draws": 2}
    LONG: ClassVar[dict[str, Any]] = {
        "n_components": [64, 128, 256, 512, 1024, 2048, 4096, 8192],
        "draws": 20,
    }
    PAPER = None  # Fashion-MNIST has no embedded source; its published curves are shown beside


class Encoding(Digits):
    """Accuracy against the bits that a grey level is encoded in, encoder by encoder."""

    n_components: int = Field(2048, ge=1, le=2**20, description="components of the projection")
    engine: Literal["structured", "dense", "blocked", "lightonml"] = Field("structured", description="engine")
    bits: list[Annotated[int, Field(ge=1, le=8)]] = Field(
        [1, 2, 4], min_length=1, description="bits of a grey level"
    )
    test_share: Share = 0.3
    draws: Draws = 5

    SMOKE: ClassVar[dict[str, Any]] = {"n_components": 256, "bits": [1, 2], "draws": 2}
    LONG: ClassVar[dict[str, Any]] = {"n_components": 4096, "bits": [1, 2, 3, 4, 5, 6], "draws": 20}
    PAPER = None  # the original compares no encoders


SECTIONS: dict[str, type[Params]] = {"learning_curves": LearningCurves, "encoding": Encoding}
