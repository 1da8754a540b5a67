"""Counter frames: the same from the seed, parts apart, the class readable."""

import itertools

import numpy as np
import pytest

from reflop.data import counters

CLASSES, SIZE = ("0", "1", "10", "other"), (19, 25)


def test_the_same_seed_gives_the_same_frames_whatever_their_number() -> None:
    few, labels = counters.frames(CLASSES, SIZE, 4, seed=3)
    many, _ = counters.frames(CLASSES, SIZE, 9, seed=3)
    assert np.array_equal(few, many[:4])
    assert labels.tolist() == [0, 1, 2, 3]
    assert not np.array_equal(few, counters.frames(CLASSES, SIZE, 4, seed=4)[0])


def test_parts_differ_and_see_other_scenery() -> None:
    found = {part: counters.frames(CLASSES, SIZE, 4, part=part)[0] for part in counters.PARTS}
    assert not np.array_equal(found["train"], found["test"])
    shares = sorted(counters.PARTS.values())
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(shares))


def test_text_is_brighter_than_the_scenery_behind_it() -> None:
    """The mean of many frames of a class shows its number, of `other` nothing as bright."""
    pixels, labels = counters.frames(("8", "other"), SIZE, 60, part="train")
    means = [pixels[labels == label].mean(0)[4:15, 8:17].mean() for label in (0, 1)]
    assert means[0] > means[1] + 20


@pytest.mark.parametrize("text", ["0", "100", "some text"])
def test_any_text_fits_its_frame(text: str) -> None:
    mask = np.asarray(counters._mask(text, (15, 35), np.random.default_rng(0)))
    assert mask.max() > 100
