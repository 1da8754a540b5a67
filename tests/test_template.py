import json
from pathlib import Path

import pytest

from reflop import template
from reflop.errors import BadFile, BadParams
from tests import project


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return project.enter(monkeypatch, project.make(tmp_path / "checkout"))


def write(root: Path, *sources: str, **options: str) -> template.Template:
    project.write(root, "page", project.notebook(*sources, **options))
    return template.read(root / "notebooks" / "page.ipynb")


def test_reads_parameters_sections_and_modules_without_running_anything(root: Path) -> None:
    plan = write(root, "from reflop.systems.toy import figures", "figures.echo(records(record))")
    assert plan.defaults == dict.fromkeys(["seed", "text", "size", "rate", "mode"]) | {"preset": "book"}
    assert plan.sections == ["toy.echo"]
    assert plan.modules == ["reflop.systems.toy.figures"]
    assert plan.cells == 7


def test_values_reach_the_sections_as_the_notebook_passes_them(root: Path) -> None:
    plan = write(root, 'run("toy.echo", "smoke", text="fixed", size=size)', 'run("toy.echo", size=2 * 8)')
    first, second, third = plan.checked("book", {"size": 8, "text": "given"})["toy.echo"]
    assert (first.model_dump()["text"], first.model_dump()["size"]) == ("given", 8)
    assert (second.model_dump()["text"], second.model_dump()["size"]) == ("fixed", 8)
    assert third.model_dump()["size"] == 4  # an expression is known only when it runs


def test_a_default_of_the_notebook_counts(root: Path) -> None:
    plan = write(root, parameters=project.PARAMETERS.replace("size: Optional[int] = None", "size: int = 7"))
    assert plan.checked("smoke", {})["toy.echo"][0].model_dump()["size"] == 7


@pytest.mark.parametrize(
    ("preset", "given", "told"),
    [
        ("smoke", {"siez": 1}, "unknown parameter 'siez': expected 'size' \\(nearest\\)"),
        ("smoke", {"preset": "book"}, "unknown parameter 'preset'"),
        ("smoke", {"size": "8"}, "size: expected 1 to 64, found '8'"),
        ("tiny", {}, "preset: expected one of smoke, book, long, paper, found 'tiny'"),
        ("paper", {}, "preset: expected smoke or book, found 'paper'"),
    ],
)
def test_what_a_section_would_refuse_is_refused_now(root: Path, preset: str, given: dict, told: str) -> None:
    with pytest.raises(BadParams, match=told):
        write(root).checked(preset, given)


def test_an_unknown_section_is_refused(root: Path) -> None:
    with pytest.raises(BadParams, match=r"unknown section 'toy\.ecko': expected 'toy\.echo' \(nearest\)"):
        write(root, 'run("toy.ecko")').checked("smoke", {})


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"parameters": "preset = input()"}, "expected name = value, found preset = input\\(\\)"),
        ({"parameters": "print()"}, "expected name = value"),
        ({"parameters": "a: int"}, "expected name = value"),
        ({"run": "%matplotlib inline"}, "cell 4: expected Python"),
    ],
)
def test_a_notebook_that_cannot_be_read_is_refused(root: Path, options: dict[str, str], told: str) -> None:
    with pytest.raises(BadFile, match=told):
        write(root, **options)


@pytest.mark.parametrize("text", ["{}", "[]", '{"cells": []}', "not JSON"])
def test_a_file_that_is_no_template_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "page.ipynb"
    file.write_text(text)
    with pytest.raises(BadFile, match=r"page\.ipynb"):
        template.read(file)


def test_the_question_changes_with_parameters_notebook_and_code_and_with_nothing_else(root: Path) -> None:
    plan = write(root)
    first = plan.asked("smoke", {})
    assert json.loads(first)["source"].keys() == {"toy.echo"}
    assert plan.asked("smoke", {"size": 3}) != first
    assert write(root, "1").asked("smoke", {}) != first
    plan = write(root)
    (root / "src" / "reflop" / "book" / "escape.py").write_text("# not in the closure of toy.echo")
    plan.path.touch()
    assert plan.asked("smoke", {}) == first
    with (root / "src" / "reflop" / "systems" / "toy" / "sections.py").open("a") as file:
        file.write("# a change\n")
    assert plan.asked("smoke", {}) != first
