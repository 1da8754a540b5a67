"""int8 of a residual network that takes pixels: close to float32, its ends in floating point."""

from pathlib import Path

import onnx
import pytest
import torch
from torch import Tensor, nn

from reflop.engines import ENGINES, export, quantise
from reflop.models.pixels import FromPixels

TOLERANCE = 0.03  # relative, of the logits' size; measured 0.01


class Residual(nn.Module):
    """Stem, pooling, a grouped bottleneck with its shortcut, average, logits: one block of a ResNeXt."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, 2, 1), nn.ReLU(), nn.MaxPool2d(3, 2, 1))
        grouped = nn.Conv2d(32, 32, 3, padding=1, groups=8)
        self.branch = nn.Sequential(nn.Conv2d(16, 32, 1), nn.ReLU(), grouped, nn.ReLU(), nn.Conv2d(32, 64, 1))
        self.shortcut = nn.Conv2d(16, 64, 1)
        self.head = nn.Sequential(nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        logits: Tensor = self.head(self.branch(x) + self.shortcut(x))
        return logits


@pytest.fixture(scope="module")
def model() -> nn.Module:
    torch.manual_seed(0)
    return FromPixels(Residual()).eval()


@pytest.fixture(scope="module")
def batches() -> list[Tensor]:
    """Pictures of noise, bright and dark ones."""
    generator = torch.Generator().manual_seed(0)
    noise = torch.rand(6, 4, 32, 32, 3, generator=generator)
    return list((256 * noise * torch.rand(6, 4, 1, 1, 3, generator=generator)).to(torch.uint8))


@pytest.mark.parametrize("name", ["onnxruntime", "openvino"])
def test_logits_of_int8(model: nn.Module, batches: list[Tensor], name: str) -> None:
    if reason := ENGINES[name].available():
        pytest.skip(reason)
    session = ENGINES[name].prepare(model, batches[0], "int8", threads=1, calibration=batches[1:])
    with torch.inference_mode():
        expected = model(batches[0])
    assert float((session.run(batches[0]) - expected).norm() / expected.norm()) < TOLERANCE
    kernels = session.describe().kernels
    assert kernels["int8"] >= 5
    assert sum(kernels.values()) == 6  # OpenVINO leaves the grouped convolution in floating point


@pytest.mark.parametrize("symmetric", [False, True])
def test_ends_stay_in_floating_point(
    model: nn.Module, batches: list[Tensor], tmp_path: Path, symmetric: bool
) -> None:
    if reason := ENGINES["onnxruntime"].available():
        pytest.skip(reason)
    path = export.onnx_file(model, batches[0], tmp_path / "n.onnx")
    found = onnx.load(quantise.static(path, batches[1:], tmp_path / "q.onnx", symmetric=symmetric)).graph
    makers = {name: node.op_type for node in found.node for name in node.output}
    quantised = [makers.get(node.input[0]) for node in found.node if node.op_type == "QuantizeLinear"]
    assert not {"Cast", "Mul"} & set(quantised)
    assert makers[found.output[0].name] == "Gemm"
    products = [node for node in found.node if node.op_type in quantise.PRODUCTS]
    assert {makers[name] for node in products for name in node.input[:2]} == {"DequantizeLinear"}
