"""The fingerprint of the code a section runs: SHA-256 over its import closure inside the package."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parent


def closure(module: str) -> list[Path]:
    """Every source file of `reflop` that importing `module` can reach, and the JSON and npz files beside them.

    Imports inside functions count. Read from syntax trees, so nothing is imported (torch stays unloaded).

    >>> [path.name for path in closure("reflop.errors")]
    ['__init__.py', 'errors.py']
    """
    seen: set[Path] = set()
    waiting = [module]
    while waiting:
        for path in _files_of(waiting.pop()):
            if path not in seen:
                seen.add(path)
                waiting += _imports(path)
    folders = {path.parent for path in seen}
    data = {path for folder in folders for kind in ("*.json", "*.npz") for path in folder.glob(kind)}
    return sorted(seen | data)


def fingerprint(module: str, data: dict[str, str] | None = None) -> str:
    """SHA-256 over the closure of `module` and the digests of the data it reads (name -> SHA-256)."""
    total = hashlib.sha256()
    for path in closure(module):
        total.update(f"{path.relative_to(PACKAGE).as_posix()}\0{_file_digest(path)}\n".encode())
    for name, digest in sorted((data or {}).items()):
        total.update(f"data {name}\0{digest}\n".encode())
    return total.hexdigest()


def _file_digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _files_of(module: str) -> list[Path]:
    """The files that make `module`: its own and the `__init__.py` of every package above it."""
    parts = module.split(".")[1:]
    files = [PACKAGE.joinpath(*parts[:depth], "__init__.py") for depth in range(len(parts) + 1)]
    own = PACKAGE.joinpath(*parts).with_suffix(".py") if parts else None
    return [path for path in (*files, own) if path is not None and path.is_file()]


@cache
def _imports(path: Path) -> tuple[str, ...]:
    """Modules of the package that the file names in any import statement that can run."""
    package = ["reflop", *path.relative_to(PACKAGE).parent.parts]
    names: list[str] = []
    for node in _running(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, node.module] if node.module else above)
            names += [base, *(f"{base}.{alias.name}" for alias in node.names)]
    return tuple(name for name in names if name.split(".")[0] == "reflop")


def _running(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node of the tree except what only a type checker reads (`if TYPE_CHECKING:`)."""
    for node in ast.iter_child_nodes(tree):
        if not (
            isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        ):
            yield node
            yield from _running(node)
