"""The classification tasks of the FoldedCNNs study: six score-board readers of games, four video detectors.

A task of one's own is a description file, the original's `model_description.json`, read by `read`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reflop.errors import BadFile
from reflop.files import read_json
from reflop.params import unknown

TEMPLATE = "1_3s_1_convnet"


def _in_string_order(*names: str) -> tuple[str, ...]:
    """As an image-folder loader numbers them, and `other` last: the curriculum brings classes in this order."""
    return (*sorted(names), "other")


@dataclass(frozen=True)
class Game:
    """A task that reads a number off a picture of `height` x `width`: classes, and units of three convolutions."""

    name: str
    height: int
    width: int
    classes: tuple[str, ...]
    units: int = 1


@dataclass(frozen=True)
class Video:
    """A detector of one object in frames of 50 x 50: filters, dense units, convolutions, and its share of the video.

    Training, validation and test frames are `fraction` of the video each, the first from `start` fractions on.
    """

    name: str
    filters: int
    dense: int
    convolutions: int
    label: str
    fraction: float
    start: int


_TWO_DIGITS = [f"{i:02d}" for i in range(100)]
GAMES = {
    game.name: game
    for game in (
        Game("lol/goldnumber-fraction", 22, 52, _in_string_order(*map(str, range(10)))),
        Game("lol/goldnumber-int", 22, 52, _in_string_order(*map(str, range(10)), *_TWO_DIGITS)),
        Game("lol/timer-minutes", 15, 35, _in_string_order(*_TWO_DIGITS[:61])),
        Game("apex/squad_count_v2", 19, 25, _in_string_order(*map(str, range(21)))),
        Game("sot/coin_count-digits_3_4-v2", 17, 40, _in_string_order(*map(str, range(1, 15)))),
        Game("sot/timer3", 22, 30, _in_string_order(*map(str, range(26))), units=2),
    )
}
VIDEOS = {
    video.name: video
    for video in (
        Video("coral", 16, 128, 2, "person", 1 / 8, 5),
        Video("night", 16, 128, 2, "car", 1 / 8, 1),
        Video("roundabout", 32, 32, 4, "car", 1 / 8, 1),
        Video("taipei", 64, 32, 2, "bus", 1 / 16, 0),
    )
}


def game(task: str | Path) -> Game:
    """The game task of that name, or the one that a description file describes.

    >>> game("sot/timer3").classes[:3], len(game("lol/goldnumber-int").classes)
    (('0', '1', '10'), 111)

    Raises:
        BadParams: an unknown name.
        BadFile: a description that is damaged or incomplete.
    """
    if isinstance(task, Path) or str(task).endswith(".json"):
        return read(Path(task))
    if task not in GAMES:
        raise unknown(task, list(GAMES), "game task")
    return GAMES[task]


def read(path: Path) -> Game:
    """The task that a description file describes: `out-h`, `out-w`, `n-conv-units` and `ClassNames`.

    Raises:
        BadFile: naming the first key that is absent or wrong.
    """
    told = read_json(path)
    architecture = _get(path, told, "model-architecture", dict)
    params = _get(path, architecture, "params", dict)
    if (template := architecture.get("template", TEMPLATE)) != TEMPLATE:
        raise BadFile(what=f"{path}: template", expected=TEMPLATE, found=repr(template)[:60])
    names = _get(path, told, "ClassNames", list)
    if not names or not all(isinstance(name, str) for name in names) or len(set(names)) != len(names):
        raise BadFile(
            what=f"{path}: ClassNames", expected="different names, one or more", found=repr(names)[:60]
        )
    sizes = {key: _get(path, told, key, int) for key in ("out-h", "out-w")}
    units = _get(path, params, "n-conv-units", int)
    for key, size, least in (*((key, size, 12) for key, size in sizes.items()), ("n-conv-units", units, 0)):
        if not least <= size <= 4096:
            raise BadFile(what=f"{path}: {key}", expected=f"{least} to 4096", found=str(size)[:20])
    return Game(path.stem, sizes["out-h"], sizes["out-w"], tuple(names), units)


def _get(path: Path, told: Any, key: str, kind: type) -> Any:
    value = told.get(key) if isinstance(told, dict) else None
    if not isinstance(value, kind) or isinstance(value, bool):
        found = "nothing" if value is None else repr(value)[:60]
        raise BadFile(what=f"{path}: {key}", expected=kind.__name__, found=found)
    return value
