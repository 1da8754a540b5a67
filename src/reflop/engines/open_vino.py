"""OpenVINO on the processor: float32, bfloat16 where built in, int8 quantised by NNCF.

Its own default precision is bfloat16 wherever the processor has it, so the hint is always set, and read back.
"""

from __future__ import annotations

import hashlib
import logging
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from reflop.engines import kept, onnx_files
from reflop.engines.session import Described, Session
from reflop.errors import Unavailable

HINTS = {"float32": "f32", "bfloat16": "bf16"}
FACTS = {"hint": "INFERENCE_PRECISION_HINT", "streams": "NUM_STREAMS", "threads": "INFERENCE_NUM_THREADS"}
PRODUCTS = ("Convolution", "GroupConvolution", "FullyConnected", "MatMul")


def prepare(
    model: nn.Module | Path,
    example: Tensor,
    precision: str,
    *,
    threads: int | None,
    calibration: Sequence[Tensor],
    store: Path | None = None,
    **_: Any,
) -> Session:
    """Exported, quantised if asked for, and compiled for throughput: one stream on each core, any batch size.

    What int8 leaves in floating point runs in bfloat16 where the processor has it.

    Raises:
        Unavailable: bfloat16 on a processor without it.
    """
    core = _core()
    has_bfloat16 = "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    if precision == "bfloat16" and not has_bfloat16:
        raise Unavailable(what="openvino in bfloat16", expected="a processor that has it", found="none")
    content = kept.exported(model, example, store)
    with onnx_files.told_by("OpenVINO"):
        network = core.read_model(content)
    if precision == "int8":
        network = _quantised(core, content, calibration, store)
    hint = HINTS.get(precision, "bf16" if has_bfloat16 else "f32")
    config: dict[str, Any] = {"INFERENCE_PRECISION_HINT": hint, "PERFORMANCE_HINT": "THROUGHPUT"}
    if threads:
        config["INFERENCE_NUM_THREADS"] = threads
    compiled = core.compile_model(network, "CPU", config)

    def run(batch: Tensor) -> Tensor:
        return torch.from_numpy(compiled(batch.numpy())[0].copy())

    given = network.inputs[0].partial_shape[0]
    return Session(
        "openvino", precision, run, partial(_described, compiled), partial(_overlapped, compiled),
        in_flight=_requests(compiled) + 1, batch=None if given.is_dynamic else given.get_length(),
    )  # fmt: skip


@cache
def _core() -> Any:
    """The runtime, one for the whole process.

    Each lends the process a stack for signal handlers and takes it back when it goes; with a second one between, the
    process is left without any, and dies of the next Ctrl-C.
    """
    import openvino

    return openvino.Core()


def _quantised(core: Any, content: bytes, calibration: Sequence[Tensor], store: Path | None) -> Any:
    """The network quantised by NNCF; kept as OpenVINO's two files in one."""

    def make(folder: Path) -> bytes:
        logging.getLogger("torch.utils.cpp_extension").setLevel(logging.ERROR)  # no CUDA: nobody asked
        import nncf
        import openvino
        import rich

        nncf.set_log_level("ERROR")
        batches = nncf.Dataset([batch.numpy() for batch in calibration])
        rich.reconfigure(quiet=True, force_jupyter=False)  # its progress bars
        try:
            found = nncf.quantize(core.read_model(content), batches, subset_size=len(calibration))
        finally:
            rich.reconfigure()
        openvino.save_model(found, folder / "network.xml", compress_to_fp16=False)
        graph, weights = ((folder / f"network.{kind}").read_bytes() for kind in ("xml", "bin"))
        return len(graph).to_bytes(8, "little") + graph + weights

    follows = [hashlib.sha256(content).hexdigest(), kept.calibration_digest(calibration)]
    both = kept.made("nncf", make, store, follows)
    size = 8 + int.from_bytes(both[:8], "little")
    return core.read_model(both[8:size], both[size:])


def _overlapped(compiled: Any, batches: Iterable[Tensor]) -> Iterator[Tensor]:
    """As many requests in flight as the runtime finds best; results in order."""
    free = deque(compiled.create_infer_request() for _ in range(_requests(compiled)))
    flying: deque[Any] = deque()

    def land() -> Tensor:
        request = flying.popleft()
        request.wait()
        free.append(request)
        return torch.from_numpy(request.get_output_tensor().data.copy())

    for batch in batches:
        if not free:
            yield land()
        flying.append(free.popleft())
        flying[-1].start_async(
            [batch.numpy()], share_inputs=True
        )  # else it copies into the memory shared last
    while flying:
        yield land()


def _requests(compiled: Any) -> int:
    return int(compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS"))


def _described(compiled: Any) -> Described:
    """Type of every product in the compiled graph."""
    import openvino

    nodes = [node.get_rt_info() for node in compiled.get_runtime_model().get_ops()]
    told = [{key: str(node[key].value if hasattr(node[key], "value") else node[key])
             for key in ("layerType", "runtimePrecision") if key in node} for node in nodes]  # fmt: skip
    types = [node["runtimePrecision"] for node in told if node.get("layerType") in PRODUCTS]
    facts = {name: str(compiled.get_property(key)) for name, key in FACTS.items()}
    return Described.of(types, version=openvino.get_version(), **facts)
