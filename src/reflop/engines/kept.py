"""Networks exported and quantised once, kept under a name made of everything they follow from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from torch import Tensor, nn

from reflop import source
from reflop.engines import onnx_files
from reflop.engines.export import onnx_file
from reflop.files import canonical, sha256, write_atomic
from reflop.machine import version
from reflop.models.checkpoints import weights_digest

MAKERS = ("torch", "onnx", "onnxruntime", "nncf")  # packages whose version changes what comes out


def exported(model: nn.Module | Path, example: Tensor, store: Path | None) -> bytes:
    """`model` as ONNX for any batch size; a file is taken as it is, if it can be trusted and takes such batches."""
    if isinstance(model, Path):
        return onnx_files.checked(model, example)

    def make(folder: Path) -> bytes:
        return onnx_file(model, example, folder / "network.onnx").read_bytes()

    return made("onnx", make, store, [digest(model), *_shape(example)])


def made(
    kind: str,
    make: Callable[[Path], bytes],
    store: Path | None,
    follows: Sequence[object],
    vouched: Path | None = None,
) -> bytes:
    """What `make` writes, given an empty folder; from `store` if it was made of the same before and is whole.

    Anyone can make a file that is whole. For what could harm, `vouched` is a folder elsewhere with the digests of all
    that was written from here; whatever else lies in `store` is made again.
    """
    code = source.fingerprint("reflop.engines.quantise"), source.fingerprint("reflop.engines.export")
    about = canonical([kind, *map(str, follows), *code, *(version(name) or "" for name in MAKERS)])
    path = store and store / f"{kind}-{hashlib.sha256(about.encode()).hexdigest()[:32]}"
    if path and (content := _whole(path)) and (vouched is None or (vouched / _sha256(content)).is_file()):
        return content
    with TemporaryDirectory(prefix="reflop-network-") as folder:
        content = make(Path(folder))
    if path:
        write_atomic(path, _sha256(content).encode() + content)
        if vouched:
            write_atomic(vouched / _sha256(content), b"")
    return content


def digest(model: nn.Module | Path) -> str:
    """SHA-256 of a network: its file, or its structure and weights."""
    if isinstance(model, Path):
        return sha256(model)
    return hashlib.sha256(f"{model}\0{weights_digest(model)}".encode()).hexdigest()


def calibration_digest(batches: Sequence[Tensor]) -> str:
    """SHA-256 of the batches that int8 takes its ranges from."""
    total = hashlib.sha256()
    for batch in batches:
        total.update(f"{batch.dtype}\0{tuple(batch.shape)}\0".encode())
        total.update(batch.contiguous().numpy().data)
    return total.hexdigest()


def _shape(example: Tensor) -> list[str]:
    return [str(example.dtype), str(tuple(example.shape[1:]))]


def _whole(path: Path) -> bytes:
    """The content of a kept file whose first 64 bytes, its digest, agree; else nothing."""
    try:
        data = path.read_bytes()
    except OSError:
        return b""
    return data[64:] if _sha256(data[64:]).encode() == data[:64] else b""


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
