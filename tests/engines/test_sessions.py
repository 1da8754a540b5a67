"""Every engine computes what PyTorch computes, in the precision it says it runs in."""

import pytest
import torch
from torch import nn

from reflop.engines import ENGINES, contenders, export
from reflop.errors import BadParams, RunFailed, Unavailable
from reflop.models import small_cnn
from reflop.models.pixels import FromPixels

TOLERANCE = {
    "float32": 1e-5,
    "bfloat16": 0.05,
    "int8": 0.2,
}  # relative error of the logits of one small network
RUNNABLE = [
    (name, precision)
    for name, engine in ENGINES.items()
    for precision in engine.precisions
    if engine.device == "cpu" and name != "torch_compile"
]


@pytest.fixture(scope="module")
def network():
    """A small residual network whose running statistics fit its inputs, and pictures for it."""
    generator = torch.Generator().manual_seed(0)
    model = small_cnn.build("small_digits", seed=1)
    batches = [torch.randn(16, 1, 8, 8, generator=generator) for _ in range(9)]
    model.train()
    with torch.no_grad():
        for batch in batches:
            model(batch)
    return model.eval(), batches


def relative_error(found, expected):
    return float((found - expected).norm() / expected.norm())


@pytest.mark.parametrize(("name", "precision"), RUNNABLE)
def test_same_logits_and_stated_precision(network, name, precision):
    model, batches = network
    engine = ENGINES[name]
    if reason := engine.available():
        pytest.skip(reason)
    try:
        session = engine.prepare(model, batches[0][:4], precision, threads=1, calibration=batches[1:])
    except Unavailable as missing:
        pytest.skip(str(missing))
    with torch.inference_mode():
        expected = model(batches[0])
    found = session.run(batches[0])
    assert found.dtype == torch.float32
    assert relative_error(found, expected) < TOLERANCE[precision]
    if precision != "float32":
        assert not torch.equal(found, expected)  # something really was reduced
    told = session.describe()
    assert told.kernels.get(precision, 0) >= 0.75 * sum(told.kernels.values()) > 0
    assert told.facts["version"]


@pytest.mark.parametrize("name", ["torch", "onnxruntime", "openvino"])
def test_a_stream_keeps_its_order_and_takes_any_batch_size(network, name):
    model, batches = network
    if reason := ENGINES[name].available():
        pytest.skip(reason)
    session = ENGINES[name].prepare(model, batches[0], threads=2)
    sizes = [1, 16, 3, 7, 2]
    parts = [batch[:size] for batch, size in zip(batches, sizes, strict=False)]
    with torch.inference_mode():
        for found, part in zip(session.stream(iter(parts)), parts, strict=True):
            torch.testing.assert_close(found, model(part), rtol=1e-3, atol=1e-5)


@pytest.fixture(scope="module")
def pixels():
    """A small network that takes pixels, and batches of them."""
    generator = torch.Generator().manual_seed(0)
    layers = [nn.Conv2d(3, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 16, 3, padding=1), nn.ReLU()]
    network = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(256, 10)).eval()
    batches = [torch.randint(256, (4, 32, 32, 3), dtype=torch.uint8, generator=generator) for _ in range(7)]
    return FromPixels(network), batches


@pytest.mark.parametrize(
    ("name", "precision"), [pair for pair in RUNNABLE if ENGINES[pair[0]].device == "cpu"]
)
def test_pixels_go_through_unchanged_and_what_was_made_is_kept(pixels, name, precision, tmp_path):
    model, batches = pixels
    if reason := ENGINES[name].available():
        pytest.skip(reason)
    before = [batch.clone() for batch in batches]
    with torch.inference_mode():
        expected = [model(batch) for batch in batches]
    kept = None
    for _ in range(2):
        try:
            session = ENGINES[name].prepare(
                model, batches[0], precision, threads=1, calibration=batches[1:], store=tmp_path
            )
        except Unavailable as missing:
            pytest.skip(str(missing))
        files = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
        assert kept in (None, files)
        kept = files
        found = [session.run(batches[0]), *session.stream(batches), session.run(batches[1])]
        for logits, wanted in zip(found, [expected[0], *expected, expected[1]], strict=True):
            assert relative_error(logits, wanted) < TOLERANCE[precision]
    assert all(torch.equal(batch, same) for batch, same in zip(batches, before, strict=True))
    assert bool(kept) == (name in {"onnxruntime", "openvino"})


def test_a_kept_network_that_was_damaged_is_made_again(pixels, tmp_path):
    model, batches = pixels
    if reason := ENGINES["onnxruntime"].available():
        pytest.skip(reason)
    ENGINES["onnxruntime"].prepare(model, batches[0], store=tmp_path)
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    ENGINES["onnxruntime"].prepare(model, batches[0], store=tmp_path)
    assert len(path.read_bytes()) == len(whole)
    assert ENGINES["onnxruntime"].prepare(model, batches[0], store=tmp_path).run(batches[0]).shape == (4, 10)


@pytest.mark.parametrize("name", ["onnxruntime", "openvino"])
@pytest.mark.parametrize("dynamic", [True, False])
def test_a_file_of_a_network_runs_as_the_network(pixels, tmp_path, name, dynamic):
    model, batches = pixels
    if reason := ENGINES[name].available():
        pytest.skip(reason)
    path = export.onnx_file(model, batches[0], tmp_path / "network.onnx", dynamic=dynamic)
    session = ENGINES[name].prepare(path, batches[0], threads=1)
    assert session.batch == (None if dynamic else 4)
    with torch.inference_mode():
        assert relative_error(session.run(batches[2]), model(batches[2])) < TOLERANCE["float32"]
    with pytest.raises(BadParams, match="onnxruntime"):
        ENGINES["torch"].prepare(path, batches[0])


def test_contenders_are_those_of_the_device():
    assert ("torch", "float32") in contenders("cpu")
    assert not {name for name, _ in contenders("cpu")} & {"cuda", "tensorrt", "ipu"}
    assert {name for name, _ in contenders("cuda:1")} == {"cuda", "cuda_compile", "tensorrt"}


def test_compiled_by_inductor(network):
    model, batches = network
    if reason := ENGINES["torch_compile"].available():
        pytest.skip(reason)
    layer = nn.Sequential(model.stem, nn.Flatten(), nn.Linear(16 * 64, 3)).eval()
    session = ENGINES["torch_compile"].prepare(layer, batches[0])
    with torch.inference_mode():
        torch.testing.assert_close(session.run(batches[0]), layer(batches[0]), rtol=1e-4, atol=1e-5)
    assert session.describe().precision == "float32"


def test_the_network_given_is_not_changed(network):
    model, batches = network
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    ENGINES["torch"].prepare(model, batches[0], "bfloat16").run(batches[0])
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())


def test_what_is_refused(network):
    model, batches = network
    with pytest.raises(BadParams, match="float32, int8"):
        ENGINES["onnxruntime"].prepare(model, batches[0], "float16")
    with pytest.raises(BadParams, match="calibration"):
        ENGINES["onnxruntime"].prepare(model, batches[0], "int8")
    with pytest.raises(Unavailable, match="discontinued"):
        ENGINES["ipu"].prepare(model, batches[0])


def test_an_export_that_computes_something_else_is_refused(network, tmp_path):
    model, batches = network
    path = export.onnx_file(model, batches[0], tmp_path / "network.onnx")
    other = small_cnn.build("small_digits", seed=2)
    with pytest.raises(RunFailed, match="PyTorch's logits"):
        export.compare(other, batches[0][:2], path)
    assert [file.name for file in tmp_path.iterdir()] == ["network.onnx"]  # no weights beside it
