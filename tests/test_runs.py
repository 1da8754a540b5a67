from pathlib import Path

import pytest

from reflop import runs
from reflop.errors import BadParams
from tests import project

CHECKOUT = Path(__file__).parents[1]
BOOK_BUDGET_S = 20 * 60


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return project.enter(monkeypatch, project.make(tmp_path / "checkout"))


def test_the_whole_book_fits_its_budget() -> None:
    assert sum(run.budget_s for run in runs.load(CHECKOUT).values()) <= BOOK_BUDGET_S


def test_every_run_has_a_page_in_the_book() -> None:
    contents = (CHECKOUT / "_toc.yml").read_text()
    for name in runs.load(CHECKOUT):
        assert f"file: book/runs/{name}\n" in contents


def test_load(root: Path) -> None:
    text = project.entry("page") + project.entry("long-text", "page", threads="all", parameters={"size": 8})
    (root / "runs.yaml").write_text(text)
    known = runs.load(root)
    assert list(known) == ["page", "long-text"]
    assert known["page"] == runs.Run("page", "notebooks/page.ipynb", "The page", 1, 9)
    assert known["long-text"].threads == "all"
    assert runs.find("long-text").parameters == {"size": 8}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (project.entry("page") * 2, "'page' twice"),
        (project.entry("page", budget_s=0), "budget_s"),
        (project.entry("page", threads="most"), "threads"),
        (project.entry("page", threads=True), "threads"),
        (project.entry("page", titel="x"), "titel"),
        (project.entry("page", "none"), "a file notebooks/NAME.ipynb"),
        (project.entry("page", "../runs"), "notebook"),
        (project.entry("page", parameters={"siz": 1}), "'size' \\(nearest\\)"),
        (project.entry("page", parameters={"size": 0}), "size: expected 1 to 64, found 0"),
        ("page: notebooks/page.ipynb", "notebook, title, threads, budget_s"),
        ("Page: {}", "a-z"),
    ],
)
def test_what_cannot_be_used_is_refused(root: Path, line: str, told: str) -> None:
    (root / "runs.yaml").write_text(line)
    with pytest.raises(BadParams, match=told):
        runs.load(root)


def test_a_notebook_outside_the_folder_is_refused(root: Path) -> None:
    (root / "page.ipynb").write_text(project.notebook())
    (root / "runs.yaml").write_text(project.entry("page").replace("notebooks/", ""))
    with pytest.raises(BadParams, match="notebooks/NAME"):
        runs.load(root)


def test_the_nearest_run_is_suggested(root: Path) -> None:
    with pytest.raises(BadParams, match="unknown run 'pgae': expected 'page' \\(nearest\\)"):
        runs.find("pgae", root)
