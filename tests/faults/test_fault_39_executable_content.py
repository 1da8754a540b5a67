"""Fault 39: arrays of objects, and plans of unknown digest: nothing that could run code is loaded."""

import ast
import hashlib
import pickle
import re
from pathlib import Path

import numpy as np
import pytest

from reflop import source
from reflop.engines import ENGINES, kept, onnx_files, tensorrt
from reflop.errors import BadFile
from reflop.systems.bulk import sessions
from tests.engines.graphs import network, write
from tests.engines.stub_tensorrt import Stub
from tests.faults.test_fault_35_hostile_checkpoint import Payload

SHAPE = (4, 4)


@pytest.fixture
def content(tmp_path: Path) -> bytes:
    return onnx_files.checked(write(tmp_path / "n.onnx", network()))


@pytest.mark.parametrize("harm", ["flipped", "cut", "empty", "foreign", "pickle", "folder"])
def test_fault_39_plan_that_is_not_the_one_written_is_built_again(
    content: bytes, tmp_path: Path, harm: str
) -> None:
    stub, store = Stub("11.4.0"), tmp_path / "store"
    plan = tensorrt.planned(stub, content, SHAPE, (9, 0), store)
    (path,) = store.iterdir()
    whole = path.read_bytes()
    if harm == "folder":
        path.unlink()
        path.mkdir()
        with pytest.raises(BadFile):  # nowhere to keep it
            tensorrt.planned(stub, content, SHAPE, (9, 0), store)
        return
    path.write_bytes(
        {
            "flipped": whole[:-1] + bytes([whole[-1] ^ 1]),
            "cut": whole[:-1],
            "empty": b"",
            "foreign": whole[:64] + b"plan of somebody else, under the digest of ours",
            "pickle": pickle.dumps(Payload(tmp_path / "marker")),
        }[harm]
    )
    built = stub.calls.count("build")
    assert tensorrt.planned(stub, content, SHAPE, (9, 0), store) == plan
    assert stub.calls.count("build") == built + 1
    assert path.read_bytes() == whole
    assert not (tmp_path / "marker").exists()


def test_fault_39_plan_that_somebody_planted_with_its_digest_is_built_again(
    content: bytes, tmp_path: Path
) -> None:
    """A folder of results from elsewhere, whole in itself, and then the same plan written from here."""
    stub, store = Stub("11.4.0"), tmp_path / "store"
    plan = tensorrt.planned(stub, content, SHAPE, (9, 0), store)
    (path,) = store.iterdir()
    planted = b"plan" + bytes(32)
    path.write_bytes(hashlib.sha256(planted).hexdigest().encode() + planted)
    for builds in (2, 2):  # built once, then taken
        assert tensorrt.planned(stub, content, SHAPE, (9, 0), store) == plan
        assert stub.calls.count("build") == builds


def test_fault_39_plan_of_another_network_under_this_name_is_of_its_own_key(
    content: bytes, tmp_path: Path
) -> None:
    names = set()
    for version, capability in (("11.4.0", (9, 0)), ("11.4.1", (9, 0)), ("11.4.0", (8, 0))):
        tensorrt.planned(Stub(version), content, SHAPE, capability, tmp_path / "store")
        names = {path.name for path in (tmp_path / "store").iterdir()}
    assert len(names) == 3


@pytest.mark.parametrize("name", ["network.plan", "network.engine", "network.onnx"])
def test_fault_39_plan_given_as_a_network_is_refused(tmp_path: Path, name: str) -> None:
    import torch

    path = tmp_path / name
    path.write_bytes(hashlib.sha256(b"").hexdigest().encode() + b"ptrt" * 100)
    with pytest.raises(BadFile, match="damaged or different"):
        kept.exported(path, torch.zeros(SHAPE), None)  # what every engine that reads files begins with
    if (engine := ENGINES["onnxruntime"]).available() is None:
        with pytest.raises(BadFile, match="damaged or different"):
            engine.prepare(path, torch.zeros(SHAPE))


@pytest.mark.parametrize("kind", ["npy", "npz", "pickle"])
def test_fault_39_array_of_objects_is_refused(tmp_path: Path, kind: str) -> None:
    marker = tmp_path / "marker"
    path = tmp_path / sessions.KEPT / sessions.CALIBRATION
    path.parent.mkdir()
    hostile = np.array([Payload(marker)], dtype=object)
    with path.open("wb") as file:
        if kind == "pickle":
            pickle.dump(Payload(marker), file)
        elif kind == "npy":
            np.save(file, hostile, allow_pickle=True)
        else:
            np.savez(file, hostile)
    with pytest.raises(BadFile, match="pixels"):
        sessions.calibration(tmp_path, 4)
    assert not marker.exists()


def test_fault_39_the_payload_is_real(tmp_path: Path) -> None:
    """The same bytes do run where nothing holds them back: the test above can fail."""
    np.save(tmp_path / "x.npy", np.array([Payload(tmp_path / "marker")], dtype=object), allow_pickle=True)
    np.load(tmp_path / "x.npy", allow_pickle=True)
    assert (tmp_path / "marker").is_dir()


def test_fault_39_no_array_is_read_with_pickle_and_no_pickle_is_read() -> None:
    loads, pickles = [], []
    for path in source.PACKAGE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        pickles += [path.name] if re.search(r"\bpickle\.loads?\(|\b(dill|joblib)\b.*load\(", text) else []
        loads += [
            {word.arg: ast.unparse(word.value) for word in node.keywords}
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"np.load", "numpy.load"}
        ]
    assert loads
    assert all(words.get("allow_pickle") == "False" for words in loads)
    assert pickles == []
