"""Downloads from a server of our own on this machine: whole and verified, or nothing and one clear line."""

import dataclasses
import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from reflop.data import catalogue, fetch
from reflop.data.dataset import Dataset
from reflop.errors import BadFile, BadParams, Unavailable
from tests.data.samples import FILES, contents, write_zip


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """The address of a server for `tmp_path / "served"`."""
    (tmp_path / "served").mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "served"))) as http:
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}/"
        http.shutdown()
        thread.join()


@pytest.fixture
def toy(tmp_path: Path, server: str, monkeypatch: pytest.MonkeyPatch) -> Dataset:
    """A data set in one archive that the server has."""
    archive = write_zip(tmp_path / "served" / "toy.zip", FILES)
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    entry = Dataset(
        "toy",
        "",
        "https://example.org",
        (),
        layout=("set/a.txt",),
        licence="MIT",
        files={"toy.zip": digest},
        url=server,
    )
    monkeypatch.setitem(catalogue.DATASETS, "toy", entry)
    return entry


def visible(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_archive_is_verified_and_unpacked(tmp_path: Path, toy: Dataset) -> None:
    out = tmp_path / "data" / "toy"
    assert fetch.fetch("toy", out) == f"toy: complete in {out}; licence: MIT"
    assert contents(out) == FILES
    assert visible(out.parent) == ["toy"]
    assert fetch.fetch("toy", out) == f"toy: already complete in {out}"


def test_plain_files_are_verified_and_kept(
    tmp_path: Path, toy: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "served" / "b.bin").write_bytes(b"b")
    plain = dataclasses.replace(toy, layout=("b.bin",), files={"b.bin": hashlib.sha256(b"b").hexdigest()})
    monkeypatch.setitem(catalogue.DATASETS, "toy", plain)
    fetch.fetch("toy", tmp_path / "data" / "toy")
    assert contents(tmp_path / "data" / "toy") == {"b.bin": b"b"}


def test_other_bytes_than_published_are_set_aside(tmp_path: Path, toy: Dataset) -> None:
    served = tmp_path / "served" / "toy.zip"
    served.write_bytes(served.read_bytes()[:-10])
    found = hashlib.sha256(served.read_bytes()).hexdigest()
    with pytest.raises(BadFile, match=f"found {found}"):
        fetch.fetch("toy", tmp_path / "data" / "toy")
    assert visible(tmp_path / "data") == [f"toy.zip.damaged-{found[:8]}"]


def test_missing_file_on_the_server(tmp_path: Path, toy: Dataset) -> None:
    (tmp_path / "served" / "toy.zip").unlink()
    with pytest.raises(
        Unavailable, match=r"set/a\.txt from https://example\.org, found no download, HTTPError"
    ):
        fetch.fetch("toy", tmp_path / "data" / "toy")
    assert visible(tmp_path / "data") == []


def test_folder_with_other_content_is_left_alone(tmp_path: Path, toy: Dataset) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "thesis.tex").write_text("precious")
    with pytest.raises(BadParams, match="a complete toy"):
        fetch.fetch("toy", tmp_path / "data")
    assert visible(tmp_path / "data") == ["thesis.tex"]


def test_without_permission_the_page_and_layout_are_told(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as caught:
        fetch.fetch("animals10", tmp_path / "out")
    assert str(caught.value) == (
        "data set animals10: expected raw-img/<class>/*.jpeg from https://www.kaggle.com/alessiocorrado99/animals10, "
        "found no download by Reflop, licence not stated; try: reflop data check animals10 DIR"
    )
    assert caught.value.exit_code == 3


def test_embedded_set_needs_no_fetching(tmp_path: Path) -> None:
    assert "reflop data make digits" in fetch.fetch("digits", tmp_path / "out")
