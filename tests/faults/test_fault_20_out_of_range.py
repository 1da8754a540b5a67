from pathlib import Path
from typing import Any

import pytest

from reflop.errors import BadParams
from reflop.execute import execute
from reflop.sweep import sweep
from tests.faults import early


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("size", 0, "1 to 64"),
        ("size", -4, "1 to 64"),
        ("size", 10**6, "1 to 64"),
        ("rate", 1.5, "0 to 1"),
        ("rate", -0.1, "0 to 1"),
        ("seed", -1, "0 to 4294967295"),
        ("mode", "", "one of plain, absent"),
        ("text", "x" * 4001, "text of length up to 4000"),
    ],
)
def test_fault_20_a_value_out_of_range_is_refused_with_the_range(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: Any, allowed: str
) -> None:
    early.checkout(tmp_path, monkeypatch)
    for attempt in (
        lambda: execute("page", "smoke", {name: value}),
        lambda: sweep("toy.echo", {name: [value]}, "smoke"),
    ):
        with pytest.raises(BadParams, match=f"{name}: expected {allowed}, found") as caught:
            attempt()
        assert caught.value.exit_code == 2


def test_fault_20_one_bad_point_of_a_grid_stops_it_before_it_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    early.checkout(tmp_path, monkeypatch)
    with pytest.raises(BadParams, match="size: expected 1 to 64, found 65"):
        sweep("toy.echo", {"size": [1, 2, 65], "seed": [0, 1]}, "smoke")
