import json
import os
import socket
import stat
import subprocess
from pathlib import Path

import pytest

from reflop import machine
from reflop.files import checked_name


@pytest.mark.parametrize(
    ("cpu", "cores", "gpus", "slug"),
    [
        ("AMD EPYC 7742 64-Core Processor", 2, [], "amd-epyc-7742-x2"),
        ("Intel(R) Core(TM) i7-9750H CPU @ 2.60GHz", 6, ["T4", "T4"], "intel-core-i7-9750h-x6-t4-x2"),
        ("arm64", 8, ["B", "A"], "arm64-x8-a-x1-b-x1"),
        ("", 1, [], "x1"),
        ("x" * 100, 1, [], "x" * 64),
    ],
)
def test_slug_names_processor_and_cards(cpu: str, cores: int, gpus: list[str], slug: str) -> None:
    assert machine.slug(cpu, cores, gpus) == slug
    assert checked_name(slug)


def test_description_is_plain_and_names_no_host_or_user() -> None:
    found = machine.describe()
    assert {"slug", "cpu", "cores", "memory_gib", "gpus", "os", "python", "versions"} <= found.keys()
    assert found["versions"]["numpy"]
    words = set(json.dumps(found).replace('"', " ").replace(",", " ").split())
    assert not words & {socket.gethostname(), os.environ.get("USER"), str(Path.home())}


def test_missing_package_has_no_version() -> None:
    assert machine.version("surely-not-a-package") is None


def test_cards_are_read_from_the_drivers_tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = tmp_path / "nvidia-smi"
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    tool.write_text("#!/bin/sh\necho 'Tesla P100-PCIE-16GB, 535.1'\n")
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    assert machine.gpu_list() == [{"name": "Tesla P100-PCIE-16GB", "driver": "535.1"}]
    tool.write_text("#!/bin/sh\necho 'driver too old'; exit 9\n")
    assert machine.gpu_list() == []


def test_commit_is_that_of_the_checkout() -> None:
    here = Path(machine.__file__).parent
    asked = subprocess.run(
        ["git", "-C", here, "rev-parse", "HEAD"], capture_output=True, text=True, check=False
    )
    expected = asked.stdout.strip() or "unknown"
    assert machine.commit()["commit"] == expected
