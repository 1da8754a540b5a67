"""The ladder: answers through a session, the best batch of a rung, and no credit for a rung that loses accuracy."""

import torch
from torch import Tensor

from reflop.engines.session import Session
from reflop.systems.folded import ladder
from reflop.systems.folded.frames import Frames


def brightness(x: Tensor) -> Tensor:
    """Two images an input, three classes: the brightness of an image is its class."""
    first, second = x[:, 0, 0, 0], x[:, 3, 0, 0]
    logits = [torch.stack([-(value - k / 127.5 + 1).abs() for k in range(3)], 1) for value in (first, second)]
    return torch.cat(logits, 1)


def test_every_frame_is_answered_in_its_place() -> None:
    labels = torch.tensor([0, 1, 2, 2, 1, 0, 2])  # neither the batch nor the fold divides seven
    pixels = labels.to(torch.uint8)[:, None, None, None].expand(-1, 3, 2, 2)
    session = Session("none", "float32", brightness, lambda: None)
    assert ladder.answered(session, 2, Frames(pixels, labels), 4).tolist() == labels.tolist()


def test_the_best_batch_of_a_rung() -> None:
    each = {("fold 1", "a", 8): [3.0, 1.0, 3.0], ("fold 1", "a", 16): [2.0, 2.0, 2.0]}
    assert ladder._fastest(each) == {("fold 1", "a"): (16, [2.0, 2.0, 2.0])}


def test_a_fast_rung_that_loses_a_point_does_not_count() -> None:
    def row(contender: str, accuracy: float, rate: float) -> dict[str, object]:
        return {
            "network": "fold 4",
            "contender": contender,
            "accuracy": accuracy,
            "accuracy_n": 1000,
            "rate": rate,
        }

    seconds = {"plain": [1.0] * 3, "good": [0.25] * 3, "careless": [0.1] * 3}
    rows = [row("plain", 99.0, 1), row("good", 98.1, 4), row("careless", 97.9, 10)]
    found = ladder._metrics(
        rows, {("fold 4", name): (8, times) for name, times in seconds.items()}, [1.0] * 3
    )
    assert found["ratio_fold_4"].value == 4
    assert round(found["accuracy_fold_4"].value, 1) == 99.0  # as trained, whichever rung was fastest
