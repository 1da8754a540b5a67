from pathlib import Path
from typing import Any

import pytest

from reflop import batch, scheduler
from reflop import sweep as sweeping
from reflop.errors import BadParams, RunFailed
from reflop.record import Metric, Record, record_id
from reflop.sweep import Point, sweep
from tests import project


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return project.enter(monkeypatch, project.make(tmp_path / "checkout"))


def answer(
    point: Point, folder: Path, *, status: str = "done", machine: str = "here", start: str = "2026"
) -> Record:
    """A record that answers the point, as if it had been measured."""
    params = {"seed": 0, "text": "hello", "size": 2, "rate": 0.5, "mode": "plain"} | point.given
    assert record_id("toy", "echo", params) == point.record
    provenance = {"machine": {"slug": machine}, "start": start, "seconds": 0.1, "command": "none"}
    done = status == "done"
    made = Record(
        schema=1, id=point.record, system="toy", section="echo", preset=point.preset, status=status,  # type: ignore[arg-type]
        reason="" if done else "no chip", params=params, nature="measured", scale="reduced", rows=[],
        metrics={"length": Metric.exact(1.0, "")} if done else {}, source=point.code, artefacts={},
        provenance=provenance,
    ).sealed()  # fmt: skip
    made.save(folder)
    return made


@pytest.fixture
def made(root: Path, monkeypatch: pytest.MonkeyPatch, records_folder: Path) -> list[dict[str, Any]]:
    """The points that Snakemake would be given; it measures them, except those of size 13."""
    given: list[dict[str, Any]] = []

    def make(root: Path, targets: list[Path], cores: object, profile: object, flag: str, config: str) -> bool:
        points = sweeping.points(str(root / config.removeprefix("points=")))
        assert [target.name for target in targets] == [f"{name}.done" for name in points]
        for point in points.values():
            given.append(point.given)
            if point.given.get("size") == 13:
                log = batch.log(root, "sweeps", point.id)
                log.parent.mkdir(parents=True, exist_ok=True)
                log.write_text("reflop: toy.echo: expected luck, found 13\n")
            else:
                answer(
                    point, records_folder, status="skipped" if point.given.get("mode") == "absent" else "done"
                )
        return True

    monkeypatch.setattr(scheduler, "make", make)
    return given


def test_records_come_in_the_order_of_the_grid(made: list, capsys: pytest.CaptureFixture[str]) -> None:
    found = sweep("toy.echo", {"size": [3, 1], "seed": [0, 1]}, "smoke")
    assert [(r.params["size"], r.params["seed"]) for r in found] == [(3, 0), (3, 1), (1, 0), (1, 1)]
    assert capsys.readouterr().err == "sweep of toy.echo: 4 points, 0 of them measured before\n"


def test_what_was_measured_before_is_not_measured_again(made: list, root: Path) -> None:
    sweep("toy.echo", {"size": [1, 2]}, "smoke")
    made.clear()
    assert len(sweep("toy.echo", {"size": [1, 2, 3]}, "smoke")) == 3
    assert made == [{"size": 3}]
    made.clear()
    (root / "src" / "reflop" / "systems" / "toy" / "sections.py").write_text(project.SECTIONS + "# changed\n")
    sweep("toy.echo", {"size": [1]}, "smoke")
    assert made == [{"size": 1}]
    made.clear()
    sweep("toy.echo", {"size": [1]}, "book")
    assert made == [{"size": 1}]


def test_a_point_asked_twice_is_measured_once(made: list) -> None:
    first, second = sweep("toy.echo", {"size": [5, 5]}, "smoke")
    assert first == second
    assert made == [{"size": 5}]


def test_a_skipped_point_is_a_result_and_is_tried_again_next_time(made: list) -> None:
    plain, absent = sweep("toy.echo", {"mode": ["plain", "absent"]}, "smoke")
    assert (plain.status, absent.status) == ("done", "skipped")
    made.clear()
    sweep("toy.echo", {"mode": ["plain", "absent"]}, "smoke")
    assert made == [{"mode": "absent"}]


def test_a_failing_point_is_listed_when_the_others_are_done(made: list, records_folder: Path) -> None:
    with pytest.raises(RunFailed) as caught:
        sweep("toy.echo", {"size": [1, 13, 3]}, "smoke")
    told = "sweep of toy.echo: 1 of 3 points failed: found size=13: toy.echo: expected luck, found 13"
    assert str(caught.value) == f"{told}; try: reflop --debug run toy.echo --preset smoke -p size=13"
    assert caught.value.exit_code == 1
    assert len(list(records_folder.glob("toy/echo-*.json"))) == 2


def test_the_newest_answer_of_any_machine_counts(root: Path, records_folder: Path) -> None:
    point = Point("toy.echo", "smoke", {"size": 2}, record_id("toy", "echo", PLAIN), "code", True)
    assert point.answer() is None
    answer(point, records_folder, machine="node-1", start="2026-01-01")
    new = answer(point, records_folder, machine="node-2", start="2026-01-02")
    (records_folder / "toy" / f"echo-{point.record}@damaged.json").write_text("{")
    assert point.answer() == new


PLAIN = {"seed": 0, "text": "hello", "size": 2, "rate": 0.5, "mode": "plain"}


def test_the_command_of_a_point_is_one_that_a_shell_takes() -> None:
    point = Point("toy.echo", "smoke", {"text": "it's; $HOME", "rate": 0.25}, "0" * 12, "code", True)
    assert point.command == "run toy.echo --preset smoke -p 'text=it'\"'\"'s; $HOME' -p rate=0.25"
    assert point.id != Point("toy.echo", "book", {}, "0" * 12, "code", True).id


@pytest.mark.parametrize("grid", [{}, {"size": []}])
def test_an_empty_grid_is_refused(root: Path, grid: dict) -> None:
    with pytest.raises(BadParams, match="at least one parameter with values"):
        sweep("toy.echo", grid, "smoke")


def test_a_section_takes_all_cores_unless_its_page_does_not(root: Path) -> None:
    assert sweeping._timed(root, "toy.echo") is False
    assert sweeping._timed(root, "toy.other") is True
    (root / "runs.yaml").write_text(project.entry("page", threads="all"))
    assert sweeping._timed(root, "toy.echo") is True
