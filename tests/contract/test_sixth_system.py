"""A sixth system in a copy of the tree: a folder, a notebook, and one line each in three files; nothing else."""

import json
import shutil
from pathlib import Path

import pytest

from tests import project
from tests.contract.notebooks import problems

FILES = ("runs.yaml", "_toc.yml", "notebooks", "workflow")
LINES = {"src/reflop/catalog.py": 2, "runs.yaml": 1, "_toc.yml": 1}  # the import and the entry; a line each
NEW = {"notebooks/sixth_echo.ipynb"} | {
    f"src/reflop/systems/sixth/{name}.py" for name in ("__init__", "params", "sections", "figures")
}


def files(root: Path) -> dict[str, list[str]]:
    """The lines of every text file of the tree."""
    paths = [
        path
        for path in root.rglob("*")
        if path.is_file() and path.suffix in (".py", ".ipynb", ".yaml", ".yml")
    ]
    return {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8").splitlines() for path in paths
    }


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the tree, as it is."""
    root = tmp_path / "checkout"
    for name in FILES:
        if (project.CHECKOUT / name).is_dir():
            shutil.copytree(project.CHECKOUT / name, root / name)
        else:
            root.mkdir(exist_ok=True)
            shutil.copyfile(project.CHECKOUT / name, root / name)
    shutil.copytree(project.CHECKOUT / "src" / "reflop", root / "src" / "reflop")
    return root


def add(root: Path) -> None:
    """What a contributor does."""
    project.add_system(root, "sixth")
    page = json.loads(
        project.notebook(
            "from reflop.systems.sixth import figures",
            "figures.echo(records(record))",
            run=project.RUN.replace("toy.", "sixth."),
        )
    )
    page["cells"][5]["metadata"] = {"reflop": {"figure": "sixth.echo", "section": "sixth.echo"}}
    project.write(root, "sixth_echo", json.dumps(page))
    with (root / "runs.yaml").open("a") as file:
        file.write(project.entry("sixth_echo"))
    with (root / "_toc.yml").open("a") as file:
        file.write("      - file: book/runs/sixth_echo\n")


@pytest.mark.slow
def test_a_sixth_system_is_a_folder_a_notebook_and_a_line_in_three_files(tree: Path) -> None:
    before = files(tree)
    add(tree)
    after = files(tree)
    assert after.keys() - before.keys() == NEW
    changed = {name: len(after[name]) - len(before[name]) for name in before if after[name] != before[name]}
    assert changed == LINES

    code, out, _ = project.reflop(tree, "list", "sixth.echo")
    assert (code, "how often" in out) == (0, True)
    code, out, err = project.reflop(tree, "run", "sixth.echo", "--preset", "smoke", "-p", "size=3")
    assert code == 0, err
    assert "length" in out
    code, _, err = project.reflop(tree, "execute", "sixth_echo", "--preset", "smoke", "-p", "text=sixth")
    assert code == 0, err
    page = project.read(project.published(tree, name="sixth_echo"))
    assert page.cells[4].outputs[0].data["text/plain"].startswith("sixth.echo (smoke) done")
    assert page.cells[6].outputs[0].data["text/plain"] == "The text has 10 letters."
    assert "image/png" in page.cells[6].outputs[0].data


def test_its_notebook_keeps_to_the_rules(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add(tree)
    project.enter(monkeypatch, tree, "sixth")
    assert problems(tree / "notebooks" / "sixth_echo.ipynb") == []
