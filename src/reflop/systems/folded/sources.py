"""Where the frames of a task come from: folders of pictures, CIFAR's files, or the generator of synthetic counters."""

from __future__ import annotations

from pathlib import Path

import torch
from PIL import Image

from reflop.data import cifar, parts
from reflop.errors import BadParams
from reflop.files import new_folder
from reflop.params import unknown
from reflop.progress import note
from reflop.systems.folded import networks, tasks
from reflop.systems.folded.frames import Frames, synthetic

SHUFFLE = 19  # the original's seed: in the order of an image folder a group would hold one class
SYNTHETIC = {"val": 2000, "test": 5000}
DETECTED = ("0", "1")  # class folders of a video's frames


def frames(
    name: str, data: Path | None, f: int, *, count: int, seed: int, overlap: bool
) -> dict[str, Frames]:
    """Training, validation and test frames of a network's task.

    `data` holds `<part>/<class>/<picture>`, directly or below the task's name, or the binary files of CIFAR. Without it
    a game is read off `count` synthetic counter frames. Validation and test frames stand in random order.

    Raises:
        BadParams: an unknown network, no `data` for a task without a generator, or a compound-scaled network.
        BadFile: parts, classes or pictures that are missing or do not fit.
    """
    if name not in networks.NAMES and not name.endswith(".json"):
        raise unknown(
            name, [known for known in networks.NAMES if not known.startswith(networks.SCALED)], "network"
        )
    if name.startswith(networks.SCALED):
        then = f"reflop folded train {name.removeprefix(networks.SCALED)}"
        raise BadParams(what=name, expected="a network that can be folded", found="a scaled one", then=then)
    if name.endswith(networks.RESNET):
        return _cifar(name.removesuffix(networks.RESNET), _given(name, data), f)
    if name.startswith(networks.NOSCOPE):
        return _folders(name, _given(name, data), DETECTED, overlap)
    task = tasks.game(name)
    if data is not None:
        return _folders(name, data, task.classes, overlap)
    note(f"{task.name}: synthetic counter frames; --data DIR for your own")
    return {
        "train": synthetic(task, count, seed, "train"),
        "val": synthetic(task, SYNTHETIC["val"], seed, "val"),
        "test": synthetic(task, SYNTHETIC["test"], seed, "test"),
    }


def write(name: str, folder: Path, count: int, seed: int = 0) -> int:
    """Synthetic counter frames of a game task as `<part>/<class>/<number>.png`; returns how many files.

    `count` of them train, a fifth of that validates, a fifth tests.

    Raises:
        BadParams: an unknown task, or `folder` exists.
    """
    task, total = tasks.game(name), 0
    with new_folder(folder) as inside:
        for part, size in (("train", count), ("val", -(-count // 5)), ("test", -(-count // 5))):
            found = synthetic(task, size, seed, part)  # type: ignore[arg-type]
            for class_name in task.classes:
                (inside / part / class_name).mkdir(parents=True)
            for number, (frame, label) in enumerate(zip(found.pixels, found.labels, strict=True)):
                path = inside / part / task.classes[label] / f"{number}.png"
                Image.fromarray(frame.permute(1, 2, 0).numpy()).save(path)
            total += size
    return total


def _given(name: str, data: Path | None) -> Path:
    if data is None:
        listed = "noscope_subset" if name.startswith(networks.NOSCOPE) else name.removesuffix(networks.RESNET)
        then = f"--data DIR; what it holds: reflop data list {listed}"
        raise BadParams(what=name, expected="a folder of frames", found="none", then=then)
    return data


def _folders(name: str, data: Path, classes: tuple[str, ...], overlap: bool) -> dict[str, Frames]:
    root = data / name if (data / name).is_dir() else data
    _, height, width = networks.image_shape(name)
    read = parts.read(root, classes, (height, width), overlap=overlap)
    found = {part: Frames(*map(torch.from_numpy, labelled)) for part, labelled in read.items()}
    return {"train": found["train"]} | {part: found[part].shuffled(SHUFFLE) for part in ("val", "test")}


def _cifar(name: str, data: Path, f: int) -> dict[str, Frames]:
    """The official test pictures; the original's held-out part of the training pictures validates."""
    read = {part: Frames(*map(torch.from_numpy, found)) for part, found in cifar.read(name, data).items()}
    train, held_out = cifar.held_out(len(read["train"].labels), f)
    pixels, labels = read["train"].pixels, read["train"].labels
    return {
        "train": Frames(pixels[train], labels[train]),
        "val": Frames(pixels[held_out], labels[held_out]),
        "test": read["test"],
    }
