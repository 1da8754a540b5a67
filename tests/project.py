"""A small checkout in a temporary folder, with a system of its own: `toy.echo`, which computes nothing heavy."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from reflop import catalog, source

CHECKOUT = Path(__file__).parents[1]
PARAMS = '''"""Parameters of the toy sections."""

from typing import Any, ClassVar, Literal

from pydantic import Field

from reflop.params import Params

TITLE = "A toy"
SOURCE = "Nobody 2020"


class Echo(Params):
    """Give a text back."""

    text: str = Field("hello", max_length=4000, description="what is given back")
    size: int = Field(4, ge=1, le=64, description="how often")
    rate: float = Field(0.5, ge=0, le=1, description="a share")
    mode: Literal["plain", "absent"] = Field("plain", description="absent: a chip that is not here")

    SMOKE: ClassVar[dict[str, Any]] = {"size": 2}


SECTIONS: dict[str, type[Params]] = {"echo": Echo}
'''
SECTIONS = '''"""Toy (Nobody 2020).

Run:      reflop run toy.echo
Cost:     nothing
"""

from pathlib import Path

from reflop.errors import RunFailed, Unavailable
from reflop.record import Measured, Metric
from reflop.systems.toy.params import Echo


def echo(params: Echo, work: Path) -> Measured:
    """Give the text back, with its length."""
    if params.mode == "absent":
        raise Unavailable(what="toy chip", expected="one", found="none")
    if params.size == 13:
        raise RunFailed(what="toy.echo", expected="luck", found="13")
    length = Metric.exact(float(len(params.text) * params.size), "")
    return Measured({"length": length}, rows=[{"text": params.text}])
'''
FIGURES = '''"""Figures of the toy."""

from matplotlib.figure import Figure

from reflop.figures import Drawing
from reflop.record import Record


def echo(records: list[Record]) -> Drawing:
    """How long the text is."""
    figure = Figure()
    length = records[0].metrics["length"].value
    figure.subplots().bar(["length"], [length])
    return Drawing(figure, f"The text has {length:g} letters.", f"One bar of height {length:g}")
'''
NAMES = {"seed": "int", "text": "str", "size": "int", "rate": "float", "mode": "str"}
PARAMETERS = "\n".join(["preset: str = 'book'", *(f"{n}: Optional[{t}] = None" for n, t in NAMES.items())])
RUN = f'record = run("toy.echo", preset=preset, {", ".join(f"{name}={name}" for name in NAMES)})\nrecord'


def notebook(*sources: str, parameters: str = PARAMETERS, run: str = RUN, end: str = '"complete"') -> str:
    """The text of a page: imports, parameters, one section, then `sources`, one code cell each, and the end."""
    tags = {"import": ["remove-input"], "parameters": ["parameters"], "end": ["sentinel"]}
    imports = "from typing import Optional\n\nfrom reflop import records, run"
    code = [("import", imports), ("parameters", parameters), ("run", run)]
    code += [*(("cell", source) for source in sources), ("end", end)]
    cells = [{"cell_type": "markdown", "id": "title", "metadata": {}, "source": "# A page\n\nIts prose."}]
    for number, (kind, text) in enumerate(code):
        cell = {"cell_type": "code", "id": f"cell-{number}", "source": text, "outputs": []}
        cells.append(
            cell | {"execution_count": None, "metadata": {"tags": tags[kind]} if kind in tags else {}}
        )
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    page = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(page, indent=1, ensure_ascii=False)


def entry(name: str, file: str = "", **other: object) -> str:
    """One line of `runs.yaml`."""
    told = {
        "notebook": f"notebooks/{file or name}.ipynb",
        "title": f"The {name}",
        "threads": 1,
        "budget_s": 9,
    }
    return f"{name}: {json.dumps(told | other)}\n"


def make(root: Path, *sources: str, **options: str) -> Path:
    """Write the checkout with one run, `page`; returns its root."""
    (root / "notebooks").mkdir(parents=True)
    (root / "_toc.yml").write_text("root: book/index\n")
    (root / "runs.yaml").write_text(entry("page"))
    write(root, "page", notebook(*sources, **options))
    shutil.copytree(CHECKOUT / "workflow", root / "workflow")
    shutil.copytree(CHECKOUT / "src" / "reflop", root / "src" / "reflop")
    add_system(root, "toy")
    return root


def add_system(root: Path, name: str) -> None:
    """A folder, and in the catalogue one import and one line."""
    folder = root / "src" / "reflop" / "systems" / name
    folder.mkdir()
    for file, text in (
        ("__init__", '"""A toy."""\n'),
        ("params", PARAMS),
        ("sections", SECTIONS),
        ("figures", FIGURES),
    ):
        (folder / f"{file}.py").write_text(text.replace("systems.toy", f"systems.{name}"))
    catalogue = root / "src" / "reflop" / "catalog.py"
    text = catalogue.read_text()
    first, line = "from reflop.systems.optical import", "SYSTEMS: dict[str, ModuleType] = {\n"
    text = text.replace(first, f"from reflop.systems.{name} import params as {name}\n{first}", 1)
    catalogue.write_text(text.replace(line, f'{line}    "{name}": {name},\n', 1))


def write(root: Path, name: str, text: str) -> None:
    """Write a notebook of the checkout."""
    (root / "notebooks" / f"{name}.ipynb").write_text(text, encoding="utf-8")


def enter(monkeypatch: pytest.MonkeyPatch, root: Path, system: str = "toy") -> Path:
    """Work in the checkout: this process sees its system, and so do the kernels it starts."""
    package = root / "src" / "reflop"
    spec = importlib.util.spec_from_file_location("toy_params", package / "systems" / system / "params.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.chdir(root)
    monkeypatch.setenv("PYTHONPATH", str(root / "src"))
    monkeypatch.setattr(catalog, "SYSTEMS", {system: module})
    monkeypatch.setattr(source, "PACKAGE", package)
    return root


def command(root: Path, *words: str, **environment: str) -> subprocess.Popen[str]:
    """Start `reflop` in the checkout, in a process group of its own, with Ctrl-C heeded as on a terminal.

    (A shell without job control starts background jobs, such as a whole test run, with SIGINT ignored, and every
    child inherits that.)
    """
    return subprocess.Popen(
        ["env", "--default-signal=INT", sys.executable, "-m", "reflop", *words],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root / "src"), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )


def reflop(root: Path, *words: str, **environment: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of `reflop` in the checkout."""
    process = command(root, *words, **environment)
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def published(root: Path, preset: str = "smoke", name: str = "page") -> Path:
    """Where the page appears."""
    return root / "build" / "runs" / preset / f"{name}.ipynb"


def read(path: Path) -> nbformat.NotebookNode:
    """An executed notebook."""
    return nbformat.read(path, as_version=4)


def leftovers(root: Path) -> list[str]:
    """Names of hidden files and folders beside the pages."""
    return [path.name for path in (root / "build" / "runs").rglob(".*") if not path.name.endswith(".done")]


def state(root: Path) -> dict[str, bytes]:
    """Every published page and local record, byte for byte."""
    folders = (root / "build" / "runs", Path(os.environ["REFLOP_RECORDS"]))
    return {str(p): p.read_bytes() for folder in folders for p in folder.rglob("*.[ij]*") if p.is_file()}
