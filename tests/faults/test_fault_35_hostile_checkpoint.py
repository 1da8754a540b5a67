"""Fault 35: a checkpoint whose pickle would run code is refused, and the code does not run."""

import ast
import os
import pickle
from pathlib import Path

import pytest
import torch

from reflop.errors import BadFile
from reflop.models import checkpoints


class Payload:
    """Unpickled, this would create the marker file."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return os.mkdir, (str(self.marker),)


@pytest.mark.parametrize("how", ["torch", "old torch", "plain pickle", "inside a state dict"])
def test_fault_35_hostile_pickle(tmp_path: Path, how: str) -> None:
    path, marker = tmp_path / "w.pt", tmp_path / "marker"
    content = (
        {"weight": torch.zeros(2), "x": Payload(marker)} if how == "inside a state dict" else Payload(marker)
    )
    if how == "plain pickle":
        path.write_bytes(pickle.dumps(content))
    else:
        torch.save(content, path, _use_new_zipfile_serialization=how != "old torch")
    with pytest.raises(BadFile, match="code in a checkpoint is never run"):
        checkpoints.read(path)
    assert not marker.exists()


def test_fault_35_the_payload_is_real(tmp_path: Path) -> None:
    """The same bytes do run where nothing holds them back: the test above can fail."""
    torch.save(Payload(tmp_path / "marker"), tmp_path / "w.pt")
    torch.load(tmp_path / "w.pt", weights_only=False)
    assert (tmp_path / "marker").is_dir()


def test_fault_35_weights_only_is_written_out() -> None:
    calls = [
        {word.arg: ast.unparse(word.value) for word in node.keywords}
        for node in ast.walk(ast.parse(Path(checkpoints.__file__).read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "torch.load"
    ]
    assert calls
    assert all(words.get("weights_only") == "True" for words in calls)
