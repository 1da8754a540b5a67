import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from reflop import scheduler, staging
from reflop.errors import BadParams, RunFailed
from tests import project

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)", "snakemake"]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = project.enter(monkeypatch, project.make(tmp_path / "checkout"))
    (made / "build" / "logs").mkdir(parents=True)
    return made


def lock_file(root: Path) -> Path:
    return root / "build" / ".batch"


def watch(root: Path, words: list[str]) -> int:
    with scheduler._alone(root) as lock, (root / "build" / "logs" / "own.log").open("w") as own:
        return scheduler._watch(words, own, lock)


def test_lines_of_jobs_pass_and_the_exit_code_is_told(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = [sys.executable, "-c", "import sys; print('job'); print('own', file=sys.stderr); sys.exit(3)"]
    assert watch(root, words) == 3
    assert capsys.readouterr().err == "job\n"
    assert (root / "build" / "logs" / "own.log").read_text() == "own\n"
    assert lock_file(root).read_text() == ""


def test_a_second_batch_is_told_who_runs_the_first(root: Path) -> None:
    with scheduler._alone(root) as lock:
        scheduler._write(lock, f"{staging.owner(os.getpid())} 1")
        with pytest.raises(RunFailed, match=f"process {os.getpid()} running one"), scheduler._alone(root):
            pass
    with scheduler._alone(root):
        pass


def test_a_batch_whose_command_was_killed_is_ended_first(root: Path) -> None:
    """Snakemake holds the lock on, as an orphan; its group is ended, and the lock is free."""
    held = f"import fcntl, time; f = open({str(lock_file(root))!r}, 'a'); fcntl.flock(f, 2); print('held', flush=True)"
    orphan = subprocess.Popen(
        [sys.executable, "-c", f"{held}; time.sleep(600)", "snakemake"],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert orphan.stdout is not None
    assert orphan.stdout.readline() == "held\n"
    gone = subprocess.run(
        [sys.executable, "-c", "import os; from reflop import staging; print(staging.owner(os.getpid()))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    lock_file(root).write_text(f"{gone} {orphan.pid}")
    with scheduler._alone(root):
        assert orphan.wait(5) == -signal.SIGKILL
    orphan.stdout.close()


def test_nothing_of_a_batch_outlives_an_interrupted_command(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[subprocess.Popen[str]] = []

    class Watched(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, *args: object, **options: object) -> None:
            super().__init__(*args, **options)  # type: ignore[arg-type]
            started.append(self)

    def interrupt(lock: object, content: str) -> None:
        if content:
            raise KeyboardInterrupt

    monkeypatch.setattr(scheduler.subprocess, "Popen", Watched)
    monkeypatch.setattr(scheduler, "_write", interrupt)
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        watch(root, SLEEP)
    assert started[0].returncode == -signal.SIGTERM
    assert time.monotonic() - began < 60


def test_jobs_that_do_not_listen_are_killed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deaf = (
        "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", deaf], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    process.stdout.readline()
    monkeypatch.setattr(scheduler, "GRACE_S", 0.2)
    scheduler._end(process)
    assert process.returncode == -signal.SIGKILL


@pytest.mark.parametrize("cores", [0, -1, "0", "two", "", 5000, 1.5, None])
def test_cores_that_are_none_are_refused(root: Path, cores: object) -> None:
    with pytest.raises(BadParams, match="cores: expected 1 to 4096, or all"):
        scheduler.make(root, [], cores, "local")  # type: ignore[arg-type]


def test_an_unknown_profile_is_refused_with_those_there_are(root: Path) -> None:
    with pytest.raises(
        BadParams, match="profile: expected one of cluster-generic, local, slurm, found 'pbs'"
    ):
        scheduler.make(root, [], "all", "pbs")


def test_snakemake_that_fails_by_itself_is_one_line_with_its_log(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(words: list[str], own: object, lock: object) -> int:
        own.write("trace\nWorkflowError: no such thing\n")  # type: ignore[attr-defined]
        return 1

    monkeypatch.setattr(scheduler, "_watch", broken)
    with pytest.raises(
        RunFailed, match=r"found WorkflowError: no such thing; try: less build/logs/snakemake\.log"
    ):
        scheduler.make(root, [root / "build" / "x"], 1, None)
