"""The clock of the processor: the mean of what the system tells, and nothing where it does not tell."""

from pathlib import Path

from reflop.measure import clock


def test_the_mean_of_all_cores(tmp_path: Path) -> None:
    told = tmp_path / "cpuinfo"
    told.write_text("processor\t: 0\ncpu MHz\t\t: 2000.500\nprocessor\t: 1\ncpu MHz\t\t: 3000.500\n")
    assert clock.megahertz(cpuinfo=told) == 2500.5


def test_nothing_is_made_up(tmp_path: Path) -> None:
    told = tmp_path / "cpuinfo"
    told.write_text("processor\t: 0\nBogoMIPS\t: 48.00\n")
    assert clock.megahertz(cpuinfo=told) is None
    assert clock.megahertz("cuda:7") is None
