import json
from pathlib import Path

import pytest

from reflop import batch, runs, scheduler
from reflop.errors import BadParams
from tests import project


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return project.enter(monkeypatch, project.make(tmp_path / "checkout"))


def publish(root: Path, name: str = "page") -> None:
    """A page that answers today's question, as if it had been made."""
    run = runs.find(name, root)
    page = project.published(root, name=name)
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(json.dumps({"cells": []}))
    batch.stamp(root, "smoke", name).write_text(batch.question(run, "smoke", root), encoding="utf-8")


@pytest.fixture
def made(root: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The targets that Snakemake would be given; it makes them all."""
    given: list[str] = []

    def make(root: Path, targets: list[Path], cores: object, profile: object) -> bool:
        given.extend(target.name for target in targets)
        for target in targets:
            publish(root, target.name.removeprefix(".").removesuffix(".done"))
        return True

    monkeypatch.setattr(scheduler, "make", make)
    return given


def test_what_is_up_to_date_is_left_alone(root: Path, made: list[str]) -> None:
    assert batch.run_all("smoke") == {"page": None}
    assert made == [".page.done"]
    assert batch.run_all("smoke") == {"page": None}
    (root / "notebooks" / "page.ipynb").touch()
    assert batch.run_all("smoke") == {"page": None}
    assert made == [".page.done"]


@pytest.mark.parametrize("change", ["notebook", "code", "page", "stamp", "record", "broken page"])
def test_what_changed_is_made_again(root: Path, made: list[str], change: str) -> None:
    publish(root)
    page = project.published(root)
    if change == "notebook":
        project.write(root, "page", project.notebook("1"))
    elif change == "code":
        (root / "src" / "reflop" / "systems" / "toy" / "params.py").write_text(project.PARAMS + "# more\n")
    elif change == "page":
        page.unlink()
    elif change == "stamp":
        batch.stamp(root, "smoke", "page").unlink()
    elif change == "record":
        shown = {
            "data": {"application/vnd.reflop.record+json": {"name": "toy.echo", "file": "toy/gone.json"}}
        }
        page.write_text(json.dumps({"cells": [{"outputs": [shown]}]}))
    else:
        page.write_text("{")
    batch.run_all("smoke")
    assert made == [".page.done"]


def test_a_changed_parameter_makes_only_its_own_run_again(root: Path, made: list[str]) -> None:
    def lines(size: int) -> str:
        return project.entry("page") + project.entry("big", "page", parameters={"size": size})

    (root / "runs.yaml").write_text(lines(8))
    batch.run_all("smoke")
    made.clear()
    (root / "runs.yaml").write_text(lines(9))
    assert batch.run_all("smoke") == {"page": None, "big": None}
    assert made == [".big.done"]


def test_a_run_that_cannot_be_asked_is_an_error_of_its_own(root: Path, made: list[str]) -> None:
    (root / "runs.yaml").write_text(project.entry("page") + project.entry("odd"))
    project.write(root, "odd", project.notebook('run("toy.ecko")'))
    found = batch.run_all("smoke")
    assert found["page"] is None
    assert "unknown section 'toy.ecko'" in str(found["odd"])
    assert made == [".page.done"]


def test_only_the_runs_asked_for(root: Path, made: list[str]) -> None:
    (root / "runs.yaml").write_text(project.entry("page") + project.entry("two", "page"))
    assert batch.run_all("smoke", only=["two"]) == {"two": None}
    assert made == [".two.done"]
    with pytest.raises(BadParams, match="unknown run 'tow'"):
        batch.run_all("smoke", only=["tow"])


def test_a_failure_is_the_last_line_of_its_log(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(root: Path, targets: list[Path], *_: object) -> bool:
        log = batch.log(root, "smoke", "page")
        log.parent.mkdir(parents=True)
        log.write_text("page: cell 2/5 x 0.1 s\nreflop: notebooks/page.ipynb cell 3: found E: why\n")
        return False

    monkeypatch.setattr(scheduler, "make", fail)
    assert batch.run_all("smoke") == {"page": "notebooks/page.ipynb cell 3: found E: why"}


def test_a_run_that_left_no_log_was_not_run(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "make", lambda *_: False)
    assert batch.run_all("smoke") == {"page": "not run"}


@pytest.mark.parametrize(
    ("preset", "minutes"), [("smoke", 10), ("book", 10), ("long", 1440), ("paper", 1440)]
)
def test_minutes(root: Path, preset: str, minutes: int) -> None:
    assert batch.minutes(runs.find("page", root), preset) == minutes
