"""A data set or weight file as a value: what it is, where it comes from, how its folder looks."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from reflop.files import sha256

NOT_STATED = "not stated"
TOLD = 5  # problems that a check tells


@dataclass(frozen=True)
class Dataset:
    """One entry of the catalogue.

    `layout` lists path patterns below the folder that the user names: `<class>` stands for any name, `*` for any
    part of one, `{train,test}` for both; every pattern has to match. `counts` says how often some of them do.
    `files` maps what is downloaded, or lies in the folder, to its SHA-256, None where nobody has published one.
    `url` is set only where the licence permits Reflop to download. `load` reads an embedded set.
    """

    name: str
    what: str
    page: str | None
    sections: tuple[str, ...]  # a section, or a system for all of its sections that take real data
    layout: tuple[str, ...] = ()
    licence: str = NOT_STATED
    size: str = NOT_STATED
    files: Mapping[str, str | None] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    url: str = ""
    load: Callable[[], Any] | None = None
    kind: Literal["data", "weights"] = "data"
    note: str = ""

    @property
    def command(self) -> str:
        """What to type to check a folder."""
        return f"reflop data check {self.name} DIR"

    def drawing(self) -> str:
        """The folder layout, drawn with one name per line.

        >>> print(Dataset("d", "", None, (), layout=("train/<class>/*.png", "labels.txt")).drawing())
        DIR/
            train/
                <class>/
                    *.png
            labels.txt
        """
        lines: dict[tuple[str, ...], str] = {(): "DIR/"}
        for pattern in self.layout:
            parts = tuple(pattern.split("/"))
            for depth, name in enumerate(parts, 1):
                lines[parts[:depth]] = "    " * depth + name + ("/" if depth < len(parts) else "")
        return "\n".join(lines.values())

    def problems(self, folder: Path) -> list[str]:
        """What is missing, empty, miscounted or damaged in `folder`; the first five."""
        if not folder.is_dir():
            return [f"{folder} is not a folder"]
        return list(itertools.islice(self._problems(folder), TOLD))

    def _problems(self, folder: Path) -> Iterator[str]:
        for pattern in itertools.chain.from_iterable(map(alternatives, self.layout)):
            found = matches(pattern, folder)
            first = next(found, None)
            if first is None:
                yield f"no {pattern}"
            for path in itertools.chain([first] if first else [], found):
                if path.is_file() and not path.stat().st_size:
                    yield f"{path.relative_to(folder)} is empty"
        for pattern, expected in self.counts.items():
            number = sum(1 for one in alternatives(pattern) for _ in matches(one, folder))
            if number != expected:
                yield f"{pattern}: expected {expected:,}, found {number:,}"
        for name, digest in self.files.items():
            if digest and (folder / name).is_file() and (found_digest := sha256(folder / name)) != digest:
                yield f"{name}: expected SHA-256 {digest[:12]}, found {found_digest[:12]}"


def alternatives(pattern: str) -> list[str]:
    """A pattern without braces for each choice they leave.

    >>> alternatives("{train,test}/<class>/*.png")
    ['train/<class>/*.png', 'test/<class>/*.png']
    """
    parts = re.split(r"\{([^}]*)\}", pattern)  # text and choices take turns
    choices = [part.split(",") if turn % 2 else [part] for turn, part in enumerate(parts)]
    return ["".join(choice) for choice in itertools.product(*choices)]


def matches(pattern: str, folder: Path) -> Iterator[Path]:
    """Visible paths below `folder` that fit a pattern without braces; one that ends in `/` fits folders only."""
    found = folder.glob(re.sub(r"<[^>]*>", "*", pattern))
    return (path for path in found if not any(part[0] == "." for part in path.relative_to(folder).parts))
