"""The published tasks, the curriculum's table, and a task of one's own."""

import json
from pathlib import Path

import pytest

from reflop.errors import BadFile, BadParams
from reflop.systems.folded import active_classes, build, curriculum, tasks

DESCRIPTION = {
    "out-h": 20, "out-w": 30,
    "model-architecture": {"template": "1_3s_1_convnet", "params": {"n-conv-units": 2, "pool1_stride": 2}},
    "ClassNames": ["no", "yes"],
}  # fmt: skip


def test_class_counts_and_order() -> None:
    assert {name: len(task.classes) for name, task in tasks.GAMES.items()} == {
        "lol/goldnumber-fraction": 11, "lol/goldnumber-int": 111, "lol/timer-minutes": 62,
        "apex/squad_count_v2": 22, "sot/coin_count-digits_3_4-v2": 15, "sot/timer3": 27,
    }  # fmt: skip
    for task in tasks.GAMES.values():
        assert list(task.classes[:-1]) == sorted(task.classes[:-1])
        assert task.classes[-1] == "other"


@pytest.mark.parametrize(
    ("task", "f", "init", "delta", "whole"),
    [
        ("lol/goldnumber-fraction", 3, 3, 1, 480), ("lol/goldnumber-int", 2, 11, 11, 600),
        ("apex/squad_count_v2", 4, 4, 2, 540), ("sot/coin_count-digits_3_4-v2", 2, 2, 1, 780),
    ],
)  # fmt: skip
def test_table_of_the_curriculum(task: str, f: int, init: int, delta: int, whole: int) -> None:
    n = len(tasks.GAMES[task].classes)
    assert active_classes(task, f, 0) == active_classes(task, f, 59) == init
    assert active_classes(task, f, 60) == init + delta
    assert (
        active_classes(task, f, whole - 1)
        < n
        == active_classes(task, f, whole)
        == active_classes(task, f, 10**6)
    )


def test_timer_minutes_at_fold_four_goes_slower() -> None:
    assert [active_classes("lol/timer-minutes", 4, e) for e in (0, 119, 120)] == [4, 4, 7]
    assert [active_classes("lol/timer-minutes", 3, e) for e in (0, 60)] == [6, 12]


def test_unfolded_networks_see_all_and_more_images_than_classes_are_bounded() -> None:
    assert active_classes("sot/timer3", 1, 0) == 27
    small = tasks.Game("small", 20, 20, ("a", "b"))
    assert curriculum.published(small, 5).active(0) == 2
    with pytest.raises(BadParams, match="epoch"):
        active_classes("sot/timer3", 2, -1)


def test_a_task_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "doors.json"
    path.write_text(json.dumps(DESCRIPTION))
    task = tasks.game(path)
    assert task == tasks.Game("doors", 20, 30, ("no", "yes"), 2)
    assert build(task, 2).lin.out_features == build(str(path), 2).lin.out_features == 4


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"ClassNames": []}, "ClassNames: expected different names"),
        ({"ClassNames": ["a", "a"]}, "ClassNames: expected different names"),
        ({"ClassNames": None}, "ClassNames: expected list, found nothing"),
        ({"out-h": 0}, "out-h: expected 12 to 4096, found 0"),
        ({"out-w": "30"}, "out-w: expected int"),
        ({"model-architecture": {"template": "vgg", "params": {}}}, "template: expected 1_3s_1_convnet"),
        ({"model-architecture": {"params": {}}}, "n-conv-units: expected int, found nothing"),
    ],
)
def test_a_bad_description_is_refused_by_its_key(change: dict, told: str, tmp_path: Path) -> None:
    path = tmp_path / "task.json"
    path.write_text(json.dumps(DESCRIPTION | change))
    with pytest.raises(BadFile, match=told):
        tasks.game(path)
