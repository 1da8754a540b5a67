from pathlib import Path

import pytest

from reflop import source


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package called reflop with one system in two files, and a file that nobody imports."""
    content = {
        "__init__.py": "",
        "measure.py": "",
        "other.py": "",
        "typing_only.py": "",
        "systems/__init__.py": "",
        "systems/toy/__init__.py": "",
        "systems/toy/sections.py": "from typing import TYPE_CHECKING\nfrom . import method\n"
        "if TYPE_CHECKING:\n    import reflop.typing_only\n",
        "systems/toy/method.py": "def f():\n    from reflop import measure\n",
        "systems/toy/reference.json": "{}",
        "systems/toy/published.toml": "",
    }
    for name, text in content.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(source, "PACKAGE", tmp_path)
    source._imports.cache_clear()
    return tmp_path


def test_closure_follows_relative_and_inner_imports_only_where_they_run(package: Path) -> None:
    found = {path.relative_to(package).as_posix() for path in source.closure("reflop.systems.toy.sections")}
    inits = {"__init__.py", "systems/__init__.py", "systems/toy/__init__.py"}
    assert found == inits | {
        "systems/toy/sections.py",
        "systems/toy/method.py",
        "systems/toy/reference.json",
        "measure.py",
    }


@pytest.mark.parametrize(
    ("file", "changes"),
    [
        ("systems/toy/method.py", True),
        ("systems/toy/reference.json", True),
        ("measure.py", True),
        ("__init__.py", True),
        ("other.py", False),
        ("systems/toy/published.toml", False),  # a corrected number of the paper measures nothing again
    ],
)
def test_fingerprint_changes_with_the_code_that_runs_and_no_other(
    package: Path, file: str, changes: bool
) -> None:
    before = source.fingerprint("reflop.systems.toy.sections")
    with (package / file).open("a") as text:
        text.write("# changed\n")
    assert (source.fingerprint("reflop.systems.toy.sections") != before) == changes


def test_fingerprint_changes_with_the_data() -> None:
    plain = source.fingerprint("reflop.errors")
    assert source.fingerprint("reflop.errors", {"digits": "00"}) != plain
    assert source.fingerprint("reflop.errors", {"digits": "00"}) != source.fingerprint(
        "reflop.errors", {"digits": "01"}
    )
    assert source.fingerprint("reflop.errors", {}) == plain


def test_section_depends_on_what_every_section_returns() -> None:
    names = {path.name for path in source.closure("reflop.systems.optical.sections")}
    assert {"record.py", "params.py", "sections.py"} <= names
    assert not names & {"published.py", "compare.py", "kept.py", "app.py"}
