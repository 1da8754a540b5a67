"""TensorRT up to the plan and around its run, against a stand-in of each of its versions."""

import sys
from pathlib import Path

import onnx
import onnxruntime
import pytest
import torch
from torch import Tensor, nn

from reflop.engines import ENGINES, export, kept, tensorrt
from reflop.errors import RunFailed, Unavailable
from reflop.models.pixels import FromPixels
from tests.engines.stub_tensorrt import Stub
from tests.engines.without_gpu import pretend

VERSIONS = ["10.16.1", "11.4.0.106"]


@pytest.fixture(scope="module")
def model() -> nn.Module:
    """A small network that takes pixels."""
    torch.manual_seed(0)
    layers = [nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 36, 2)]
    return FromPixels(nn.Sequential(*layers)).eval()


@pytest.fixture(scope="module")
def batches() -> list[Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [torch.randint(256, (4, 8, 8, 3), dtype=torch.uint8, generator=generator) for _ in range(4)]


@pytest.fixture(scope="module")
def content(model: nn.Module, batches: list[Tensor]) -> bytes:
    return kept.exported(model, batches[0], None)


@pytest.fixture
def stub(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Stub:
    return installed(monkeypatch, Stub(getattr(request, "param", VERSIONS[-1])))


def installed(monkeypatch: pytest.MonkeyPatch, stub: Stub) -> Stub:
    """This package is there, and a GPU."""
    pretend(monkeypatch, tensorrt)
    monkeypatch.setitem(sys.modules, "tensorrt", stub)  # type: ignore[arg-type]
    return stub


def test_on_a_gpu(model: nn.Module, batches: list[Tensor]) -> None:
    if reason := ENGINES["tensorrt"].available():
        pytest.skip(reason)
    with torch.inference_mode():
        expected = model(batches[1])
    for precision, tolerance in (("float32", 1e-4), ("float16", 1e-2), ("int8", 0.2)):
        session = ENGINES["tensorrt"].prepare(model, batches[0], precision, calibration=batches)
        found = session.run(batches[1])
        assert float((found - expected).norm() / expected.norm()) < tolerance
        assert session.describe().precision == precision


@pytest.mark.parametrize("stub", VERSIONS, indirect=True)
def test_calls_in_the_order_of_both_versions(stub: Stub, model: nn.Module, batches: list[Tensor]) -> None:
    session = tensorrt.prepare(model, batches[0], "float32")
    profile = (1, 8, 8, 3), (4, 8, 8, 3), (4, 8, 8, 3)
    assert stub.log["profile"] == profile
    assert stub.calls == [
        "builder", "network", "parse", "config", "workspace", "no TF32", "set shape", "add profile", "build",
        "runtime", "load", "context",
    ]  # fmt: skip
    assert (session.batch, session.in_flight) == (None, 2)
    told = session.describe()
    assert (told.precision, told.kernels) == ("float32", {"float32": 2})
    assert told.facts["version"] == stub.__version__


def test_every_batch_size_and_the_order_of_a_stream(
    stub: Stub, model: nn.Module, batches: list[Tensor]
) -> None:
    session = tensorrt.prepare(model, batches[0], "float32")
    given = [batches[0], batches[1][:3], torch.cat(batches)[:9], batches[2], batches[3][:1]]
    for found in ([session.run(batch) for batch in given], list(session.stream(iter(given)))):
        for logits, batch in zip(found, given, strict=True):
            assert torch.equal(logits[:, 0], batch.flatten(1).sum(1).float())
        assert [logits[:, 1].tolist() for logits in found[:3]] == [
            [4] * 4,
            [3] * 3,
            [4] * 8 + [1],
        ]  # in parts


def test_a_file_with_a_fixed_batch_has_no_profile(
    stub: Stub, model: nn.Module, batches: list[Tensor], tmp_path: Path
) -> None:
    path = export.onnx_file(model, batches[0], tmp_path / "n.onnx", dynamic=False)
    session = tensorrt.prepare(path, batches[0], "float32")
    assert session.batch == 4
    assert "profile" not in stub.log


@pytest.mark.parametrize("version", VERSIONS)
def test_what_the_parser_says_is_told(version: str, content: bytes) -> None:
    with pytest.raises(RunFailed, match="node 0: no importer; node 1: no importer"):
        tensorrt.build(Stub(version, parses=False), content, (4, 8, 8, 3))
    with pytest.raises(RunFailed, match="expected a plan, found nothing"):
        tensorrt.build(Stub(version, builds=False), content, (4, 8, 8, 3))


def test_plan_is_kept_for_one_network_version_gpu_and_batch(content: bytes, tmp_path: Path) -> None:
    stub, store = Stub("11.4.0"), tmp_path / "store"
    other = onnx.load_model_from_string(content)
    other.producer_name = "another"
    asked = [
        (stub, content, (4, 8, 8, 3), (9, 0)),
        (stub, other.SerializeToString(), (4, 8, 8, 3), (9, 0)),
        (Stub("10.16.1"), content, (4, 8, 8, 3), (9, 0)),
        (stub, content, (8, 8, 8, 3), (9, 0)),
        (stub, content, (4, 8, 8, 3), (8, 9)),
    ]
    plans = [tensorrt.planned(*one, store) for one in asked]
    built = stub.calls.count("build")
    assert (built, len(list(store.iterdir()))) == (4, 5)
    assert [tensorrt.planned(*one, store) for one in asked] == plans
    assert stub.calls.count("build") == built


def test_plan_that_does_not_load(stub: Stub, model: nn.Module, batches: list[Tensor]) -> None:
    stub._engine = lambda: None  # type: ignore[method-assign]
    with pytest.raises(RunFailed, match="one that it does not load"):
        tensorrt.prepare(model, batches[0], "float32")


def logits(content: bytes, batch: Tensor) -> Tensor:
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    return torch.from_numpy(session.run(None, {"input": batch.numpy()})[0])


def test_float16_is_in_the_file(content: bytes, batches: list[Tensor], tmp_path: Path) -> None:
    half = tensorrt.typed(content, "float16", (), tmp_path)
    graph = onnx.load_model_from_string(half).graph
    assert onnx.TensorProto.FLOAT not in {tensor.data_type for tensor in graph.initializer}
    assert tensorrt._described(half).kernels == {"float16": 2}
    assert graph.input[0].type.tensor_type.elem_type == onnx.TensorProto.UINT8
    found, wanted = logits(half, batches[0]), logits(content, batches[0])
    assert 0 < float((found - wanted).norm() / wanted.norm()) < 0.01
    assert tensorrt.typed(content, "float16", (), tmp_path) == half
    assert tensorrt.typed(content, "float32", (), tmp_path) == content


def test_int8_is_symmetric_and_its_biases_are_not_quantised(content: bytes, batches: list[Tensor]) -> None:
    quantised = tensorrt.typed(content, "int8", batches, None)
    graph = onnx.load_model_from_string(quantised).graph
    numbers = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    nodes = [node for node in graph.node if node.op_type in {"QuantizeLinear", "DequantizeLinear"}]
    zeros = [numbers[node.input[2]] for node in nodes]
    assert zeros
    assert all(zero.dtype == "int8" and not zero.any() for zero in zeros)
    assert "int32" not in {str(array.dtype) for array in numbers.values()}
    assert tensorrt._described(quantised).kernels == {"int8": 2}
    found, wanted = logits(quantised, batches[0]), logits(content, batches[0])
    assert 0 < float((found - wanted).norm() / wanted.norm()) < 0.2


@pytest.mark.parametrize("error", [ImportError, OSError])
def test_package_that_breaks_when_imported(error: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    class Breaks:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "tensorrt":
                message = "libnvonnxparser.so.11: cannot open shared object file\nand more"
                raise error(message)

    monkeypatch.delitem(sys.modules, "tensorrt", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Breaks(), *sys.meta_path])
    with pytest.raises(Unavailable, match=r"engine tensorrt: found libnvonnxparser.*file$"):
        tensorrt.library()


def test_package_that_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorrt", Stub("8.6.1"))  # type: ignore[arg-type]
    with pytest.raises(Unavailable, match=r"10 or newer, found 8\.6\.1"):
        tensorrt.library()
