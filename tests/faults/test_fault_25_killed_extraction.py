"""Fault 25: killed during extraction; the next call extracts again, in full."""

import subprocess
import sys
from pathlib import Path

from reflop.data.archives import extract
from tests.data.samples import FILES, contents, write_zip

HANG_AFTER_UNPACKING = """
import sys, time
from pathlib import Path
from reflop.data import archives
def hang(folder):
    print("unpacked", flush=True)
    time.sleep(120)
archives._totals = hang
archives.extract(Path(sys.argv[1]), Path(sys.argv[2]))
"""


def test_fault_25_killed_extraction_is_repeated_in_full(tmp_path: Path) -> None:
    archive, out = write_zip(tmp_path / "a.zip", FILES), tmp_path / "data" / "out"
    command = [sys.executable, "-c", HANG_AFTER_UNPACKING, str(archive), str(out)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "unpacked\n"
        child.kill()
    assert not out.exists()
    left = list(out.parent.iterdir())
    assert len(left) == 1
    (left[0] / "content" / "set" / "a.txt").write_bytes(b"half")  # what was unpacked is not trusted
    assert contents(extract(archive, out)) == FILES
    assert [path.name for path in out.parent.iterdir()] == ["out"]
