"""Fault 23: one flipped byte in a data file is found by its digest; the file is set aside, not deleted."""

import hashlib
from pathlib import Path

import pytest

from reflop.data.verify import verify
from reflop.errors import BadFile


def test_fault_23_flipped_byte(tmp_path: Path) -> None:
    good = bytes(range(256)) * 16
    bad = good[:1000] + bytes([good[1000] ^ 1]) + good[1001:]
    path = tmp_path / "model.safetensors"
    path.write_bytes(good)
    digest, damaged = hashlib.sha256(good).hexdigest(), hashlib.sha256(bad).hexdigest()
    assert verify(path, digest) == path
    path.write_bytes(bad)
    with pytest.raises(BadFile) as caught:
        verify(path, digest)
    assert digest in str(caught.value)
    assert damaged in str(caught.value)
    assert caught.value.exit_code == 1
    assert [(p.name, p.read_bytes()) for p in tmp_path.glob("model*")] == [
        (f"model.safetensors.damaged-{damaged[:8]}", bad)
    ]


def test_fault_23_missing_file(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="found none"):
        verify(tmp_path / "absent", "0" * 64)
