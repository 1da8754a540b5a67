"""What every notebook of the book keeps to; a notebook that does not is described line by line."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reflop import catalog, template
from reflop.errors import ReflopError

LONGEST_CELL = 5
FORBIDDEN = {
    ast.FunctionDef: "def",
    ast.AsyncFunctionDef: "def",
    ast.ClassDef: "class",
    ast.Lambda: "lambda",
    ast.For: "for",
    ast.comprehension: "for",
    ast.While: "while",
    ast.If: "if",
    ast.IfExp: "if",
    ast.With: "with",
    ast.Try: "try",
}
FIGURE = re.compile(r"figures\.(\w+)\(records\((record|\"[\w.]+\")\)\)")
Cell = dict[str, Any]


def problems(path: Path) -> list[str]:
    """What is wrong with the notebook, one line each."""
    content = json.loads(path.read_text(encoding="utf-8"))
    cells: list[Cell] = content["cells"]
    found = [
        *_form(content),
        *(f"cell {n}: {told}" for n, cell in enumerate(cells, 1) for told in _stripped(cell)),
    ]
    found += [f"cell {n}: {told}" for n, cell in enumerate(cells, 1) for told in _code(cell)]
    if not found:
        found += [*_order(cells), *_parameters(path, cells), *_figures(cells)]
    return found


def source(cell: Cell) -> str:
    """The text of a cell."""
    return "".join(cell["source"])


def tags(cell: Cell) -> set[str]:
    """The tags of a cell."""
    return set(cell["metadata"].get("tags", []))


def _form(content: dict[str, Any]) -> Iterator[str]:
    if (content["nbformat"], content["nbformat_minor"]) != (4, 5):
        yield f"nbformat {content['nbformat']}.{content['nbformat_minor']}, not 4.5"
    if content["metadata"].get("kernelspec", {}).get("name") != "python3":
        yield "the kernel is not python3"
    names = [cell.get("id") for cell in content["cells"]]
    if None in names or len(set(names)) != len(names):
        yield "cells without an id of their own"
    if extra := set(content["metadata"]) - {"kernelspec", "language_info"}:
        yield f"metadata of a run: {', '.join(sorted(extra))}"


def _stripped(cell: Cell) -> Iterator[str]:
    for output in cell.get("outputs", []):
        yield "an error is stored" if output["output_type"] == "error" else "an output is stored"
    if cell.get("execution_count") is not None:
        yield "an execution count is stored"
    if extra := set(cell["metadata"]) - {"tags", "reflop"}:
        yield f"metadata of a run: {', '.join(sorted(extra))}"


def _code(cell: Cell) -> Iterator[str]:
    if cell["cell_type"] != "code":
        return
    lines = [line for line in source(cell).splitlines() if line.strip()]
    if not lines:
        yield "empty"
    if len(lines) > LONGEST_CELL and template.PARAMETERS not in tags(cell):
        yield f"{len(lines)} lines of code, over {LONGEST_CELL}"
    try:
        tree = ast.parse(source(cell))
    except SyntaxError as error:
        yield f"no Python: {error.msg}"
        return
    for node in ast.walk(tree):
        if type(node) in FORBIDDEN:
            yield f"{FORBIDDEN[type(node)]} belongs in the package"
        if isinstance(node, ast.Name) and node.id in ("open", "torch", "exec", "eval"):
            yield f"{node.id} belongs in the package"


def _order(cells: list[Cell]) -> Iterator[str]:
    """Title, parameters, end; `explore` is marked, since a page cannot show it."""
    if cells[0]["cell_type"] != "markdown" or not source(cells[0]).startswith("# "):
        yield "cell 1: no title"
    tagged = [n for n, cell in enumerate(cells, 1) if template.PARAMETERS in tags(cell)]
    if len(tagged) != 1:
        yield f"{len(tagged)} cells tagged {template.PARAMETERS}"
    if source(cells[-1]) != '"complete"' or tags(cells[-1]) != {template.SENTINEL}:
        yield f'the last cell is not "complete", tagged {template.SENTINEL}'
    for number, cell in enumerate(cells, 1):
        if (cell["cell_type"] == "code" and "explore(" in source(cell)) != ("interactive" in tags(cell)):
            yield f"cell {number}: explore(...) and the tag interactive go together"


def _parameters(path: Path, cells: list[Cell]) -> Iterator[str]:
    """`preset`, then names of fields of the sections used, None by default and of the field's own type."""
    plan = template.read(path)
    fields = {
        name: info.annotation
        for section in plan.sections
        for name, info in catalog.section(section).params.model_fields.items()
    }
    passed = {
        name for call in plan.calls for name, node in call.keywords.items() if ast.unparse(node) == name
    }
    [cell] = [cell for cell in cells if template.PARAMETERS in tags(cell)]
    for node in ast.parse(source(cell)).body:
        if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name) or node.value is None:
            yield "parameters: not of the form name: type = value"
            continue
        name, kind, value = node.target.id, ast.unparse(node.annotation), ast.unparse(node.value)
        if name == "preset":
            if (kind, value) != ("str", "'book'"):
                yield 'parameters: not preset: str = "book"'
        elif name not in fields:
            yield f"parameters: {name} is no field of a section on the page"
        elif name not in passed:
            yield f"parameters: {name} reaches no section"
        elif not kind.startswith("Optional[") or value != "None":
            yield f"parameters: {name} is not Optional[...] = None"
    if next(iter(plan.defaults), None) != "preset":
        yield "parameters: preset does not come first"
    try:
        plan.checked("smoke", {})
        plan.checked("book", {})
    except ReflopError as error:
        yield str(error)


def _figures(cells: list[Cell]) -> Iterator[str]:
    """A drawing cell says what it draws, and says the truth; a section is drawn where it was run."""
    system = section = ""
    for number, cell in enumerate(cells, 1):
        if cell["cell_type"] != "code":
            continue
        text, told = source(cell), cell["metadata"].get("reflop")
        system = next(iter(re.findall(r"from reflop\.systems\.(\w+) import figures", text)), system)
        section = next(iter(re.findall(r"record = run\(\s*\"([\w.]+)\"", text)), section)
        drawn = FIGURE.search(text)
        if bool(told) != ("figures." in text):
            yield f"cell {number}: figures.x(records(...)) and metadata reflop go together"
        elif told and not drawn:
            yield f"cell {number}: not of the form figures.x(records(record))"
        elif told and drawn:
            of = section if drawn[2] == "record" else drawn[2].strip('"')
            if told != {"figure": f"{system}.{drawn[1]}", "section": of}:
                yield f"cell {number}: metadata {told}, but it draws {system}.{drawn[1]} of {of}"
