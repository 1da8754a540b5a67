"""Snakemake itself: what it runs, what it leaves alone, what it does after a kill."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from reflop.batch import run_all, stamp
from reflop.errors import RunFailed
from reflop.sweep import sweep
from tests import project
from tests.faults import interrupted

CHECKOUT = Path(__file__).parents[2]
RUN_ALL = "import sys; from reflop.batch import run_all; print(run_all('smoke', 1))"
pytestmark = pytest.mark.slow


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return project.enter(monkeypatch, project.make(tmp_path / "a check out"))


def lines(size: int, *more: str) -> str:
    return "".join([project.entry("page"), project.entry("big", "page", parameters={"size": size}), *more])


def plan(root: Path, *names: str) -> str:
    """What plain Snakemake would do for these runs, with its reasons."""
    targets = [str(stamp(root, "smoke", name).relative_to(root)) for name in names]
    words = [
        sys.executable,
        "-m",
        "snakemake",
        "-s",
        "workflow/Snakefile",
        "--cores",
        "1",
        "-n",
        "--",
        *targets,
    ]
    done = subprocess.run(words, cwd=root, capture_output=True, text=True, check=False, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_only_what_a_change_affects_runs_and_one_failure_stops_nothing(root: Path) -> None:
    (root / "runs.yaml").write_text(lines(8, project.entry("odd")))
    project.write(root, "odd", project.notebook("1/0"))
    found = run_all("smoke", 2)
    assert found.keys() == {"page", "big", "odd"}
    assert (found["page"], found["big"]) == (None, None)
    assert str(found["odd"]).startswith(
        "notebooks/odd.ipynb cell 5: found ZeroDivisionError: division by zero"
    )
    assert not project.published(root, name="odd").exists()

    (root / "runs.yaml").write_text(lines(8))
    (root / "notebooks" / "page.ipynb").touch()
    assert "Nothing to be done" in plan(root, "page", "big")
    (root / "runs.yaml").write_text(lines(9))
    told = plan(root, "page", "big")
    assert "reason: Params have changed" in told
    assert "run=big" in told
    assert "run=page" not in told
    before = project.published(root).stat().st_mtime_ns
    assert run_all("smoke", 2) == {"page": None, "big": None}
    assert project.published(root).stat().st_mtime_ns == before
    assert project.read(project.published(root, name="big")).metadata["reflop"]["parameters"] == {"size": 9}


def test_a_failure_leaves_the_old_page_and_is_tried_again(root: Path) -> None:
    assert run_all("smoke", 1) == {"page": None}
    before = project.published(root).read_bytes()
    project.write(root, "page", project.notebook("1/0"))
    for _ in range(2):
        assert "ZeroDivisionError" in str(run_all("smoke", 1)["page"])
        assert project.published(root).read_bytes() == before


def test_a_killed_batch_is_resumed(root: Path) -> None:
    (root / "runs.yaml").write_text(project.entry("first", "page") + project.entry("page", "slow"))
    project.write(root, "slow", project.notebook(interrupted.SLEEP))
    first = subprocess.Popen([sys.executable, "-c", RUN_ALL], cwd=root, stderr=subprocess.DEVNULL)
    told = root / "notebooks" / "pid"
    limit = time.monotonic() + interrupted.START_S
    while not (told.exists() and told.read_text()):
        assert first.poll() is None
        assert time.monotonic() < limit
        time.sleep(0.1)
    first.send_signal(signal.SIGKILL)
    first.wait()
    kernel = int(told.read_text())
    project.write(root, "slow", project.notebook())
    finished = project.published(root, name="first")
    before = finished.stat().st_mtime_ns if finished.exists() else None
    assert run_all("smoke", 1) == {"first": None, "page": None}
    assert interrupted.gone(kernel)
    assert before in (None, finished.stat().st_mtime_ns)
    assert project.leftovers(root) == []


def test_ctrl_c_ends_the_batch_and_its_kernels(root: Path) -> None:
    project.write(root, "page", project.notebook(interrupted.SLEEP))
    command = subprocess.Popen(
        [sys.executable, "-c", RUN_ALL], cwd=root, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    told = root / "notebooks" / "pid"
    limit = time.monotonic() + interrupted.START_S
    while not (told.exists() and told.read_text()):
        assert command.poll() is None
        assert time.monotonic() < limit
        time.sleep(0.1)
    command.send_signal(signal.SIGINT)
    command.communicate(timeout=60)
    assert command.returncode in (130, -signal.SIGINT)
    assert interrupted.gone(int(told.read_text()))
    assert project.leftovers(root) == []
    assert not project.published(root).exists()


def test_a_sweep_measures_what_it_can_and_lists_the_rest(root: Path, records_folder: Path) -> None:
    with pytest.raises(RunFailed, match=r"1 of 3 points failed: found size=13 mode=plain: .*luck, found 13"):
        sweep("toy.echo", {"size": [1, 13, 2], "mode": ["plain"]}, "smoke", 2)
    assert len(list(records_folder.glob("toy/echo-*.json"))) == 2
    one, two, absent = sweep("toy.echo", {"size": [1, 2, 3], "mode": ["plain"]}, "smoke", 2)
    assert [record.params["size"] for record in (one, two, absent)] == [1, 2, 3]
    [skipped] = sweep("toy.echo", {"mode": ["absent"]}, "smoke", 2)
    assert (skipped.status, "toy chip" in skipped.reason) == ("skipped", True)


@pytest.mark.parametrize("name", ["local", "slurm", "cluster-generic"])
def test_a_profile_goes_on_after_failures_and_kills(name: str) -> None:
    file = CHECKOUT / "workflow" / "profiles" / name / "config.v9+.yaml"
    profile = yaml.safe_load(file.read_text())
    assert profile["keep-going"] is True
    assert profile["rerun-incomplete"] is True
    executor = {"local": None, "slurm": "slurm", "cluster-generic": "cluster-generic"}[name]
    assert profile.get("executor") == executor
