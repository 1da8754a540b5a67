"""Fault 55: a cache entry that is truncated, changed or of another version is discarded with a note and recomputed."""

from pathlib import Path

import numpy as np
import pytest

from reflop import cache

FOLLOWS = {"source": "s", "data": "d"}
MADE = {"features": np.arange(1000, dtype=np.float32)}


def entry(folder: Path) -> Path:
    (path,) = folder.glob("*.npz")
    return path


def assert_computed_again(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    calls: list[int] = []

    def compute() -> dict[str, np.ndarray]:
        calls.append(1)
        return MADE

    for _ in range(2):  # the second call finds the new entry
        found = cache.arrays(FOLLOWS, compute, folder)
        np.testing.assert_array_equal(found["features"], MADE["features"])
    assert len(calls) == 1
    assert capsys.readouterr().err.count("computed again") == 1


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
def test_fault_55_truncated_entry(tmp_path: Path, capsys: pytest.CaptureFixture[str], share: float) -> None:
    cache.arrays(FOLLOWS, lambda: MADE, tmp_path)
    content = entry(tmp_path).read_bytes()
    entry(tmp_path).write_bytes(content[: int(share * len(content))])
    assert_computed_again(tmp_path, capsys)


def test_fault_55_flipped_byte(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cache.arrays(FOLLOWS, lambda: MADE, tmp_path)
    content = bytearray(entry(tmp_path).read_bytes())
    content[2000] ^= 1  # inside the array
    entry(tmp_path).write_bytes(content)
    assert_computed_again(tmp_path, capsys)


def test_fault_55_entry_of_another_version(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.arrays(FOLLOWS, lambda: MADE, tmp_path)
    place = entry(tmp_path)
    place.unlink()
    monkeypatch.setattr(cache, "VERSION", 0)
    cache.arrays(FOLLOWS, lambda: {"features": np.zeros(3)}, tmp_path)
    entry(tmp_path).rename(place)  # an older writer's entry under today's name
    monkeypatch.setattr(cache, "VERSION", 1)
    assert_computed_again(tmp_path, capsys)


@pytest.mark.parametrize("other", [np.array([{"hostile": 1}], dtype=object), np.zeros(3)])
def test_fault_55_another_file_in_place_of_an_entry(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], other: np.ndarray
) -> None:
    cache.arrays(FOLLOWS, lambda: MADE, tmp_path)
    with entry(tmp_path).open("wb") as file:
        np.save(file, other, allow_pickle=True)
    assert_computed_again(tmp_path, capsys)
