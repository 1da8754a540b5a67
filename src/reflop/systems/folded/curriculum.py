"""The original's curriculum: training begins with a few classes, and every so many epochs more are let in."""

from __future__ import annotations

from dataclasses import dataclass

from reflop.errors import BadParams
from reflop.systems.folded import tasks
from reflop.systems.folded.folding import checked
from reflop.systems.folded.tasks import Game

GAP, EPOCHS = 60, 1500
SLOW = ("lol/timer-minutes", 4)  # the one case with half the steps, twice as far apart


@dataclass(frozen=True)
class Curriculum:
    """How many of `n` classes training sees: `init` at first, then step by step (epochs to wait, classes to add).

    The last step repeats.
    """

    n: int
    init: int
    steps: tuple[tuple[int, int], ...]

    def active(self, epoch: int) -> int:
        """Classes seen in an epoch, counted from 0.

        >>> [Curriculum(20, 2, ((60, 2), (30, 5))).active(e) for e in (0, 59, 60, 90, 119, 120, 1000)]
        [2, 2, 4, 9, 9, 14, 20]
        """
        seen, at, place = self.init, 0, 0
        while seen < self.n:
            gap, delta = self.steps[min(place, len(self.steps) - 1)]
            at += gap
            if epoch < at:
                break
            seen, place = seen + delta, place + 1
        return min(seen, self.n)


def published(task: str | Game, fold: int) -> Curriculum:
    """The original's curriculum of a game task; an unfolded network sees all classes from the first epoch.

    Raises:
        BadParams: an unknown task, or a fold that is no whole number from 1.
    """
    known = task if isinstance(task, Game) else tasks.game(task)
    n = len(known.classes)
    if checked(fold) == 1:
        return Curriculum(n, n, ((GAP, 1),))
    part, gap = (n // 20, 2 * GAP) if (known.name, fold) == SLOW else (n // 10, GAP)
    return Curriculum(n, min(n, max(part, fold)), ((gap, max(part, 1)),))


def length(task: str | Game, fold: int) -> int:
    """Epochs of the published training, at which its curriculum is meant."""
    name = task if isinstance(task, str) else task.name
    return 2 * EPOCHS if (name, fold) == SLOW else EPOCHS


def active_classes(task: str | Game, fold: int, epoch: int) -> int:
    """How many classes, in string order, training at `epoch` (from 0) sees.

    >>> [active_classes("apex/squad_count_v2", 4, epoch) for epoch in (0, 60, 539, 540)]
    [4, 6, 20, 22]

    Raises:
        BadParams: an unknown task, a fold that is no whole number from 1, or a negative epoch.
    """
    if isinstance(epoch, bool) or not isinstance(epoch, int) or epoch < 0:
        raise BadParams(what="epoch", expected="a whole number from 0", found=repr(epoch)[:40])
    return published(task, fold).active(epoch)
