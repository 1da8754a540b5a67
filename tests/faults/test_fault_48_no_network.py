"""Fault 48: without a network everything but a download works, and the download says what to get where."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from reflop.data.fetch import fetch
from reflop.errors import Unavailable

OFFLINE = """
import socket
class Refused(socket.socket):
    def connect(self, address):
        raise OSError(101, "Network is unreachable")
    connect_ex = connect
def refused(*_, **__):
    raise socket.gaierror(-3, "Temporary failure in name resolution")
socket.socket, socket.create_connection, socket.getaddrinfo = Refused, refused, refused
"""


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process cannot look up a name."""

    def refused(*_: object, **__: object) -> None:
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", refused)


def in_child(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", OFFLINE + code], capture_output=True, text=True, check=False, timeout=300
    )


def test_fault_48_listing_works(tmp_path: Path) -> None:
    done = in_child(
        "import sys; sys.argv = ['reflop', 'list', '--json']; from reflop.cli import main; main()"
    )
    assert done.returncode == 0, done.stderr
    assert '"animals10"' in done.stdout


def test_fault_48_section_on_bundled_data_runs() -> None:
    code = (
        "import reflop; from reflop.data import embedded; embedded.digits(); embedded.photographs()\\n"
        "print(reflop.run('optical.speckle', 'smoke', engines=['dense']).status)"
    ).replace("\\n", "\n")
    done = in_child(code)
    assert done.stdout == "done\n", done.stderr


@pytest.mark.usefixtures("offline")
def test_fault_48_download_says_what_to_get_where(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as caught:
        fetch("coco_val2014", tmp_path / "data" / "coco")
    told = str(caught.value)
    for part in (
        "val2014/*.jpg from http://images.cocodataset.org/zips/val2014.zip",
        "no download",
        "name resolution",
        "reflop data check coco_val2014 DIR",
    ):
        assert part in told
    assert "\n" not in told
    assert caught.value.exit_code == 3
    assert list((tmp_path / "data").iterdir()) == []


def test_fault_48_command_ends_with_3(tmp_path: Path) -> None:
    code = f"import sys; sys.argv = ['reflop', 'data', 'fetch', 'coco_val2014', {str(tmp_path / 'out')!r}]\n"
    done = in_child(code + "from reflop.cli import main; main()")
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    assert "images.cocodataset.org" in done.stderr
