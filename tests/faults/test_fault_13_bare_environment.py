"""Fault 13: HOME unset, LANG=C, and a checkout whose path holds spaces and non-ASCII letters."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from reflop import record as recording
from tests.repository.tracked import ROOT

CHILD = """
import json, sys
from reflop import machine, run, source
from reflop.files import project_root
from reflop.figures import missing, style
from tests import toy
with toy.installed():
    record = run("toy.draw", "smoke")
with style("light"):
    size = len(missing("größer als nötig", "reflop run toy.draw").svg())
places = {"record": record.file_name, "package": str(source.PACKAGE), "root": str(project_root())}
print(json.dumps(places | {"svg": size}))
"""


def test_fault_13_everything_works_in_an_odd_place_with_nothing_set(tmp_path: Path) -> None:
    checkout = tmp_path / "Ein Ordner für λ-Bücher"
    shutil.copytree(
        ROOT / "src" / "reflop", checkout / "src" / "reflop", ignore=shutil.ignore_patterns("__pycache__")
    )
    (checkout / "tests").mkdir()
    shutil.copyfile(ROOT / "tests" / "toy.py", checkout / "tests" / "toy.py")
    for name in ("runs.yaml", "_toc.yml"):
        (checkout / name).touch()
    bare = {
        "PATH": os.environ["PATH"],
        "LANG": "C",
        "PYTHONPATH": f"{checkout / 'src'}{os.pathsep}{checkout}",
    }
    done = subprocess.run(
        [sys.executable, "-c", CHILD], cwd=checkout, env=bare, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    told = json.loads(done.stdout)
    assert told["package"] == str(checkout / "src" / "reflop")
    assert told["root"] == str(checkout)
    assert told["svg"] > 1000
    record = recording.read(checkout / "build" / "records" / told["record"])
    assert record.status == "done"
