"""A stand-in for the package `tensorrt`: records its calls, and refuses what the two versions would refuse.

Its plan is a digest of the network; its engine gives, for every picture, the sum of its bytes and the batch size.
"""

import ctypes
import hashlib
from collections.abc import Iterable
from importlib.machinery import ModuleSpec
from types import SimpleNamespace
from typing import Any

import onnx


class Enum(int):
    """A member of an enumeration, with its name."""

    name: str


def members(*names: str) -> SimpleNamespace:
    """An enumeration."""
    found = {name: Enum(number) for number, name in enumerate(names)}
    for name, member in found.items():
        member.name = name
    return SimpleNamespace(**found)


class Stub:
    """The package of one version; `parses` and `builds` say how far it gets."""

    def __init__(self, version: str, *, parses: bool = True, builds: bool = True) -> None:
        self.__version__, self.parses, self.builds = version, parses, builds
        self.__spec__ = ModuleSpec("tensorrt", None)  # what looks whether the package is there asks for it
        self.calls: list[str] = []
        self.log: dict[str, Any] = {}
        eleven = version.startswith("11")
        flags = ("EXPLICIT_BATCH", "STRONGLY_TYPED")
        if not eleven:  # version 11 has no such flag
            self.NetworkDefinitionCreationFlag = members(*flags)
        self.BuilderFlag = members("TF32") if eleven else members("FP16", "INT8", "TF32")
        self.MemoryPoolType = members("WORKSPACE")
        self.TensorIOMode = members("INPUT", "OUTPUT")
        self.types = members("FLOAT", "HALF")
        self.Logger = type("Logger", (), {"ERROR": 1, "__init__": lambda self, level: None})
        self.flags = 0 if eleven else 2

    def told(self, call: str, after: Iterable[str] = ()) -> None:
        """Note a call that has to come after others."""
        assert set(after) <= set(self.calls), f"{call} before {set(after) - set(self.calls)}"
        self.calls.append(call)

    def Builder(self, logger: Any) -> Any:
        self.told("builder")

        def create_network(flags: int) -> Any:
            self.told("network", ["builder"])
            assert flags == self.flags
            return SimpleNamespace(model=None)

        def build(network: Any, config: Any) -> bytes | None:
            self.told("build", ["parse", "config", "workspace", "no TF32"])
            if network.get_input(0).shape[0] == -1:
                assert "add profile" in self.calls
            return b"plan" + hashlib.sha256(network.content).digest() if self.builds else None

        return SimpleNamespace(
            create_network=create_network,
            create_builder_config=self._config,
            create_optimization_profile=lambda: SimpleNamespace(set_shape=self._set_shape),
            build_serialized_network=build,
        )

    def OnnxParser(self, network: Any, logger: Any) -> Any:
        def parse(content: bytes) -> bool:
            self.told("parse", ["network"])
            if not self.parses:
                return False
            network.content = content
            given = onnx.load_model_from_string(content).graph.input[0]
            shape = tuple(d.dim_value or -1 for d in given.type.tensor_type.shape.dim)
            network.get_input = lambda _: SimpleNamespace(name=given.name, shape=shape)
            self.log |= {"input": given.name, "declared": shape}
            return True

        return SimpleNamespace(
            parse=parse, num_errors=2, get_error=lambda i: f"node {i}: no importer", network=network
        )

    def _config(self) -> Any:
        self.told("config", ["builder"])
        return SimpleNamespace(
            set_memory_pool_limit=lambda pool, size: self.told("workspace", ["config"]),
            clear_flag=lambda flag: self.told(f"no {flag.name}", ["config"]),
            add_optimization_profile=lambda profile: self.told("add profile", ["set shape"]),
        )

    def _set_shape(self, name: str, *shapes: tuple[int, ...]) -> None:
        self.told("set shape", ["parse"])
        assert name == self.log["input"]
        self.log["profile"] = shapes

    def Runtime(self, logger: Any) -> Any:
        self.told("runtime")

        def load(plan: bytes) -> Any:
            self.told("load", ["runtime"])
            return self._engine() if plan.startswith(b"plan") and len(plan) == 36 else None

        return SimpleNamespace(deserialize_cuda_engine=load)

    def _engine(self) -> Any:
        names = [self.log.get("input", "input"), "logits"]
        modes = dict(zip(names, [self.TensorIOMode.INPUT, self.TensorIOMode.OUTPUT], strict=True))
        return SimpleNamespace(
            num_io_tensors=2, get_tensor_name=names.__getitem__, get_tensor_mode=modes.__getitem__,
            get_tensor_dtype=lambda _: self.types.FLOAT, get_tensor_shape=lambda _: self.log.get("declared", (-1,)),
            create_execution_context=self._context,
        )  # fmt: skip

    def _context(self) -> Any:
        self.told("context", ["load"])
        shape: list[int] = []
        addresses: dict[str, int] = {}

        def set_input_shape(name: str, given: tuple[int, ...]) -> None:
            if "profile" in self.log:
                assert given[0] <= self.log["profile"][2][0]  # it refuses what its profile does not cover
            addresses.clear()
            shape[:] = given

        def execute(stream: int) -> bool:
            size = shape[1] * shape[2] * shape[3]
            pixels = (ctypes.c_uint8 * (shape[0] * size)).from_address(
                addresses[self.log.get("input", "input")]
            )
            logits = (ctypes.c_float * (shape[0] * 2)).from_address(addresses["logits"])
            for i in range(shape[0]):
                logits[2 * i], logits[2 * i + 1] = sum(pixels[i * size : (i + 1) * size]), shape[0]
            return True

        return SimpleNamespace(
            set_input_shape=set_input_shape, set_tensor_address=addresses.__setitem__,
            get_tensor_shape=lambda _: (shape[0], 2), execute_async_v3=execute,
        )  # fmt: skip
