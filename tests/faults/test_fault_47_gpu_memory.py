"""Fault 47: the memory of the GPU is not enough; one line advises a smaller batch, and the next section runs."""

import signal
import sys
from pathlib import Path

import pytest
import torch

from reflop.cli import main
from reflop.errors import RunFailed
from reflop.experiment import run
from reflop.record import Measured
from reflop.systems.bulk.params import Throughput
from tests import toy
from tests.engines.without_gpu import pretend

TOLD = "CUDA out of memory. Tried to allocate 20.00 GiB. GPU 0 has a total capacity of 139.72 GiB\nSee documentation"


def short(params: toy.Draw, work: Path) -> Measured:
    """A section that needs more than there is unless it is asked for little."""
    if params.n > 2:  # pictures, say
        raise torch.cuda.OutOfMemoryError(TOLD)
    return toy.draw(params, work)


def test_fault_47_one_line_with_advice_and_the_next_section_runs(records_folder: Path) -> None:
    with toy.installed(function=short):
        with pytest.raises(RunFailed) as caught:
            run("toy.draw", "smoke", n=100)
        line = str(caught.value)
        assert caught.value.exit_code == 1
        assert "\n" not in line
        assert "out of memory" in line
        assert line.endswith("try: a smaller batch or preset")
        assert list(records_folder.rglob("*.json")) == []
        assert run("toy.draw", "smoke", n=2).status == "done"


def test_fault_47_command_exits_1_with_the_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The batch that is too large fails alone; the same section with a smaller one then runs."""
    from reflop.systems.bulk import throughput

    def section(params: Throughput, work: Path) -> Measured:
        return short(toy.Draw(n=params.batch_sizes[0]), work)

    monkeypatch.setattr(throughput, "throughput", section)
    handler, told = signal.getsignal(signal.SIGTERM), []
    for size in ("[512]", "[2]"):
        words = ["reflop", "run", "bulk.throughput", "--preset", "smoke", "-p", f"batch_sizes={size}"]
        monkeypatch.setattr(sys, "argv", words)
        with pytest.raises(SystemExit) as ended:
            main()
        told.append((ended.value.code or 0, capsys.readouterr().err))
    signal.signal(signal.SIGTERM, handler)
    (code, lines), (next_code, next_lines) = told
    assert (code, next_code) == (1, 0)
    assert "CUDA out of memory" in lines
    assert lines.rstrip().endswith("try: a smaller batch or preset")
    assert "Traceback" not in lines + next_lines


def test_fault_47_engine_hands_the_error_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is neither swallowed nor answered by the processor; a smaller batch then runs."""
    from reflop.engines import cuda

    class Large(torch.nn.Linear):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            if len(x) > 4:
                raise torch.cuda.OutOfMemoryError(TOLD)
            return super().forward(x)

    pretend(monkeypatch)
    session = cuda.prepare(Large(3, 2).eval(), torch.zeros(4, 3), "float32")
    with pytest.raises(torch.cuda.OutOfMemoryError):
        session.run(torch.zeros(8, 3))
    assert session.run(torch.zeros(4, 3)).shape == (4, 2)
