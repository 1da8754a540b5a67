"""TensorRT on an NVIDIA GPU, versions 10 and 11: an ONNX file built into a plan for this GPU, and kept.

Networks are strongly typed, which is all that version 11 has left: the file says in which type every operation runs.
So float16 is a file of float16 weights, and int8 one with Q/DQ nodes, symmetric as TensorRT asks for. A plan is
machine code: one that is not byte for byte what was written from here before, by digests that are kept elsewhere, is
built again and never loaded.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from reflop import cache
from reflop.engines import kept, quantise
from reflop.engines.cuda import LANES, Landing, Lane, device_of, overlapped
from reflop.engines.session import Described, Session
from reflop.errors import RunFailed, Unavailable

WORKSPACE_BYTES = 4 * 2**30
OLDEST = 10
PRODUCTS = ("Conv", "Gemm", "MatMul")
OUTPUTS = {"FLOAT": torch.float32, "HALF": torch.float16, "BF16": torch.bfloat16}


def prepare(
    model: nn.Module | Path,
    example: Tensor,
    precision: str,
    *,
    calibration: Sequence[Tensor] = (),
    store: Path | None = None,
    device: str = "cuda",
    **_: Any,
) -> Session:
    """Exported, brought into `precision`, and built for this GPU, which takes minutes unless it is in `store`.

    For batches of up to the size of `example`; larger ones go in parts.

    Raises:
        Unavailable: no TensorRT that can be loaded, or no such GPU.
        RunFailed: TensorRT cannot read or build the network.
    """
    trt, place = library(), device_of(device)
    content = typed(kept.exported(model, example, store), precision, calibration, store)
    with torch.cuda.device(place):
        plan = planned(trt, content, tuple(example.shape), torch.cuda.get_device_capability(place), store)
        engine = trt.Runtime(trt.Logger(trt.Logger.ERROR)).deserialize_cuda_engine(plan)
        if engine is None:
            raise RunFailed(
                what="TensorRT", expected="a plan for this GPU", found="one that it does not load"
            )
        start, fixed = _start(trt, engine, example, place)
    told = partial(_described, content, version=trt.__version__, plan_bytes=str(len(plan)), device=device)
    return Session(
        "tensorrt", precision, lambda batch: start(batch, 0)(), told, partial(overlapped, start),
        in_flight=LANES, batch=fixed,
    )  # fmt: skip


def library() -> Any:
    """The package.

    Raises:
        Unavailable: it is absent, breaks when imported, or is older than version 10.
    """
    try:
        import tensorrt
    except (ImportError, OSError) as error:  # OSError: its shared libraries
        raise Unavailable(what="engine tensorrt", found=str(error).partition("\n")[0][:200]) from None
    if _major(tensorrt) < OLDEST:
        raise Unavailable(what="engine tensorrt", expected=f"{OLDEST} or newer", found=tensorrt.__version__)
    return tensorrt


def typed(content: bytes, precision: str, calibration: Sequence[Tensor], store: Path | None) -> bytes:
    """A float32 network with every operation in the type that it is to run in; input and output stay."""
    makers: dict[str, Callable[[Path], bytes]] = {
        "float16": lambda _: _half(content),
        "int8": lambda folder: _quantised(content, calibration, folder),
    }
    if precision not in makers:
        return content
    follows = [hashlib.sha256(content).hexdigest(), kept.calibration_digest(calibration)]
    return kept.made(f"tensorrt-{precision}", makers[precision], store, follows)


def planned(
    trt: Any, content: bytes, shape: tuple[int, ...], capability: tuple[int, int], store: Path | None
) -> bytes:
    """The plan of a network for batches (up to B, ...) of `shape`, kept for one version and one kind of GPU."""
    follows = [hashlib.sha256(content).hexdigest(), trt.__version__, capability, shape]
    return kept.made("plan", lambda _: build(trt, content, shape), store, follows, cache.place() / "plans")


def build(trt: Any, content: bytes, shape: tuple[int, ...]) -> bytes:
    """Parse and build.

    Raises:
        RunFailed: TensorRT cannot; in its parser's words, as far as it has some.
    """
    logger = trt.Logger(trt.Logger.ERROR)
    builder = trt.Builder(logger)
    # Version 11 has only strongly typed networks, and no flag for them.
    flags = 0 if _major(trt) > OLDEST else 1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED)
    network = builder.create_network(flags)
    parser = trt.OnnxParser(network, logger)
    if not parser.parse(content):
        errors = "; ".join(str(parser.get_error(i)) for i in range(parser.num_errors))
        raise RunFailed(what="TensorRT", expected="a network that it can parse", found=errors[:400])
    config = builder.create_builder_config()
    config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, WORKSPACE_BYTES)
    config.clear_flag(trt.BuilderFlag.TF32)  # float32 is to be float32
    given = network.get_input(0)
    if -1 in tuple(given.shape):
        profile = builder.create_optimization_profile()
        profile.set_shape(given.name, (1, *shape[1:]), shape, shape)  # smallest, best, largest
        config.add_optimization_profile(profile)
    plan = builder.build_serialized_network(network, config)
    if plan is None:
        raise RunFailed(what="TensorRT", expected="a plan", found="nothing; its log has the reason")
    return bytes(plan)


def _start(
    trt: Any, engine: Any, example: Tensor, place: torch.device
) -> tuple[Callable[[Tensor, int], Landing], int | None]:
    """What sends a batch through one of the lanes, and the batch size if the network fixes it."""
    names = [engine.get_tensor_name(i) for i in range(engine.num_io_tensors)]
    (source,) = [name for name in names if engine.get_tensor_mode(name) == trt.TensorIOMode.INPUT]
    results = {name: OUTPUTS[engine.get_tensor_dtype(name).name] for name in names if name != source}
    context = engine.create_execution_context()
    lanes = [Lane(example.contiguous(), place) for _ in range(LANES)]
    size = len(example)

    def compute(lane: Lane, given: Tensor) -> Tensor:
        for other in lanes:  # one context computes one batch at a time
            if other is not lane:
                lane.stream.wait_stream(other.stream)
        context.set_input_shape(source, tuple(given.shape))
        context.set_tensor_address(source, given.data_ptr())
        outputs = []
        for name, dtype in results.items():
            outputs.append(torch.empty(tuple(context.get_tensor_shape(name)), dtype=dtype, device=place))
            context.set_tensor_address(name, outputs[-1].data_ptr())
        if not context.execute_async_v3(lane.stream.cuda_stream):
            raise RunFailed(what="TensorRT", expected="a run", found="a refusal; its log has the reason")
        return outputs[0]

    def start(batch: Tensor, number: int) -> Landing:
        if len(batch) > size:
            parts = [start(part, number)() for part in batch.split(size)]
            return lambda: torch.cat(parts)
        return lanes[number].start(batch, partial(compute, lanes[number]))

    return start, None if engine.get_tensor_shape(source)[0] == -1 else size


def _half(content: bytes) -> bytes:
    """The network with weights and operations in float16."""
    import onnx
    from onnxruntime.transformers.float16 import convert_float_to_float16

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # every weight too small for float16 is told
        model = convert_float_to_float16(onnx.load_model_from_string(content), keep_io_types=True)
    return bytes(model.SerializeToString())


def _quantised(content: bytes, calibration: Sequence[Tensor], folder: Path) -> bytes:
    """The network with Q/DQ nodes, zero point 0, weights per output channel, biases in float32."""
    (folder / "network.onnx").write_bytes(content)
    return quantise.static(
        folder / "network.onnx", calibration, folder / "int8.onnx", symmetric=True
    ).read_bytes()


def _described(content: bytes, **facts: str) -> Described:
    """The type of every product as the file has it; in a strongly typed network there is no other."""
    import onnx

    graph = onnx.load_model_from_string(content).graph
    weights = {tensor.name: onnx.TensorProto.DataType.Name(tensor.data_type) for tensor in graph.initializer}
    dequantised = {name for node in graph.node if node.op_type == "DequantizeLinear" for name in node.output}
    products = [node for node in graph.node if node.op_type in PRODUCTS]
    names = {"FLOAT": "float32", "FLOAT16": "float16", "BFLOAT16": "bfloat16"}
    types = [
        "int8" if dequantised >= set(node.input[:2]) else names.get(weights.get(node.input[1], ""), "unknown")
        for node in products
    ]
    return Described.of(types, **facts)


def _major(trt: Any) -> int:
    return int(trt.__version__.partition(".")[0])
