"""`build`: what it says first, what it does after a failure, what it returns."""

from pathlib import Path

import pytest

from reflop import batch
from reflop.book import build, render
from reflop.errors import BadFile, RunFailed
from tests.book.made import a_checkout, a_drawing, a_notebook, a_record, figures, page_cells, publish


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = a_checkout(tmp_path / "checkout")
    monkeypatch.chdir(root)
    figures(monkeypatch, speckle=a_drawing)
    monkeypatch.setattr(render, "render", lambda root, strict: root / "_build/html/index.html")
    monkeypatch.setattr(batch, "run_all", lambda preset, cores, profile: {"one": None})
    return root


def test_it_says_what_it_will_take_and_gives_the_front_page(root: Path, capsys) -> None:
    assert build.build("book") == root / "_build/html/index.html"
    first, *rest = capsys.readouterr().err.splitlines()
    assert (
        first
        == "reflop: 1 of 1 pages to run at book; at most 5 s on two cores, memory up to 4 GiB, disk 25 MiB"
    )
    assert "reflop: not run at book: one" in rest


def test_it_says_when_there_is_nothing_to_run(root: Path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(batch, "current", lambda *_: True)
    monkeypatch.setattr(batch, "question", lambda *_: "")
    build.build("book")
    assert "every page is up to date at book" in capsys.readouterr().err


def test_memory_is_that_of_the_last_time(root: Path, records_folder: Path, capsys) -> None:
    a_record().save(records_folder)
    build.build("book")
    assert "memory 1 MiB as last time" in capsys.readouterr().err


def test_a_failed_run_is_named_after_the_book_is_built(
    root: Path, records_folder: Path, monkeypatch, capsys
) -> None:
    record = a_record()
    record.save(records_folder)
    publish(root, a_notebook(*page_cells(record)))
    monkeypatch.setattr(
        batch, "run_all", lambda preset, cores, profile: {"one": "cell 3: ValueError", "two": None}
    )
    with pytest.raises(RunFailed, match="1 of 1 runs failed: one") as failed:
        build.build("book")
    assert failed.value.exit_code == 1
    assert "failed: one: cell 3: ValueError" in capsys.readouterr().err
    assert record.id in (root / "book/runs/one.md").read_text()  # what was published before stays


def test_an_edited_record_stops_the_build(root: Path, monkeypatch) -> None:
    path = a_record().save(root / "results")
    path.write_text(path.read_text().replace('"value":1.0', '"value":0.9'))
    rendered: list[Path] = []
    monkeypatch.setattr(render, "render", lambda root, strict: rendered.append(root))
    with pytest.raises(BadFile, match="edited"):
        build.build("book")
    assert rendered == []
