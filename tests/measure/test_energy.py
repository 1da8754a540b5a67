"""Energy from counters laid out as the kernel does; nothing where there are none."""

from pathlib import Path

import pytest

from reflop.measure import energy


@pytest.fixture
def powercap(tmp_path: Path) -> Path:
    """Two processor packages, one with a part; a zone that cannot be read; a platform zone."""
    zones = {
        "intel-rapl:0": ("package-0", "1000"),
        "intel-rapl:0:0": ("core", "400"),
        "intel-rapl:1": ("package-1", "5000"),
        "intel-rapl:2": ("psys", "7000"),
        "intel-rapl-mmio:0": ("package-0", "1000"),
        "intel-rapl:3": ("package-3", "unreadable"),
    }
    for zone, (name, reading) in zones.items():
        (tmp_path / zone).mkdir()
        (tmp_path / zone / "name").write_text(f"{name}\n")
        (tmp_path / zone / "energy_uj").write_text(f"{reading}\n")
        (tmp_path / zone / "max_energy_range_uj").write_text("9999\n")
    return tmp_path


def processors(powercap: Path) -> list[energy.Counter]:
    return [counter for counter in energy.available(powercap) if counter.name.startswith("package")]


def test_each_package_is_counted_once(powercap: Path) -> None:
    assert [counter.name for counter in processors(powercap)] == ["package-0", "package-1"]


def test_joules_of_an_action_with_a_counter_that_starts_again(powercap: Path) -> None:
    def action() -> None:
        (powercap / "intel-rapl:0" / "energy_uj").write_text("4000\n")
        (powercap / "intel-rapl:1" / "energy_uj").write_text("1000\n")  # past 9999 and from 0

    measured = energy.measure(action, processors(powercap))
    assert measured == energy.Energy(pytest.approx(3000e-6 + 6000e-6), ("package-0", "package-1"))


def test_without_a_counter_the_action_runs_and_nothing_is_estimated(tmp_path: Path) -> None:
    calls: list[int] = []
    assert energy.measure(lambda: calls.append(1), processors(tmp_path / "absent")) is None
    assert calls == [1]
