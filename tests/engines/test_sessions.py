"""Every engine computes what PyTorch computes, in the precision it says it runs in."""

import pytest
import torch
from torch import nn

from reflop.engines import ENGINES, export
from reflop.errors import BadParams, RunFailed, Unavailable
from reflop.models import small_cnn

TOLERANCE = {
    "float32": 1e-5,
    "bfloat16": 0.05,
    "int8": 0.2,
}  # relative error of the logits of one small network
RUNNABLE = [
    (name, precision)
    for name, engine in ENGINES.items()
    for precision in engine.precisions
    if engine.home and name != "torch_compile"
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
        export._compare(other, batches[0][:2], path)
    assert [file.name for file in tmp_path.iterdir()] == ["network.onnx"]  # no weights beside it
