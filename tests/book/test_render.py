"""Rendering: the program is called strictly, and afresh whenever a setting changed."""

import subprocess
from pathlib import Path

import pytest

from reflop.book import render
from reflop.errors import RunFailed


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], bool]]:
    """The words of every call, and whether an earlier site was still there; the program does nothing."""
    (tmp_path / "_config.yml").write_text("title: a")
    found: list[tuple[list[str], bool]] = []

    def called(words: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        found.append((words, (tmp_path / "_build/html").exists()))
        (tmp_path / "_build/html").mkdir(parents=True, exist_ok=True)
        told = (
            ""
            if (tmp_path / "_config.yml").read_text() != "bad"
            else "\x1b[91mp.md:1: WARNING: no such page\x1b[0m"
        )
        return subprocess.CompletedProcess(words, 1 if told else 0, "", told)

    monkeypatch.setattr(subprocess, "run", called)
    return found


def test_an_unchanged_book_keeps_its_site(tmp_path: Path, calls: list) -> None:
    for _ in range(2):
        assert render.render(tmp_path) == tmp_path / "_build/html/index.html"
    assert [there for _, there in calls] == [False, True]
    assert calls[0][0][-4:] == ["-n", "-W", "--keep-going", "."]


@pytest.mark.parametrize("name", ["_config.yml", "_toc.yml", "_static/x/y.css", "book/_ext/z.py"])
def test_a_changed_setting_starts_afresh(tmp_path: Path, calls: list, name: str) -> None:
    render.render(tmp_path)
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text("title: b")
    render.render(tmp_path)
    assert [there for _, there in calls] == [False, False]


def test_a_refused_book_starts_afresh_and_tells_why(tmp_path: Path, calls: list, capsys) -> None:
    (tmp_path / "_config.yml").write_text("bad")
    for _ in range(2):
        with pytest.raises(RunFailed, match="strict build of the book: found 1 complaints"):
            render.render(tmp_path)
        assert capsys.readouterr().err == "p.md:1: WARNING: no such page\n"
    assert [there for _, there in calls] == [False, False]


def test_a_loose_build_does_not_turn_warnings_into_errors(tmp_path: Path, calls: list) -> None:
    render.render(tmp_path, strict=False)
    assert "-W" not in calls[0][0]
