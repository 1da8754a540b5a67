"""The state of a training after an epoch: one safetensors file, replaced whole, from which it goes on exactly.

Tensors (weights, optimiser, random generators) are the file's content; everything else is JSON in its header. There
is no pickle, and only one file, so that no kill can leave two that disagree.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Generator, Tensor, nn, optim

from reflop.errors import BadFile, BadParams
from reflop.files import canonical, parse_json, write_atomic
from reflop.models import checkpoints

NAME = "training.safetensors"


def save(
    folder: Path,
    model: nn.Module,
    optimiser: optim.Optimizer,
    generator: Generator,
    told: dict[str, Any],
) -> None:
    """Write the state to `folder`; `told` holds plain values: what is trained, how far, the history."""
    state = optimiser.state_dict()
    tensors = {f"model/{name}": tensor for name, tensor in model.state_dict().items()}
    tensors |= {"generator": generator.get_state(), "torch": torch.get_rng_state()}
    plain: dict[str, dict[str, Any]] = {}
    for number, values in state["state"].items():
        for key, value in values.items():
            if isinstance(value, Tensor):
                tensors[f"optimiser/{number}/{key}"] = value
            else:
                plain.setdefault(str(number), {})[key] = value
    header = canonical({"told": told, "groups": state["param_groups"], "plain": plain})
    content = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    write_atomic(folder / NAME, safetensors.torch.save(content, {"state": header}))


def load(
    folder: Path,
    model: nn.Module,
    optimiser: optim.Optimizer,
    generator: Generator,
    same: dict[str, Any],
) -> dict[str, Any] | None:
    """Put back what `save` wrote and return what it was told; None where nothing was saved.

    Raises:
        BadParams: the training that was saved differs in `same`, or in a setting of the optimiser.
        BadFile: damaged, or the weights of another network.
    """
    path = folder / NAME
    if not path.is_file():
        return None
    tensors = checkpoints.read(path)
    header = parse_json(_header(path), str(path))
    now = optimiser.state_dict()["param_groups"]
    for what, saved, wanted in (
        ("training", {key: header["told"].get(key) for key in same}, same),
        ("optimiser", _settings(header["groups"]), _settings(parse_json(canonical(now), "optimiser"))),
    ):
        if saved != wanted:
            found = f"{saved}, not {wanted}"
            raise BadParams(
                what=f"{what} saved in {path}", expected="the same", found=found, then=f"rm {path}"
            )
    parts = {name: t for name, t in tensors.items() if name.startswith("model/")}
    checkpoints.fill(model, {name.removeprefix("model/"): t for name, t in parts.items()}, str(path))
    state: dict[int, dict[str, Any]] = {int(number): values for number, values in header["plain"].items()}
    for name, tensor in tensors.items():
        if name.startswith("optimiser/"):
            _, number, key = name.split("/")
            state.setdefault(int(number), {})[key] = tensor
    optimiser.load_state_dict({"state": state, "param_groups": header["groups"]})
    generator.set_state(tensors["generator"])
    torch.set_rng_state(tensors["torch"])
    told: dict[str, Any] = header["told"]
    return told


def _header(path: Path) -> str:
    """The JSON that was saved beside the tensors.

    Raises:
        BadFile: a safetensors file of something else.
    """
    with safetensors.safe_open(path, "pt") as file:
        text = (file.metadata() or {}).get("state")
    if text is None:
        raise BadFile(
            what=str(path), expected="the state of a training", found="other tensors", then=f"rm {path}"
        )
    return text


def _settings(groups: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the caller chose in each group; the learning rate of the moment is the schedule's."""
    return [{key: value for key, value in group.items() if key != "lr"} for group in groups]
