"""Fault 41: a record that was edited, is of an older schema, huge, deep, under a wrong id, or no JSON at all."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from reflop import catalog, published
from reflop.errors import BadFile
from reflop.experiment import records, run
from tests import toy


def edit(**changes: object) -> Callable[[Path], None]:
    """Rewrite fields of a record file and nothing else."""

    def spoil(path: Path) -> None:
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    return spoil


def better(path: Path) -> None:
    content = json.loads(path.read_text())
    content["metrics"]["mean"]["value"] = content["metrics"]["mean"]["high"]
    path.write_text(json.dumps(content))


def huge(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(2**30)


CASES: dict[str, tuple[Callable[[Path], None], str]] = {
    "edited number": (better, "expected the content that was measured, found edited content"),
    "edited nature": (edit(nature="simulated"), "found edited content"),
    "another id": (edit(id="0123456789ab"), "expected the id of its parameters, found 0123456789ab"),
    "another question": (edit(params={"n": 3}), "expected the id of its parameters"),
    "older schema": (edit(schema=0), "expected a record of schema 1, found 0"),
    "schema true": (edit(schema=True), "expected a record of schema 1, found True"),
    "unknown field": (edit(extra=1), "extra"),
    "missing field": (lambda path: path.write_text('{"schema": 1}'), "id: expected Field required"),
    "leaves the folder": (edit(system=".."), "expected plain names"),
    "one gigabyte": (huge, "expected at most 16,777,216 bytes, found 1,073,741,824"),
    "deep": (lambda path: path.write_text("[" * 100_000), "expected nesting of at most 64"),
    "not JSON": (lambda path: path.write_text("<html>"), "expected JSON"),
    "not text": (lambda path: path.write_bytes(b"\x89PNG\r\n"), "expected UTF-8 text"),
    "empty": (lambda path: path.write_text(""), "expected JSON"),
    "a list": (lambda path: path.write_text("[]"), "expected a record of schema 1, found list"),
    "a key twice": (lambda path: path.write_text('{"schema":1,"schema":1}'), "every key once"),
    "not a number": (lambda path: path.write_text('{"schema":NaN}'), "finite numbers"),
}


@pytest.mark.parametrize("place", ["local", "kept"])
@pytest.mark.parametrize("case", CASES)
def test_fault_41_verify_names_the_file_and_pages_stop(
    case: str, place: str, tmp_path: Path, records_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil, told = CASES[case]
    folder = (
        records_folder if place == "local" else toy.checkout(tmp_path / "checkout", monkeypatch) / "results"
    )
    with toy.installed():
        monkeypatch.setattr(catalog, "SYSTEMS", {"toy": catalog.SYSTEMS["toy"]})
        path = run("toy.draw", "book").save(folder)
        assert published.verify("book").exit_code == 0
        spoil(path)
        found = published.verify("book")
        assert found.exit_code == 4
        (line,) = found.disagreements
        assert line.startswith(str(path))
        assert told in line
        assert "\n" not in line
        with pytest.raises(BadFile):
            records("toy.draw")
