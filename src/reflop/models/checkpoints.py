"""Weights on disk: safetensors written, safetensors and torch files read, both as tensors and nothing else.

A checkpoint fits its network exactly or is refused with a list of what does not fit. Nothing in it is ever executed,
and a value that is not finite is found here and not as a strange accuracy later.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor, nn

from reflop.errors import BadFile, BadParams
from reflop.files import write_atomic

WRAPPERS = (
    "state_dict",
    "model",
    "model_state_dict",
)  # what training scripts call the part that holds the weights
TOLD = 5


def read(path: Path) -> dict[str, Tensor]:
    """The tensors of a checkpoint by name, on the CPU; which kind of file it is, its first bytes tell.

    Raises:
        BadFile: missing, empty, truncated, neither safetensors nor torch, or holding anything but tensors.
    """
    if not path.is_file():
        raise BadFile(what=str(path), expected="a checkpoint", found="none")
    with path.open("rb") as file:
        start = file.read(9)
    try:
        if start[8:] == b"{":  # after the length of the header, the header
            content: Any = safetensors.torch.load_file(path)
        else:
            content = torch.load(path, map_location="cpu", weights_only=True)
    except MemoryError:
        raise
    except (
        Exception
    ) as error:  # OSError, EOFError, IndexError, UnpicklingError, KeyError, ... for one and the same thing
        found = f"{path.stat().st_size:,} bytes, {type(error).__name__}"
        expected = "a whole checkpoint of tensors (safetensors or torch); code in a checkpoint is never run"
        raise BadFile(what=str(path), expected=expected, found=found) from None
    return _tensors(content, path)


def _tensors(content: Any, path: Path) -> dict[str, Tensor]:
    """The named tensors of what a torch file held, also below one of the usual wrappers."""
    if isinstance(content, dict):
        inner = [content[key] for key in WRAPPERS if isinstance(content.get(key), dict)]
        content = inner[0] if len(inner) == 1 else content
    named = isinstance(content, dict) and bool(content)
    if not named or not all(isinstance(k, str) and isinstance(v, Tensor) for k, v in content.items()):
        found = f"{type(content).__name__} of other things" if named else f"{type(content).__name__}"
        raise BadFile(what=str(path), expected="named tensors", found=found)
    if odd := [
        name for name, tensor in content.items() if tensor.layout != torch.strided or tensor.is_quantized
    ]:
        raise BadFile(what=str(path), expected="plain dense tensors", found=", ".join(odd[:TOLD]))
    return dict(content)


def load(module: nn.Module, path: Path) -> None:
    """Fill `module` with the weights of a checkpoint, in the precision that the module has.

    Raises:
        BadFile: not a checkpoint, or one that does not fit exactly.
    """
    fill(module, read(path), str(path))


def fill(module: nn.Module, tensors: dict[str, Tensor], what: str) -> None:
    """Copy `tensors` into the parameters and buffers of `module`; every name once, every shape, all values finite.

    Raises:
        BadFile: listing names that are missing or extra, wrong shapes or kinds, and tensors with NaN or infinity.
    """
    own = module.state_dict()
    both = [name for name in own if name in tensors]
    shapes = [
        f"{name} {tuple(tensors[name].shape)} not {tuple(own[name].shape)}"
        for name in both
        if tensors[name].shape != own[name].shape
    ]
    kinds = [name for name in both if tensors[name].is_floating_point() != own[name].is_floating_point()]
    wild = [name for name in both if tensors[name].is_floating_point() and not tensors[name].isfinite().all()]
    problems = {
        "missing": [name for name in own if name not in tensors],
        "extra": [name for name in tensors if name not in own],
        "of another shape": shapes,
        "of another kind": kinds,
        "not finite": wild,
    }
    if found := "; ".join(f"{told} {_some(names)}" for told, names in problems.items() if names):
        raise BadFile(what=what, expected="the weights of this network", found=found)
    module.load_state_dict(tensors, strict=True)


def _some(names: list[str]) -> str:
    return ", ".join(names[:TOLD]) + (f" and {len(names) - TOLD:,} more" if len(names) > TOLD else "")


def save(module: nn.Module, path: Path, half: bool = False) -> None:
    """Write the parameters and buffers of `module` as safetensors, whole or not at all.

    `half` stores matrices and kernels as float16 (two bytes a weight); vectors (biases, norms, running statistics),
    which are few and span more orders of magnitude, keep their precision.

    Raises:
        BadParams: a weight beyond the range of float16.
        BadFile: no room to write.
    """
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in module.state_dict().items()}
    if half:
        for name, tensor in tensors.items():
            if tensor.is_floating_point() and tensor.ndim > 1:
                if tensor.abs().max() > torch.finfo(torch.float16).max:
                    raise BadParams(
                        what=name, expected="at most 65504 for float16", found=f"{tensor.abs().max():g}"
                    )
                tensors[name] = tensor.half()
    write_atomic(path, safetensors.torch.save(tensors))


def weights_digest(module: nn.Module) -> str:
    """SHA-256 over names, types, shapes and values of all parameters and buffers; memory layout does not count.

    >>> one, two = nn.Linear(2, 1), nn.Linear(2, 1)
    >>> two.load_state_dict(one.state_dict())
    <All keys matched successfully>
    >>> weights_digest(one) == weights_digest(two), weights_digest(one) == weights_digest(one.half())
    (True, False)
    """
    total = hashlib.sha256()
    for name, tensor in sorted(module.state_dict().items()):
        total.update(f"{name}\0{tensor.dtype}\0{tuple(tensor.shape)}\0".encode())
        plain = tensor.detach().cpu().contiguous().reshape(-1)
        total.update(plain.view(torch.uint8).numpy().data)
    return total.hexdigest()
