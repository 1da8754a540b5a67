"""Parameters of the bulk sections; importing this loads no torch."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from reflop.data import embedded
from reflop.params import Params

TITLE = "Bulk inference"
SOURCE = "Graphcore, ResNeXt-101 bulk inference (2019 to 2023); Xie et al., CVPR 2017"
GATE = 0.99  # of float32's accuracy: MLPerf Inference, offline scenario, ResNet-50

ModelName = Literal[
    "resnext_small", "resnext50_32x4d", "resnext101_32x4d", "resnext101_32x8d", "resnext101_64x4d"
]
Contender = Annotated[str, Field(pattern=r"^[a-z_]+-(float32|float16|bfloat16|int8)$")]
ALL = "engine-precision, one by one; none: all that the device has"
QUICK = [  # all of the processor but torch_compile, whose compilations take as long as all the rest
    "torch-float32", "torch-bfloat16", "onnxruntime-float32", "onnxruntime-int8",
    "openvino-float32", "openvino-bfloat16", "openvino-int8",
]  # fmt: skip
Device = Annotated[str, Field(pattern=r"^(cpu|cuda(:\d+)?)$", description="where the network runs")]
BatchSize = Annotated[int, Field(ge=1, le=4096, description="pictures of a batch")]
PictureCount = Annotated[int, Field(ge=1, le=10**7)]


def _scenes() -> dict[str, str]:
    return {name: embedded.digest(name) for name in ("digits", "photographs")}


class Throughput(Params):
    """Pictures per second of every engine, precision and batch size, nothing but the network running."""

    model: ModelName = Field("resnext_small", description="network")
    contenders: list[Contender] = Field([], description=ALL)
    batch_sizes: list[BatchSize] = Field([1, 4, 16, 64], min_length=1, description="batch sizes compared")
    images: PictureCount = Field(64, description="pictures of one timed turn, rounded up to whole batches")
    rounds: int = Field(7, ge=3, le=100, description="turns of every contender, interleaved")
    device: Device = "cpu"

    HOME: ClassVar[str] = "throughput"
    BOOK: ClassVar[dict[str, Any]] = {"contenders": QUICK}
    SMOKE: ClassVar[dict[str, Any]] = {
        "contenders": ["torch-float32", "onnxruntime-float32", "openvino-float32"],
        "batch_sizes": [4],
        "images": 8,
        "rounds": 3,
    }
    LONG: ClassVar[dict[str, Any]] = {
        "model": "resnext101_32x4d",
        "batch_sizes": [1, 6, 16],
        "images": 18,
        "rounds": 7,
    }
    PAPER: ClassVar[dict[str, Any]] = {  # the first public version, on one processor
        "model": "resnext101_32x4d",
        "contenders": ["ipu-float16"],
        "batch_sizes": [6],
        "images": 9000,
    }


class Training(Params):
    """The small ResNeXt on digit scenes: trained here, so that its accuracy in each precision is a real figure."""

    n_train: PictureCount = Field(3000, description="training scenes")
    n_test: PictureCount = Field(500, description="test scenes")
    epochs: int = Field(3, ge=1, le=1000, description="passes over the training scenes")
    batch_size: BatchSize = 32
    learning_rate: float = Field(0.05, gt=0, le=10, description="largest rate of the one cycle")

    HOME: ClassVar[str] = "training"
    SMOKE: ClassVar[dict[str, Any]] = {"n_train": 128, "n_test": 64, "epochs": 1}
    BOOK: ClassVar[dict[str, Any]] = {"batch_size": 16, "learning_rate": 0.02}  # more, smaller steps
    LONG: ClassVar[dict[str, Any]] = {"n_train": 24_000, "n_test": 2000, "epochs": 6}
    PAPER = None  # the source ships no training

    def data_digests(self) -> dict[str, str]:
        """What the scenes are made of, as scikit-learn ships it."""
        return _scenes()


class Precision(Params):
    """What each engine and precision does to the answers of a trained network."""

    model: ModelName = Field("resnext_small", description="network, trained by this project")
    contenders: list[Contender] = Field([], description=ALL)
    n_calibration: PictureCount = Field(64, description="scenes that int8 takes its ranges from")
    n_test: PictureCount = Field(500, description="scenes judged")
    batch_size: BatchSize = 16
    device: Device = "cpu"

    HOME: ClassVar[str] = "precision"
    BOOK: ClassVar[dict[str, Any]] = {"contenders": QUICK}
    SMOKE: ClassVar[dict[str, Any]] = {
        "contenders": ["onnxruntime-float32", "onnxruntime-int8"],
        "n_calibration": 16,
        "n_test": 48,
    }
    LONG: ClassVar[dict[str, Any]] = {"n_test": 2000}
    PAPER = None  # the source stores no answer and knows no accuracy

    def data_digests(self) -> dict[str, str]:
        """What the scenes are made of, and the kept weights."""
        from reflop.systems.bulk import networks

        return _scenes() | networks.digests(self.model)


class Scaling(Params):
    """Processes and threads, decoding, and the way from files to answers beside the network alone."""

    model: ModelName = Field("resnext_small", description="network")
    contender: Contender = Field("openvino-float32", description="engine-precision")
    processes: list[Annotated[int, Field(ge=1, le=256)]] = Field(
        [1, 2], min_length=1, description="processes"
    )
    n_images: PictureCount = Field(256, description="JPEG files of 640 x 480 that are classified")
    batch_size: BatchSize = 16
    rounds: int = Field(3, ge=3, le=100, description="turns of every arrangement, interleaved")

    HOME: ClassVar[str] = "scaling"
    SMOKE: ClassVar[dict[str, Any]] = {"n_images": 32, "batch_size": 4, "processes": [1]}
    LONG: ClassVar[dict[str, Any]] = {
        "model": "resnext101_32x4d",
        "contender": "openvino-bfloat16",
        "n_images": 320,
        "rounds": 5,
    }
    PAPER: ClassVar[dict[str, Any]] = {  # eight processors, COCO val2014
        "model": "resnext101_32x4d",
        "contender": "ipu-float16",
        "processes": [8],
        "n_images": 40_504,
        "batch_size": 6,
    }

    def data_digests(self) -> dict[str, str]:
        """What the scenes are made of, and the kept weights."""
        from reflop.systems.bulk import networks

        return _scenes() | networks.digests(self.model)


class ExactlyOnce(Params):
    """Kill workers, damage files, start again: does every picture end as one row?"""

    n_images: PictureCount = Field(250, description="pictures, one of each kind of bad file among them")
    kills: int = Field(2, ge=0, le=20, description="times that a worker is killed")
    processes: int = Field(2, ge=1, le=64, description="processes")
    batch_size: BatchSize = 4

    HOME: ClassVar[str] = "exactly_once"
    SMOKE: ClassVar[dict[str, Any]] = {"n_images": 50, "kills": 1}
    LONG: ClassVar[dict[str, Any]] = {"n_images": 2003, "kills": 8}
    PAPER = None  # the source loses and repeats pictures (its faults 1 and 2); there is no claim to test

    def data_digests(self) -> dict[str, str]:
        """What the scenes are made of."""
        return _scenes()


SECTIONS: dict[str, type[Params]] = {
    "throughput": Throughput,
    "training": Training,
    "precision": Precision,
    "scaling": Scaling,
    "exactly_once": ExactlyOnce,
}
