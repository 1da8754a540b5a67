import itertools
from pathlib import Path

import pytest

from reflop import parameter_file, runs
from reflop.errors import BadParams

LETTERS = "abcdefghi"
BOMB = f"a: &a [{'0,' * 9}0]\n" + "".join(
    f"{b}: &{b} [{f'*{a},' * 9}*{a}]\n" for a, b in itertools.pairwise(LETTERS)
)
HOSTILE = {
    "duplicate key": ("size: 1\nsize: 2\n", "twice"),
    "duplicate key, spelt twice": ('"size": 1\nsize: 2\n', "twice"),
    "duplicate key below": ("page: {size: 1, size: 2}\n", "twice"),
    "alias bomb": (BOMB, "no anchors and aliases"),
    "alias of itself": ("a: &a [*a]\n", "no anchors and aliases"),
    "nested brackets": ("a: " + "[" * 100_000 + "]" * 100_000, "100,000"),
    "open brackets": ("a: " + "[" * 100_000, "100,000"),
    "nested braces": ('{"a":' * 100_000 + "1" + "}" * 100_000, "100,000"),
    "nested lists": ("a:\n  " + "- " * 50_000 + "1", "nesting"),
    "nested without brackets": ("".join(f"{' ' * n}a:\n" for n in range(1000)), "nesting"),
}


@pytest.mark.parametrize(("text", "told"), HOSTILE.values(), ids=HOSTILE.keys())
def test_fault_21_a_hostile_parameter_file_is_refused_at_once(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "runs.yaml"
    file.write_text(text)
    for read in (lambda: parameter_file.read(file), lambda: runs.load(tmp_path)):
        with pytest.raises(BadParams, match=told) as caught:
            read()
        assert caught.value.exit_code == 2
        assert len(str(caught.value)) < 400
