"""Fault 38: an ONNX file that is truncated, of unknown operators, with data elsewhere or of the wrong size."""

import os
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from reflop.engines import ENGINES
from reflop.engines.onnx_files import checked, input_of
from reflop.errors import BadFile
from tests.engines.graphs import network, outside, value, write


@pytest.fixture(autouse=True)
def no_runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    """A runtime that is given any file fails the test."""
    onnxruntime, openvino = pytest.importorskip("onnxruntime"), pytest.importorskip("openvino")

    def reached(*_: object, **__: object) -> None:
        pytest.fail("a runtime was given the file")

    monkeypatch.setattr(onnxruntime, "InferenceSession", reached)
    monkeypatch.setattr(openvino.Core, "read_model", reached)


def refused(path: Path, told: str) -> None:
    """Every way to such a file ends in one line."""
    import torch

    for way in (checked, input_of):
        with pytest.raises(BadFile, match=told) as caught:
            way(path)
        assert "\n" not in str(caught.value)
    for name in ("onnxruntime", "openvino"):
        with pytest.raises(BadFile, match=told):
            ENGINES[name].prepare(path, torch.zeros(2, 4))


def test_fault_38_truncated(tmp_path: Path) -> None:
    whole = network().SerializeToString()
    for size in range(len(whole)):
        path = tmp_path / "n.onnx"
        path.write_bytes(whole[:size])
        with pytest.raises(BadFile):
            checked(path)
    path.write_bytes(whole)
    assert checked(path) == whole  # the last cut was one byte


@pytest.mark.parametrize("content", [b"", b"\x80\x04K\x01.", b"PK\x03\x04", b"\x00" * 64, b"\x08\x0a" * 64])
def test_fault_38_other_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "n.onnx"
    path.write_bytes(content)
    refused(path, "n.onnx")


@pytest.mark.parametrize("domain", ["", "org.example"])
@pytest.mark.parametrize("hidden", [False, True])
def test_fault_38_unknown_operator_is_named(tmp_path: Path, domain: str, hidden: bool) -> None:
    node = helper.make_node("RunCommand", ["x"], ["y"], domain=domain)
    if hidden:  # in a branch that may never be taken
        branch = helper.make_graph([node], "branch", [], [value("y", None)])
        node = helper.make_node("If", ["c"], ["y"], then_branch=branch, else_branch=branch)
    condition = numpy_helper.from_array(np.array(True), "c")
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("org.example", 1)]
    model = network(nodes=[node], weights=[condition], opsets=opsets)
    refused(write(tmp_path / "n.onnx", model), "known operators, found 'RunCommand'")


@pytest.mark.parametrize("link", ["none", "symlink", "hard link"])
@pytest.mark.parametrize("where", ["beside", "above", "absolute"])
def test_fault_38_data_in_another_file(tmp_path: Path, link: str, where: str) -> None:
    secret, folder = tmp_path / "x", tmp_path / "models"
    secret.write_bytes(np.ones((4, 2), np.float32).tobytes())
    folder.mkdir()
    if link == "symlink":
        (folder / "data").symlink_to(secret)
    else:
        os.link(secret, folder / "data") if link == "hard link" else (folder / "data").write_bytes(b"1" * 32)
    location = {"beside": "data", "above": "../x", "absolute": str(secret)}[where]
    model = network()
    outside(model.graph.initializer[0], location)
    refused(write(folder / "n.onnx", model), "save_as_external_data=False")


@pytest.mark.parametrize("hidden", ["constant", "branch", "sparse", "location without the flag"])
def test_fault_38_data_elsewhere_is_found_wherever_it_hides(tmp_path: Path, hidden: str) -> None:
    tensor = outside(numpy_helper.from_array(np.ones((4, 2), np.float32), "w"), "../x")
    model = network(weights=[])
    if hidden == "constant":
        model.graph.node.insert(0, helper.make_node("Constant", [], ["w"], value=tensor))
    elif hidden == "branch":
        inner = helper.make_node("Constant", [], ["w"], value=tensor)
        branch = helper.make_graph([inner], "branch", [], [value("w", (4, 2))])
        model.graph.node.insert(
            0, helper.make_node("If", ["c"], ["w"], then_branch=branch, else_branch=branch)
        )
        model.graph.initializer.append(numpy_helper.from_array(np.array(True), "c"))
    elif hidden == "sparse":
        indices = numpy_helper.from_array(np.arange(8, dtype=np.int64), "i")
        model.graph.sparse_initializer.append(helper.make_sparse_tensor(tensor, indices, [4, 2]))
    else:
        tensor.data_location = TensorProto.DEFAULT
        model.graph.initializer.append(tensor)
    refused(write(tmp_path / "n.onnx", model), "another file, '../x'")


@pytest.mark.parametrize(("offset", "length"), [("0", "4096"), ("1000000", "32"), ("-1", "32")])
def test_fault_38_external_sizes_beyond_the_file(tmp_path: Path, offset: str, length: str) -> None:
    (tmp_path / "data").write_bytes(bytes(32))
    model = network()
    outside(model.graph.initializer[0], "data", offset=offset, length=length)
    refused(write(tmp_path / "n.onnx", model), "another file")


@pytest.mark.parametrize("shape", [[4, 3], [2**40, 2], [4], [-4, -2], [2**62, 2**62]])
@pytest.mark.parametrize("raw", [True, False])
def test_fault_38_tensor_that_says_another_size(tmp_path: Path, shape: list[int], raw: bool) -> None:
    model = network()
    tensor = model.graph.initializer[0]
    if not raw:
        tensor.ClearField("raw_data")
        tensor.float_data.extend([1.0] * 8)
    del tensor.dims[:]
    tensor.dims.extend(shape)
    refused(write(tmp_path / "n.onnx", model), "as large as they say")


def test_fault_38_valid_file_reaches_the_runtime(tmp_path: Path) -> None:
    """What is refused above is refused for what it holds."""
    import torch

    path = write(tmp_path / "n.onnx", network())
    with pytest.raises(pytest.fail.Exception, match="was given the file"):
        ENGINES["onnxruntime"].prepare(path, torch.zeros(2, 4))
    with pytest.raises(onnx.checker.ValidationError):
        onnx.checker.check_model(network(nodes=[helper.make_node("RunCommand", ["x"], ["y"])]))
