"""Parameters of the sections that learn from pictures; importing this loads no torch."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from reflop.data import embedded, places
from reflop.params import Params

MapName = Literal["structured", "dense", "blocked", "lightonml", "fourier", "nystroem", "pca"]
Sizes = Annotated[list[Annotated[int, Field(ge=1, le=2**20)]], Field(min_length=1)]
Share = Annotated[float, Field(gt=0, lt=1, description="share of the samples that is tested on")]
DataName = Annotated[
    str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$", description="data set: digits, or --data NAME")
]
Networks = Literal[
    "small_digits", "small_cifar", "vgg16", "vgg19", "resnet18", "resnet34", "resnet50", "resnet101", "resnet152",
    "densenet121", "densenet169", "densenet201",
]  # fmt: skip
Encoders = Literal[
    "positive", "float32", "plain_th", "abs_th", "binary_threshold", "multi_threshold", "sequential_base_two",
    "concatenated_bit_plane", "float32_bits", "concatenated_float32", "separated_bit_plane",
]  # fmt: skip
BackboneName = Annotated[Networks, Field(description="network whose features are learnt from")]
EncoderName = Annotated[Encoders, Field(description="rule that turns features into bits")]
Epochs = Annotated[int, Field(ge=1, le=500)]
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

    n_components: int = Field(1024, ge=1, le=2**20, description="components of the projection")
    engine: Literal["structured", "dense", "blocked", "lightonml"] = Field("structured", description="engine")
    bits: list[Annotated[int, Field(ge=1, le=8)]] = Field(
        [1, 2, 4], min_length=1, description="bits of a grey level"
    )
    test_share: Share = 0.3
    draws: Draws = 3

    SMOKE: ClassVar[dict[str, Any]] = {"n_components": 256, "bits": [1, 2], "draws": 2}
    LONG: ClassVar[dict[str, Any]] = {"n_components": 4096, "bits": [1, 2, 3, 4, 5, 6], "draws": 20}
    PAPER = None  # the original compares no encoders


class Transfer(Params):
    """A frozen backbone and a ridge behind the optics, against ridge alone and against back-propagation."""

    HOME: ClassVar[str] = "transfer_sections"

    data: DataName = "digits"
    backbone: BackboneName = "small_digits"
    option: Literal["full", "noavgpool", "norelu", "norelu_maxpool"] = Field(
        "noavgpool", description="tail layers removed"
    )
    block: int | None = Field(None, ge=0, le=100, description="last child of the network that is kept")
    layer: int = Field(0, ge=0, le=100, description="how far into that child")
    weights: Literal["other_half", "file", "random"] = Field(
        "other_half", description="trained here on the other half of the classes, read from a file, or random"
    )
    dtype: Literal["float32", "float16"] = Field("float32", description="number type of the features")
    encoder: EncoderName = "multi_threshold"
    encoder_options: dict[str, Any] = Field(
        {"thresholds": "quantiles", "n_bins": 5}, description="options of the encoder, such as t or n_bins"
    )
    decoder: Literal["none", "mixing", "concatenating", "separated_bit_plane"] = Field(
        "none", description="rule that puts several bit planes together"
    )
    decoder_options: dict[str, Any] = Field({}, description="options of the decoder, such as n_bits")
    engine: Literal["structured", "dense", "blocked", "lightonml", "opu"] = Field(
        "structured", description="engine"
    )
    n_components: int | None = Field(
        2048, ge=1, le=2**24, description="components, as a count; null to give a ratio"
    )
    ratio: float | None = Field(
        None, gt=0, description="features divided by components (the original's n_components)"
    )
    power: Literal[1, 2, 4] = Field(2, description="power of the amplitude")
    camera_bits: int | None = Field(None, ge=1, le=16, description="bits of the camera; null for none")
    per_class: int | None = Field(None, ge=1, description="training pictures of a class, null for all")
    test_share: Share = 0.3
    source_epochs: int = Field(10, ge=1, le=500, description="epochs on the other half of the classes")
    original_epochs: list[Epochs] = Field([5], description="budgets of the original's fine-tuning")
    modern_epochs: list[Epochs] = Field([1, 3, 10], description="budgets of one-cycle fine-tuning")
    draws: Draws = 3
    device: str = Field(
        "cpu", pattern=r"^(cpu|cuda(:\d+)?)$", description="where the network and the engine compute"
    )

    SMOKE: ClassVar[dict[str, Any]] = {
        "per_class": 40,
        "source_epochs": 2,
        "original_epochs": [1],
        "modern_epochs": [2],
        "n_components": 256,
        "draws": 3,
    }
    LONG: ClassVar[dict[str, Any]] = {  # 20 minutes on two CPU cores with real pictures
        "data": "cifar10_subset",
        "backbone": "small_cifar",
        "encoder_options": {"thresholds": "quantiles", "n_bins": 3},
        "n_components": 4096,
        "source_epochs": 12,
        "modern_epochs": [1, 4],
    }
    PAPER: ClassVar[dict[str, Any]] = {  # OPU_training.py's own example and driver, Animals10
        "data": "animals10",
        "backbone": "densenet169",
        "option": "full",
        "encoder": "positive",
        "encoder_options": {},
        "weights": "file",
        "test_share": 0.2,
        "n_components": None,
        "ratio": 2.0,
        "original_epochs": [5],
        "modern_epochs": [],
        "engine": "opu",
    }

    @model_validator(mode="after")
    def _one_size(self) -> Self:
        if (self.n_components is None) == (self.ratio is None):
            message = "either n_components (a count) or ratio (features divided by), the other null"
            raise ValueError(message)
        if not self.backbone.startswith("small") and self.weights == "other_half":
            message = "weights file or random for a published backbone (only the small ones are trained here)"
            raise ValueError(message)
        return self

    def data_digests(self) -> dict[str, str]:
        """The data set, and the weight file where one is used; nothing for what is not there."""
        return picture_digests(self.data, self.backbone if self.weights == "file" else None)


class Blocks(Params):
    """Accuracy, size and time of the backbone cut at every block and layer."""

    HOME: ClassVar[str] = "transfer_sections"

    data: DataName = "digits"
    backbone: BackboneName = "small_digits"
    dtypes: list[Literal["float32", "float16"]] = Field(
        ["float32", "float16"], min_length=1, description="precisions"
    )
    encoder: EncoderName = "positive"
    n_components: int = Field(1024, ge=1, le=2**24, description="components of the projection")
    engine: Literal["structured", "dense", "blocked", "lightonml"] = Field("structured", description="engine")
    per_class: int | None = Field(None, ge=1, description="training pictures of a class, null for all")
    test_share: Share = 0.3
    source_epochs: int = Field(15, ge=1, le=500, description="epochs on the other half of the classes")
    modern_epochs: int = Field(10, ge=1, le=500, description="epochs of the fine-tuned reference")
    draws: Draws = 3

    SMOKE: ClassVar[dict[str, Any]] = {
        "per_class": 40,
        "source_epochs": 2,
        "modern_epochs": 1,
        "n_components": 256,
        "draws": 2,
    }
    LONG: ClassVar[dict[str, Any]] = {
        "data": "cifar10_subset",
        "backbone": "small_cifar",
        "n_components": 4096,
        "source_epochs": 20,
        "modern_epochs": 8,
        "draws": 2,
    }
    PAPER = None  # the published sweep is of DenseNet169 with weights that are not distributed with it

    def data_digests(self) -> dict[str, str]:
        """The data set; nothing for one that is not there."""
        return picture_digests(self.data, None)


def picture_digests(data: str, weights: str | None) -> dict[str, str]:
    """Digests of a data set and of a weight file, as far as the user has named them."""
    found = {"digits": embedded.digest("digits")} if data == "digits" else {}
    for name in (data, weights):
        if name and name != "digits" and (place := places.folder(name)):
            found[name] = places.manifest_digest(place)
    return found


SECTIONS: dict[str, type[Params]] = {
    "learning_curves": LearningCurves,
    "encoding": Encoding,
    "transfer": Transfer,
    "blocks": Blocks,
}
