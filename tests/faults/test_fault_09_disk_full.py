"""Fault 9: the disk is full while a record is saved."""

import subprocess
import sys
from pathlib import Path

from reflop import record as recording
from reflop.experiment import run
from tests import toy

CHILD = """
import resource, signal, sys
from reflop.experiment import run
from tests import toy
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)      # so that writing too much is an error and not the end
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
with toy.installed():
    try:
        run("toy.draw", "smoke", fresh=True, n=200)  # its record is larger than that
    except OSError as error:
        sys.exit(f"{error.exit_code} {error}")
"""


def test_fault_09_old_record_survives_and_no_part_is_left(records_folder: Path) -> None:
    with toy.installed():
        old = run("toy.draw", "smoke", n=200)
    path = records_folder / old.file_name
    before = path.read_bytes()
    assert len(before) > 4096
    done = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(
        f"1 {path}: expected room to write, found no space left; try: free some space"
    )
    assert path.read_bytes() == before
    assert recording.read(path) == old
    assert [file for file in path.parent.iterdir() if file.name != ".lock"] == [path]
