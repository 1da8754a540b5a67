"""Fault 10: the same section is started twice at once."""

import subprocess
import sys
from pathlib import Path

from reflop import record as recording
from reflop.files import sha256

CHILD = """
import sys, time
from pathlib import Path
from reflop.experiment import run
from reflop.record import Measured, Metric
from tests import toy

def slow(params, work):
    meeting = Path(sys.argv[1])
    (meeting / sys.argv[2]).touch()
    while len(list(meeting.iterdir())) < 2:   # both are past every check before either writes
        time.sleep(0.01)
    (work / "a.npz").write_bytes(sys.argv[2].encode() * 1000)
    return Measured({"who": Metric.exact(int(sys.argv[2]), "")}, artefacts={"weights": work / "a.npz"})

with toy.installed(function=slow):
    for _ in range(20):
        record = run("toy.draw", "smoke", fresh=True)
print(record.digest)
"""


def test_fault_10_both_end_well_and_one_whole_record_stays(records_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "meeting").mkdir()
    command = [sys.executable, "-c", CHILD, str(tmp_path / "meeting")]
    both = [subprocess.Popen([*command, who], stdout=subprocess.PIPE, text=True) for who in "12"]
    told = [child.communicate(timeout=60)[0].strip() for child in both]
    assert [child.returncode for child in both] == [0, 0]
    (record,) = recording.read_all(records_folder)
    assert record.digest in told
    (stored,) = (records_folder / Path(record.file_name).with_suffix("")).iterdir()
    assert sha256(stored) == record.artefacts["weights"]
    assert stored.read_bytes()[:1] == b"%d" % record.metrics["who"].value
    assert not [file for file in (records_folder / "toy").iterdir() if file.name.startswith(".draw")]
