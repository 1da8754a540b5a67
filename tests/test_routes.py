"""The same notebook by every road: plain papermill, plain nbclient, and a Jupyter server as JupyterLab uses it."""

import json
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbclient
import papermill
import pytest

from reflop.record import RECORD_MIME
from tests import project

EXPLORE = 'from reflop.explore import explore\nexplore("toy.echo")'
WIDGET_MIME = "application/vnd.jupyter.widget-view+json"
START_S = 60


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    return project.enter(monkeypatch, project.make(tmp_path / "checkout", EXPLORE))


def shown(page: Any) -> list[dict[str, Any]]:
    """What each code cell returned, in order."""
    return [output["data"] for cell in page.cells for output in cell.get("outputs", []) if "data" in output]


def test_plain_papermill(root: Path) -> None:
    notebook = root / "notebooks" / "page.ipynb"
    page = papermill.execute_notebook(
        notebook, root / "out.ipynb", {"preset": "smoke", "text": "é"}, progress_bar=False, cwd=root
    )
    record, hint, end = shown(page)
    assert record[RECORD_MIME]["name"] == "toy.echo"
    assert hint["text/plain"].startswith("To explore toy.echo with sliders, open this notebook in JupyterLab")
    assert end["text/plain"] == "'complete'"


def test_plain_nbclient(root: Path) -> None:
    page = project.read(root / "notebooks" / "page.ipynb")
    folder = {"metadata": {"path": str(root / "notebooks")}}
    nbclient.NotebookClient(page, resources=folder, kernel_name="python3").execute()
    record, hint, end = shown(page)
    assert record[RECORD_MIME]["name"] == "toy.echo"
    assert record["text/plain"].startswith("toy.echo (book) done")
    assert "JupyterLab" in hint["text/plain"]
    assert end["text/plain"] == "'complete'"


@pytest.fixture
def server(root: Path) -> Iterator[str]:
    """A Jupyter server in the checkout, as `make lab` starts it; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [
        sys.executable,
        "-m",
        "jupyterlab",
        "notebooks",
        "--no-browser",
        "--allow-root",
        "--ip=127.0.0.1",
    ]
    words += [f"--port={port}", "--IdentityProvider.token=", "--ServerApp.disable_check_xsrf=True"]
    process = subprocess.Popen(words, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        limit = time.monotonic() + START_S
        while True:
            assert process.poll() is None
            assert time.monotonic() < limit
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.2)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def ask(server: str, path: str, content: dict[str, Any] | None = None) -> dict[str, Any]:
    """One request to the server's interface."""
    data = json.dumps(content).encode() if content else None
    request = urllib.request.Request(
        f"http://{server}/api/{path}", data, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return dict(json.load(answer))


def outputs(connection: Any, cell: dict[str, Any]) -> list[dict[str, Any]]:
    """Run one cell as JupyterLab does, telling the kernel which cell it is; what it returned."""
    number = uuid.uuid4().hex
    header = {
        "msg_id": number,
        "msg_type": "execute_request",
        "version": "5.3",
        "username": "",
        "session": "s",
    }
    code = {"code": cell["source"], "silent": False, "store_history": True, "allow_stdin": False}
    message = {"header": header, "parent_header": {}, "metadata": {"cellId": cell["id"]}, "content": code}
    connection.send(json.dumps(message | {"channel": "shell"}))
    found = []
    while True:
        told = json.loads(connection.recv())
        if told["parent_header"].get("msg_id") != number:
            continue
        assert told["msg_type"] != "error", told["content"]
        if told["msg_type"] == "execute_result":
            found.append(told["content"]["data"])
        if told["msg_type"] == "status" and told["content"]["execution_state"] == "idle":
            return found


@pytest.mark.slow
def test_a_jupyter_server_as_jupyterlab_uses_it(server: str) -> None:
    import websocket

    page = ask(server, "contents/page.ipynb")["content"]
    session = ask(
        server,
        "sessions",
        {"path": "page.ipynb", "name": "page", "type": "notebook", "kernel": {"name": "python3"}},
    )
    address = f"ws://{server}/api/kernels/{session['kernel']['id']}/channels"
    connection = websocket.create_connection(address, timeout=60)
    try:
        found = [
            data
            for cell in page["cells"]
            if cell["cell_type"] == "code"
            for data in outputs(connection, cell)
        ]
    finally:
        connection.close()
    record, panel, end = found
    assert record[RECORD_MIME]["name"] == "toy.echo"
    assert WIDGET_MIME in panel
    assert end["text/plain"] == "'complete'"
