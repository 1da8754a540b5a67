import importlib
import json
from pathlib import Path

import pytest

from reflop import runs, template
from tests import project
from tests.contract.notebooks import problems

CHECKOUT = Path(__file__).parents[2]
NOTEBOOKS = sorted((CHECKOUT / "notebooks").glob("*.ipynb"))
FIGURE = {"figure": "toy.echo", "section": "toy.echo"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_keeps_to_the_rules(path: Path) -> None:
    assert problems(path) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_figure_it_names_exists(path: Path) -> None:
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if told := cell["metadata"].get("reflop"):
            system, _, name = told["figure"].partition(".")
            assert callable(getattr(importlib.import_module(f"reflop.systems.{system}.figures"), name))


def test_every_notebook_is_run_and_named_after_its_system() -> None:
    used = {run.notebook for run in runs.load(CHECKOUT).values()}
    assert {f"notebooks/{path.name}" for path in NOTEBOOKS} == used
    for path in NOTEBOOKS:
        systems = {section.partition(".")[0] for section in template.read(path).sections}
        assert path.stem.partition("_")[0] in systems | {"frontier"}


def good() -> dict:
    figures = "from reflop.systems.toy import figures"
    page = json.loads(project.notebook(figures, "figures.echo(records(record))", 'explore("toy.echo")'))
    page["cells"][5]["metadata"] = {"reflop": dict(FIGURE)}
    page["cells"][6]["metadata"] = {"tags": ["interactive"]}
    return page


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return project.enter(monkeypatch, project.make(tmp_path / "checkout"))


def found(root: Path, page: dict) -> list[str]:
    project.write(root, "page", json.dumps(page))
    return problems(root / "notebooks" / "page.ipynb")


def test_a_good_page_passes(root: Path) -> None:
    assert found(root, good()) == []


@pytest.mark.parametrize(
    ("number", "text", "told"),
    [
        (4, "a\nb\nc\nd\ne\nf", "cell 5: 6 lines of code, over 5"),
        (4, "def f(): pass", "cell 5: def belongs in the package"),
        (4, "[x for x in y]", "cell 5: for belongs in the package"),
        (4, "1 if x else 2", "cell 5: if belongs in the package"),
        (4, "open('x')", "cell 5: open belongs in the package"),
        (4, "torch.zeros(1)", "cell 5: torch belongs in the package"),
        (4, "%time x", "cell 5: no Python: invalid syntax"),
        (4, " ", "cell 5: empty"),
        (0, "Prose", "cell 1: no title"),
        (2, "preset: str = 'smoke'", 'parameters: not preset: str = "book"'),
        (2, "preset: str = 'book'\nsize: int = 4", "parameters: size is not Optional[...] = None"),
        (
            2,
            "preset: str = 'book'\nfoo: Optional[int] = None",
            "parameters: foo is no field of a section on the page",
        ),
        (2, "seed: Optional[int] = None\npreset: str = 'book'", "parameters: preset does not come first"),
        (5, "figures.echo(x)", "cell 6: not of the form figures.x(records(record))"),
        (5, "records(record)", "cell 6: figures.x(records(...)) and metadata reflop go together"),
        (6, "1 + 1", "cell 7: explore(...) and the tag interactive go together"),
        (7, "'complete'", 'the last cell is not "complete", tagged sentinel'),
        (3, 'record = run("toy.echo", preset=preset, seed=seed)', "parameters: text reaches no section"),
    ],
)
def test_what_breaks_a_rule_is_told(root: Path, number: int, text: str, told: str) -> None:
    page = good()
    page["cells"][number]["source"] = text
    assert told in found(root, page)


@pytest.mark.parametrize(
    "wrong", [{"figure": "toy.other"}, {"section": "toy.other"}, {"figure": "other.echo"}]
)
def test_a_figure_that_is_not_the_one_it_says_is_told(root: Path, wrong: dict[str, str]) -> None:
    page = good()
    page["cells"][5]["metadata"]["reflop"] |= wrong
    [told] = found(root, page)
    assert told.endswith("but it draws toy.echo of toy.echo")


def test_a_section_drawn_by_name(root: Path) -> None:
    page = good()
    page["cells"][5]["source"] = 'figures.echo(records("toy.echo"))'
    assert found(root, page) == []


def test_the_form_of_the_file(root: Path) -> None:
    page = good() | {"nbformat_minor": 4}
    page["cells"][1]["id"] = page["cells"][2]["id"]
    page["metadata"] = {"widgets": {}}
    assert found(root, page) == [
        "nbformat 4.4, not 4.5",
        "the kernel is not python3",
        "cells without an id of their own",
        "metadata of a run: widgets",
    ]
