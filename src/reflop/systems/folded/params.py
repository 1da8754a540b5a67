"""Parameters of the folded sections; importing this loads no torch."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from reflop.data import embedded
from reflop.params import Params

TITLE = "Folded networks"
SOURCE = "Kosaian et al., FoldedCNNs, ICML 2021"

GameName = Literal[
    "lol/goldnumber-fraction", "lol/goldnumber-int", "lol/timer-minutes", "apex/squad_count_v2",
    "sot/coin_count-digits_3_4-v2", "sot/timer3",
]  # fmt: skip
GAMES: list[str] = list(GameName.__args__)  # type: ignore[attr-defined]
NetworkName = Literal[
    "lol/goldnumber-fraction", "lol/goldnumber-int", "lol/timer-minutes", "apex/squad_count_v2",
    "sot/coin_count-digits_3_4-v2", "sot/timer3", "noscope_coral", "noscope_night", "noscope_roundabout",
    "noscope_taipei", "cifar10_resnet18", "cifar100_resnet18",
]  # fmt: skip
TEN: list[str] = list(NetworkName.__args__)[:10]  # type: ignore[attr-defined]  # of the inference study
VIDEOS = TEN[6:]
RecipeName = Literal[
    "published", "flat", "cycle", "cycle_norm", "normalised", "distilled", "started", "alike", "apart",
    "narrow", "grown",
]  # fmt: skip
VideoName = Literal["coral", "night", "roundabout", "taipei"]
Fold = Annotated[int, Field(ge=1, le=64, description="images stacked along the channels")]
FrameCount = Annotated[int, Field(ge=64, le=10**7)]
BatchSize = Annotated[int, Field(ge=1, le=65_536, description="images of a call")]
Device = Annotated[str, Field(pattern=r"^(cpu|cuda(:\d+)?)$", description="where the networks run")]
Contender = Annotated[str, Field(pattern=r"^[a-z_]+-(float32|float16|bfloat16|int8)$")]


def _frames() -> dict[str, str]:
    return {"photographs": embedded.digest("photographs")}


class Arithmetic(Params):
    """Operations, parameters and arithmetic intensity of every published network at every fold; nothing runs."""

    folds: list[Fold] = Field([1, 2, 3, 4], min_length=1, description="folds counted")
    batch: int = Field(1024, ge=1, le=10**9, description="images of a batch")
    bytes_per_element: int = Field(2, ge=1, le=8, description="bytes of a number; 2 is float16")

    HOME: ClassVar[str] = "arithmetic"
    SMOKE: ClassVar[dict[str, Any]] = {"batch": 256}


class Timed(Params):
    """What is timed in turns: contenders, each with calls of some sizes."""

    contenders: list[Contender] = Field(min_length=1, description="engine-precision")
    batches: list[BatchSize] = Field([16, 256], min_length=1, description="images of a call")
    images: int = Field(
        512, ge=1, le=10**7, description="images of one timed turn, rounded up to whole batches"
    )
    rounds: int = Field(7, ge=3, le=100, description="turns of every contender, interleaved")
    device: Device = "cpu"


class Throughput(Timed):
    """Images per second of folded networks behind every engine, in large and small batches."""

    networks: list[NetworkName] = Field(["lol/goldnumber-fraction"], min_length=1, description="networks")
    folds: list[Fold] = Field([1, 2, 4], min_length=1, description="folds compared")
    contenders: list[Contender] = Field(
        ["torch_nchw-float32", "torch-float32", "torch-bfloat16", "onnxruntime-float32", "openvino-float32",
         "openvino-bfloat16"],
        min_length=1, description="engine-precision; torch_nchw is eager PyTorch with channels first",
    )  # fmt: skip

    HOME: ClassVar[str] = "throughput"
    SMOKE: ClassVar[dict[str, Any]] = {
        "networks": ["apex/squad_count_v2"], "folds": [1, 4], "contenders": ["torch-float32", "openvino-float32"],
        "batches": [16], "images": 32, "rounds": 3,
    }  # fmt: skip
    LONG: ClassVar[dict[str, Any]] = {
        "networks": TEN, "folds": [1, 2, 3, 4], "rounds": 5,
        "contenders": ["torch_nchw-float32", "torch-float32", "torch-bfloat16", "onnxruntime-float32",
                       "onnxruntime-int8", "openvino-float32", "openvino-bfloat16", "openvino-int8"],
    }  # fmt: skip


class Ladder(Timed):
    """A trained task behind every engine, rung by rung: images per second, and what of its accuracy is left."""

    task: GameName = Field("lol/goldnumber-fraction", description="score board")
    folds: list[Fold] = Field([1, 4], min_length=1, description="folds trained and compared")
    contenders: list[Contender] = Field(
        ["torch_nchw-float32", "torch-float32", "torch-bfloat16", "onnxruntime-float32", "onnxruntime-int8",
         "openvino-float32", "openvino-bfloat16", "openvino-int8"],
        min_length=1, description="engine-precision, slowest first",
    )  # fmt: skip
    n_train: FrameCount = Field(4000, description="training frames")
    n_validation: FrameCount = Field(2000, description="frames that the engines answer")
    epochs: int = Field(9, ge=1, le=10_000, description="passes over the training frames")

    HOME: ClassVar[str] = "ladder"
    SMOKE: ClassVar[dict[str, Any]] = {
        "contenders": ["torch_nchw-float32", "torch-float32", "openvino-float32"], "batches": [16], "images": 32,
        "rounds": 3, "n_train": 320, "n_validation": 240, "epochs": 3,
    }  # fmt: skip
    BOOK: ClassVar[dict[str, Any]] = {"rounds": 5, "n_train": 3000, "n_validation": 1000, "epochs": 6}
    LONG: ClassVar[dict[str, Any]] = {
        "batches": [8, 16, 64, 1024], "images": 1024, "n_train": 20_000, "n_validation": 5000, "epochs": 12,
        "rounds": 15,
    }  # fmt: skip

    def data_digests(self) -> dict[str, str]:
        """The photographs behind the counters."""
        return _frames()


class Training(Params):
    """A game network trained on counter frames, at every fold with the same frames, and tested once."""

    task: GameName = Field("apex/squad_count_v2", description="score board")
    folds: list[Fold] = Field([1, 2, 4], min_length=1, description="folds trained")
    recipe: RecipeName = Field(
        "grown", description="way of training, of those without a teacher, see folded.ablation"
    )
    n_train: FrameCount = Field(5000, description="training frames")
    n_test: FrameCount = Field(2000, description="test frames")
    epochs: int = Field(8, ge=1, le=10_000, description="passes over the training frames")
    seeds: int = Field(1, ge=1, le=100, description="trainings of each, from different seeds")

    HOME: ClassVar[str] = "training"
    SMOKE: ClassVar[dict[str, Any]] = {"folds": [1, 2], "n_train": 640, "n_test": 240, "epochs": 1}
    LONG: ClassVar[dict[str, Any]] = {
        "folds": [1, 2, 3, 4],
        "n_train": 20_000,
        "n_test": 5000,
        "epochs": 12,
        "seed": 2,  # frames that were not looked at while ways of training were tried
    }

    def data_digests(self) -> dict[str, str]:
        """The photographs behind the counters."""
        return _frames()


class Ablation(Params):
    """Ways of training a folded network, each a few points from the next."""

    task: GameName = Field("apex/squad_count_v2", description="score board")
    folds: list[Fold] = Field([4], min_length=1, description="folds trained, beside 1")
    recipes: list[RecipeName] = Field(
        list(RecipeName.__args__),  # type: ignore[attr-defined]
        min_length=1,
        description="ways of training",
    )
    n_train: FrameCount = Field(10_000, description="training frames")
    n_validation: FrameCount = Field(2000, description="validation frames, by which ways are ranked")
    epochs: int = Field(12, ge=1, le=10_000, description="passes over the training frames")
    seeds: int = Field(3, ge=1, le=100, description="trainings of each, from different seeds")

    HOME: ClassVar[str] = "training"
    SMOKE: ClassVar[dict[str, Any]] = {
        "folds": [2], "recipes": ["published", "grown", "distilled"], "n_train": 320,
        "n_validation": 240, "epochs": 1, "seeds": 2,
    }  # fmt: skip
    BOOK: ClassVar[dict[str, Any]] = {
        "recipes": ["published", "normalised", "grown"], "n_train": 2500, "epochs": 8, "seeds": 1,
    }  # fmt: skip
    LONG: ClassVar[dict[str, Any]] = {"n_validation": 5000}

    def data_digests(self) -> dict[str, str]:
        """The photographs behind the counters."""
        return _frames()


class NoScope(Params):
    """A video detector at every fold: a clip of fixed-camera frames parted in time, learned, and served in order."""

    video: VideoName = Field("night", description="network, object and parts of the published study")
    folds: list[Fold] = Field([1, 2, 4], min_length=1, description="folds trained and served")
    n_frames: int = Field(
        12_000, ge=960, le=10**7, description="frames of the clip, of which each part is a share"
    )
    epochs: int = Field(6, ge=1, le=10_000, description="passes over the training frames")
    n_served: int = Field(128, ge=1, le=10**6, description="frames of one timed turn, at most the test part")
    rounds: int = Field(7, ge=3, le=100, description="timed turns of every fold, interleaved")

    HOME: ClassVar[str] = "video"
    SMOKE: ClassVar[dict[str, Any]] = {
        "folds": [1, 2],
        "n_frames": 2400,
        "epochs": 6,
        "n_served": 32,
        "rounds": 3,
    }
    LONG: ClassVar[dict[str, Any]] = {
        "n_frames": 24_000,
        "n_served": 512,
    }

    def data_digests(self) -> dict[str, str]:
        """The photographs behind the street."""
        return _frames()


SECTIONS: dict[str, type[Params]] = {
    "arithmetic": Arithmetic,
    "throughput": Throughput,
    "ladder": Ladder,
    "training": Training,
    "ablation": Ablation,
    "noscope": NoScope,
}
