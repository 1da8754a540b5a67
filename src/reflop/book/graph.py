"""Drawings of an idea: Graphviz where it is installed, the drawing in words where it is not."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

from reflop.book import escape
from reflop.book.folder import Folder
from reflop.errors import RunFailed
from reflop.figures import INK, PALETTE

TIMEOUT_S = 60
_TOLD = re.compile(r"^// (caption|alt): (.+)$", re.MULTILINE)


def stage(folder: Folder, path: Path) -> None:
    """Put the drawing of one `.dot` file into `folder`, as `theme-figure` takes it.

    The file's first lines say `// caption: ...` and `// alt: ...`; INK and ACCENT in it become the theme's colours.

    Raises:
        RunFailed: Graphviz refused the file.
    """
    name, text = path.stem, path.read_text(encoding="utf-8")
    tool = shutil.which("dot")
    told: dict[str, object] = {key: value.strip() for key, value in _TOLD.findall(text)}
    files = [f"figures/{name}-{theme}.svg" for theme in INK]
    key = hashlib.sha256(f"{tool is None}\0{INK}\0{PALETTE}\0{text}".encode()).hexdigest()
    if _key(folder, name) == key and all(folder.kept(file) for file in (f"figures/{name}.json", *files)):
        return
    words = "" if tool else " (Graphviz is not installed here, so the drawing is given in words.)"
    told |= {"key": key, "light": None, "dark": None, "caption": escape.caption(f"{told['caption']}{words}")}
    for theme in INK if tool else ():
        svg = _draw(str(tool), text.replace("INK", INK[theme]).replace("ACCENT", PALETTE[0]), path)
        told[theme] = folder.write(f"figures/{name}-{theme}.svg", svg).name
    folder.write(f"figures/{name}.json", json.dumps(told, indent=1, ensure_ascii=False))


def _key(folder: Folder, name: str) -> str:
    sidecar = folder.path / f"figures/{name}.json"
    return json.loads(sidecar.read_text(encoding="utf-8"))["key"] if sidecar.is_file() else ""


def _draw(tool: str, text: str, path: Path) -> str:
    """Graphviz's SVG of `text`, without its comments and without page size in points."""
    done = subprocess.run(
        [tool, "-Tsvg"], input=text, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
    if done.returncode:
        raise RunFailed(what=str(path), expected="a drawing Graphviz takes", found=done.stderr.strip()[:200])
    return re.sub(r"<!--.*?-->\s*", "", done.stdout, flags=re.DOTALL)
