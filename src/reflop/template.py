"""A parametrised notebook before it runs: what it may be given, which sections it calls, with which values."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reflop import catalog, source
from reflop.errors import BadFile, BadParams, ReflopError
from reflop.files import canonical, read_json, sha256
from reflop.params import PRESETS, Params, unknown

PARAMETERS, SENTINEL = "parameters", "sentinel"
COMPLETE = "'complete'"  # what the sentinel cell shows when every cell above it ran


@dataclass(frozen=True)
class Call:
    """One `run("system.section", name=value, ...)` of a notebook."""

    section: str
    keywords: dict[str, ast.expr]


@dataclass(frozen=True)
class Template:
    """What a notebook promises, read from its cells without running or importing anything of them."""

    path: Path
    cells: int
    defaults: dict[str, Any]  # of the cell tagged `parameters`
    calls: list[Call]
    modules: list[str]  # modules of the package that its cells import

    @property
    def sections(self) -> list[str]:
        """The sections the page runs, each once, in order."""
        return list(dict.fromkeys(call.section for call in self.calls))

    def checked(self, preset: str, given: dict[str, Any]) -> dict[str, list[Params]]:
        """The validated parameters of every call, section by section, as the notebook will pass them.

        Raises:
            BadParams: a preset or name the notebook does not have, or a value a section does not take.
        """
        if preset not in PRESETS:
            raise BadParams(what="preset", expected=f"one of {', '.join(PRESETS)}", found=repr(preset)[:60])
        known = [name for name in self.defaults if name != "preset"]
        for name in given:
            if name not in known:
                raise unknown(name, known)
        values = {**self.defaults, **given, "preset": preset}
        found: dict[str, list[Params]] = {}
        for call in self.calls:
            passed = {name: _value(node, values) for name, node in call.keywords.items()}
            chosen, _ = passed.pop("preset", "book"), passed.pop("fresh", None)
            passed = {name: value for name, value in passed.items() if value not in (None, _UNKNOWN)}
            found.setdefault(call.section, []).append(catalog.section(call.section).params.of(chosen, passed))
        return found

    def asked(self, preset: str, given: dict[str, Any]) -> str:
        """What a page answers: its parameters, its notebook, and the code and data of all it runs, as JSON.

        A page is out of date exactly when this text has changed.
        """
        code = {module: source.fingerprint(module) for module in self.modules}
        for section, calls in self.checked(preset, given).items():
            data = {name: digest for params in calls for name, digest in _digests(params).items()}
            code[section] = source.fingerprint(catalog.section(section).module, data)
        return canonical({"parameters": given, "notebook": sha256(self.path), "source": code})


class _Unknown:
    """A value that only running the notebook can tell."""


_UNKNOWN = _Unknown()


def read(path: Path) -> Template:
    """Read the template at `path`.

    Raises:
        BadFile: no notebook, a cell that is not Python, or no cell tagged `parameters`.
    """
    content = read_json(path)
    cells = content.get("cells") if isinstance(content, dict) else None
    if not isinstance(cells, list):
        raise BadFile(what=str(path), expected="a notebook", found="no cells")
    trees = {n: _tree(path, n, cell) for n, cell in enumerate(cells, 1) if cell.get("cell_type") == "code"}
    tagged = [n for n in trees if PARAMETERS in cells[n - 1].get("metadata", {}).get("tags", [])]
    if len(tagged) != 1:
        raise BadFile(what=str(path), expected="one cell tagged parameters", found=str(len(tagged)))
    nodes = [node for tree in trees.values() for node in ast.walk(tree)]
    calls = [call for node in nodes if (call := _call(node))]
    modules = sorted({name for node in nodes for name in _imported(node)})
    return Template(path, len(cells), _defaults(path, trees[tagged[0]]), calls, modules)


def _tree(path: Path, number: int, cell: dict[str, Any]) -> ast.Module:
    try:
        return ast.parse("".join(cell.get("source", "")))
    except (SyntaxError, ValueError) as error:
        raise BadFile(what=f"{path} cell {number}", expected="Python", found=str(error)[:80]) from None


def _defaults(path: Path, cell: ast.Module) -> dict[str, Any]:
    """Names and default values of the parameters cell."""
    found: dict[str, Any] = {}
    for node in cell.body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        try:
            found[target.id] = ast.literal_eval(node.value)  # type: ignore[union-attr, attr-defined]
        except (AttributeError, ValueError):
            shown = ast.unparse(node)[:80]
            raise BadFile(what=f"{path}: parameters", expected="name = value", found=shown) from None
    return found


def _call(node: ast.AST) -> Call | None:
    """The node as a call of `run` on a named section."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "run"):
        return None
    if not (node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str)):
        return None
    positional = dict(zip(["preset"], node.args[1:], strict=False))
    return Call(node.args[0].value, positional | {k.arg: k.value for k in node.keywords if k.arg})


def _value(node: ast.expr, values: dict[str, Any]) -> Any:
    if isinstance(node, ast.Name):
        return values.get(node.id, _UNKNOWN)
    try:
        return ast.literal_eval(node)
    except ValueError:
        return _UNKNOWN


def _imported(node: ast.AST) -> list[str]:
    """Modules of a system (its figures) that a cell imports; sections are found from the calls."""
    if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("reflop.systems."):
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def _digests(params: Params) -> dict[str, str]:
    """Digests of the data a section reads; what is missing here counts as its own state."""
    try:
        return params.data_digests()
    except ReflopError as error:
        return {"unavailable": str(error)}
