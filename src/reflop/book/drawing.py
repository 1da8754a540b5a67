"""Figures of the book: each drawn from its records in light and dark, again only when something it shows changed."""

from __future__ import annotations

import hashlib
import importlib
import io
import json
from collections.abc import Callable

from reflop import source
from reflop.book import escape
from reflop.book.folder import Folder
from reflop.errors import RunFailed
from reflop.figures import Drawing, Theme, missing, style
from reflop.files import canonical
from reflop.machine import version
from reflop.record import Record

SVG_LIMIT_BYTES = 300_000  # beyond it a page shows a PNG; the SVG stays for download
THEMES: tuple[Theme, ...] = ("light", "dark")


def stage(folder: Folder, name: str, figure: str, records: list[Record], command: str) -> None:
    """Put `figures/<name>.json` and its drawings into `folder`.

    `figure` is `system.function`; with no record that is done, a placeholder names the reason and `command`.

    Raises:
        RunFailed: the figure function broke.
    """
    key = _key(figure, records, command)
    if _current(folder, name, key):
        return
    function = _function(figure, records, command)
    files: dict[str, str] = {}
    for theme in THEMES:
        with style(theme):
            drawing = _draw(function, figure, records)
            files[theme] = _write(folder, f"figures/{name}-{theme}", drawing)
    width, height = (round(96 * inches) for inches in drawing.figure.get_size_inches())
    told = {
        "key": key,
        **files,
        "caption": escape.caption(drawing.caption),
        "alt": escape.plain(drawing.alt),
        "width": width,
        "height": height,
    }
    folder.write(f"figures/{name}.json", json.dumps(told, indent=1, ensure_ascii=False))


def _key(figure: str, records: list[Record], command: str) -> str:
    """Digest of everything a drawing depends on: its function's sources, its records, the plotting library."""
    modules = (f"reflop.systems.{figure.partition('.')[0]}.figures", __name__)
    parts = [figure, command, version("matplotlib"), *map(source.fingerprint, modules)]
    return hashlib.sha256(canonical([*parts, *(record.digest for record in records)]).encode()).hexdigest()


def _current(folder: Folder, name: str, key: str) -> bool:
    """Whether the drawing of an earlier staging has this key; its files are then kept."""
    sidecar = folder.path / f"figures/{name}.json"
    if not sidecar.is_file():
        return False
    told = json.loads(sidecar.read_text(encoding="utf-8"))
    files = [f"figures/{name}.json", f"figures/{name}-light.svg", *(f"figures/{told[t]}" for t in THEMES)]
    return told["key"] == key and all(folder.kept(file) for file in files)


def _function(figure: str, records: list[Record], command: str) -> Callable[[list[Record]], Drawing]:
    """The figure's function, or the placeholder's where there is nothing to draw."""
    if any(record.status == "done" for record in records):
        system, _, name = figure.partition(".")
        found: Callable[[list[Record]], Drawing] = getattr(
            importlib.import_module(f"reflop.systems.{system}.figures"), name
        )
        return found
    reason = next((record.reason for record in records), "no record at this preset")
    return lambda _: missing(reason, command)


def _draw(function: Callable[[list[Record]], Drawing], figure: str, records: list[Record]) -> Drawing:
    try:
        return function(records)
    except Exception as error:
        raise RunFailed(what=f"figure {figure}", found=f"{type(error).__name__}: {error}") from error


def _write(folder: Folder, stem: str, drawing: Drawing) -> str:
    """Write one drawing as SVG, or as PNG where the SVG is too heavy for a page; returns the file to show."""
    svg = drawing.svg()
    if stem.endswith("-light") or len(svg) <= SVG_LIMIT_BYTES:
        folder.write(f"{stem}.svg", svg)
    if len(svg) <= SVG_LIMIT_BYTES:
        return f"{stem}.svg".partition("/")[2]
    buffer = io.BytesIO()
    drawing.figure.savefig(buffer, format="png", dpi=200, metadata={"Software": None})
    return folder.write(f"{stem}.png", buffer.getvalue()).name
