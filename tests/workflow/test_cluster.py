"""A batch through a real Slurm of one node, started here and ended by process number."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from reflop.batch import run_all
from tests import project

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "sinfo")
CONFIGURATION = Path("/etc/slurm/slurm.conf")  # jobs find it nowhere else
WAIT_S = 60
SLURM = """ClusterName=reflop
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
SlurmctldPort={control}
SlurmdPort={node}
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
JobCompType=jobcomp/filetxt
JobCompLoc={folder}/jobs.txt
DefMemPerCPU=1000
NodeName={host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=16000
PartitionName=main Nodes={host} Default=YES
"""


def why_not() -> str:
    """The reason why no Slurm can be started here, or nothing."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        return f"not installed: {', '.join(missing)}"
    if os.geteuid() != 0:
        return "only root may start the daemons"
    return "a configuration of its own is installed" if CONFIGURATION.exists() else ""


pytestmark = [
    pytest.mark.cluster,
    pytest.mark.slow,
    pytest.mark.skipif(bool(why_not()), reason=why_not() or "-"),
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One idle node; the three daemons end with the tests."""
    folder, host = tmp_path_factory.mktemp("slurm"), socket.gethostname().partition(".")[0]
    for name in ("state", "spool"):
        (folder / name).mkdir()
    munge = pwd.getpwnam("munge")
    Path("/run/munge").mkdir(exist_ok=True)
    os.chown("/run/munge", munge.pw_uid, munge.pw_gid)
    Path("/run/munge").chmod(0o755)
    CONFIGURATION.parent.mkdir(exist_ok=True)
    CONFIGURATION.write_text(SLURM.format(folder=folder, host=host, control=free_port(), node=free_port()))
    with contextlib.ExitStack() as ended:
        ended.callback(CONFIGURATION.unlink)
        for words, user in (
            (["munged", "-F"], "munge"),
            (["slurmctld", "-D"], None),
            (["slurmd", "-D"], None),
        ):
            daemon = subprocess.Popen(words, user=user, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            ended.callback(daemon.wait)
            ended.callback(daemon.kill)
            time.sleep(0.5)
        limit = time.monotonic() + WAIT_S
        while (
            "idle" not in subprocess.run(["sinfo", "-h"], capture_output=True, text=True, check=False).stdout
        ):
            assert time.monotonic() < limit, (folder / "slurmctld.log").read_text()
            time.sleep(0.2)
        yield


@pytest.mark.parametrize("profile", ["slurm", "cluster-generic"])
def test_pages_are_made_by_jobs_of_the_cluster(
    slurm: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, profile: str
) -> None:
    root = project.enter(monkeypatch, project.make(tmp_path / "checkout"))
    (root / "runs.yaml").write_text(
        project.entry("page") + project.entry("two", "page", parameters={"size": 8})
    )
    if profile == "slurm":  # the usual forty seconds before the first look are for clusters with many jobs
        with (root / "workflow" / "profiles" / profile / "config.v9+.yaml").open("a") as file:
            file.write("slurm-init-seconds-before-status-checks: 2\n")
    assert run_all("smoke", profile=profile) == {"page": None, "two": None}
    assert run_all("smoke", profile=profile) == {"page": None, "two": None}
    assert project.read(project.published(root, name="two")).metadata["reflop"]["parameters"] == {"size": 8}
