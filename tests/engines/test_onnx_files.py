"""What is accepted as an ONNX file, and what is told of it; what is refused is fault 38."""

from pathlib import Path

import onnx
import pytest
import torch
from onnx import TensorProto, helper

from reflop.engines import ENGINES, export, onnx_files
from reflop.engines.onnx_files import Input, checked, input_of
from reflop.errors import BadFile, BadParams, RunFailed
from reflop.models.pixels import FromPixels
from tests.engines.graphs import network, value, write


def test_content_and_input_of_a_good_file(tmp_path: Path) -> None:
    path = write(tmp_path / "n.onnx", network())
    assert checked(path) == path.read_bytes()
    assert input_of(path) == Input("x", "float32", ("batch", 4))


def test_exported_network_is_accepted_and_takes_pixels(tmp_path: Path) -> None:
    layers = torch.nn.Sequential(torch.nn.Conv2d(3, 2, 3), torch.nn.Flatten())
    pixels = torch.zeros(2, 8, 8, 3, dtype=torch.uint8)
    path = export.onnx_file(FromPixels(layers), pixels, tmp_path / "n.onnx")
    given = input_of(path)
    assert (given.name, given.dtype, given.shape[1:]) == ("input", "uint8", (8, 8, 3))
    assert isinstance(given.shape[0], str)


@pytest.mark.parametrize(
    ("kind", "shape", "dtype", "told"),
    [
        (TensorProto.UINT8, (2, 4), "uint8", (2, 4)),
        (TensorProto.FLOAT16, ("n", 4), "float16", ("n", 4)),
        (TensorProto.BFLOAT16, (None, 4), "bfloat16", ("?", 4)),
    ],
)
def test_number_types_and_sizes(
    tmp_path: Path, kind: int, shape: tuple[int | str | None, ...], dtype: str, told: tuple[int | str, ...]
) -> None:
    nodes = [helper.make_node("Cast", ["x"], ["y"], to=TensorProto.FLOAT)]
    model = network(nodes=nodes, inputs=[value("x", shape, kind)], outputs=[value("y", shape)], weights=[])
    assert input_of(write(tmp_path / "n.onnx", model)) == Input("x", dtype, told)


def test_input_that_a_weight_fills_is_none(tmp_path: Path) -> None:
    model = network(inputs=[value("w", (4, 2)), value("x", ("batch", 4))])
    assert input_of(write(tmp_path / "n.onnx", model)).name == "x"


def test_functions_of_the_file_and_operators_of_the_runtime_are_known(tmp_path: Path) -> None:
    body = [helper.make_node("Relu", ["a"], ["b"])]
    function = helper.make_function("mine", "Same", ["a"], ["b"], body, [helper.make_opsetid("", 18)])
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["t"]),
        helper.make_node("Same", ["t"], ["u"], domain="mine"),
        helper.make_node("Gelu", ["u"], ["y"], domain="com.microsoft"),
    ]
    opsets = [
        helper.make_opsetid(name, number) for name, number in (("", 18), ("mine", 1), ("com.microsoft", 1))
    ]
    model = network(nodes=nodes, functions=[function], opsets=opsets)
    assert checked(write(tmp_path / "n.onnx", model))


@pytest.mark.parametrize(
    ("name", "told"), [("onnxruntime", "com.microsoft:Nope"), ("openvino", "com.microsoft.Nope")]
)
def test_operator_that_a_runtime_does_not_have_is_named(tmp_path: Path, name: str, told: str) -> None:
    nodes = [helper.make_node("Nope", ["x"], ["y"], domain="com.microsoft")]
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("com.microsoft", 1)]
    path = write(tmp_path / "n.onnx", network(nodes=nodes, weights=[], opsets=opsets))
    if reason := ENGINES[name].available():
        pytest.skip(reason)
    with pytest.raises(RunFailed, match=f"a network that it can run, found .*{told}") as caught:
        ENGINES[name].prepare(path, torch.zeros(2, 4))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("shape", [(2, 5), (2, 4, 1), (4,)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.uint8])
def test_batches_that_the_network_does_not_take(
    tmp_path: Path, shape: tuple[int, ...], dtype: torch.dtype
) -> None:
    path = write(tmp_path / "n.onnx", network())
    assert checked(path, torch.zeros(3, 4)) == checked(path)
    for wrong in (torch.zeros(shape, dtype=dtype), torch.zeros(3, 4, dtype=torch.float16)):
        with pytest.raises(BadParams, match=r"expected float32 \(batch, 4\), found "):
            checked(path, wrong)


@pytest.mark.parametrize(
    ("inputs", "outputs"),
    [([], [value("y", (2, 2))]), ([value("x", (2, 4)), value("z", (2,))], [value("y", (2, 2))]), (None, [])],
)
def test_another_number_of_inputs_or_outputs(
    tmp_path: Path, inputs: list[onnx.ValueInfoProto] | None, outputs: list[onnx.ValueInfoProto]
) -> None:
    model = network(outputs=outputs, **({} if inputs is None else {"inputs": inputs}))
    with pytest.raises(BadFile, match="one input and at least one output"):
        checked(write(tmp_path / "n.onnx", model))


def test_input_that_is_no_tensor_of_numbers(tmp_path: Path) -> None:
    nodes = [helper.make_node("SequenceLength", ["x"], ["y"])]
    given = helper.make_tensor_sequence_value_info("x", TensorProto.FLOAT, None)
    model = network(nodes=nodes, inputs=[given], outputs=[value("y", (), TensorProto.INT64)], weights=[])
    with pytest.raises(BadFile, match="an input of numbers"):
        input_of(write(tmp_path / "n.onnx", model))


def test_size_limit_folder_and_absence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "n.onnx", network())
    for wrong, told in ((tmp_path, "no file"), (tmp_path / "none.onnx", "nothing")):
        with pytest.raises(BadFile, match=told):
            checked(wrong)
    monkeypatch.setattr(onnx_files, "LIMIT_BYTES", path.stat().st_size - 1)
    with pytest.raises(BadFile, match="at most"):
        checked(path)
