"""Training at a fold: what is learned, in which order, and that the network deployed is the published one."""

from pathlib import Path

import pytest
import torch
from torch import Generator

from reflop.errors import BadParams
from reflop.systems.folded import build, curriculum, fitting, networks, recipes, starts, tasks, training
from reflop.systems.folded.fitting import Fitting
from reflop.systems.folded.folding import FoldedClassifier
from reflop.systems.folded.frames import Frames, scaled, synthetic

APEX = tasks.game("apex/squad_count_v2")


@pytest.fixture(scope="module")
def frames() -> Frames:
    return synthetic(APEX, 176, 0, "train")


def test_batch_norm_is_merged_into_the_published_architecture() -> None:
    network = starts.normalised(build(APEX, 2)).train()
    images = torch.rand(8, 6, 19, 25)
    for _ in range(3):  # so that the norms know something
        network(images)
    merged = starts.merged(network.eval())
    assert {k: v.shape for k, v in merged.state_dict().items()} == {
        k: v.shape for k, v in build(APEX, 2).state_dict().items()
    }
    with torch.no_grad():
        torch.testing.assert_close(merged(images), network(images), rtol=1e-4, atol=1e-5)


def test_a_transplanted_network_answers_with_the_mean_of_its_images() -> None:
    unfolded, folded = build(APEX, 1, seed=3), build(APEX, 4, seed=4)
    for layer in folded.conv:
        if isinstance(layer, torch.nn.Conv2d):
            torch.nn.init.zeros_(layer.weight)
            torch.nn.init.zeros_(layer.bias)
    torch.nn.init.zeros_(folded.lin.weight)
    starts.transplant(unfolded, folded, 4)
    images = torch.rand(4, 3, 19, 25)
    with torch.no_grad():
        found = FoldedClassifier(folded, 4)(images)
        expected = unfolded(images.mean(0, keepdim=True)).expand(4, -1)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("f", [2, 3, 4])
@pytest.mark.parametrize("name", ["apex/squad_count_v2", "noscope_roundabout", "cifar10_resnet18"])
def test_narrow_networks_side_by_side_answer_each_for_its_image(name: str, f: int) -> None:
    narrow = [build(name, multiplier=f**-0.5, seed=slot) for slot in range(f)]
    folded = build(name, f, seed=9)
    starts.side_by_side(narrow, folded)
    images = torch.rand(2 * f, *networks.image_shape(name))
    with torch.no_grad():
        found = FoldedClassifier(folded, f)(images)
        expected = [narrow[place % f](image[None])[0] for place, image in enumerate(images)]
    torch.testing.assert_close(found, torch.stack(expected), rtol=1e-4, atol=1e-5)


def test_nothing_joint_is_f_copies_of_one_narrow_network(frames: Frames) -> None:
    recipe = recipes.RECIPES["narrow"]
    model, rows = Fitting(APEX, recipe, 2, 0)(2, frames)
    assert len(rows) == 2
    same = frames.pixels[:1].expand(2, -1, -1, -1)
    with torch.no_grad():
        first, second = model(scaled(same))
    torch.testing.assert_close(first, second)
    between = model.network.conv[3].weight[:22, 22:44]
    assert not between.any()
    # of narrow networks only the blocks on the diagonal cost anything
    full, narrow = (training.operations(APEX, 4, recipes.RECIPES[name]) for name in ("grown", "narrow"))
    assert narrow < full / 3


@pytest.mark.parametrize("epochs", [1500, 30, 7])
def test_the_curriculum_lets_classes_in_as_the_original_does(frames: Frames, epochs: int) -> None:
    for epoch in range(0, epochs, -(-epochs // 20)):
        shown = fitting.known(APEX, 2, frames.labels, epoch, epochs)
        active = curriculum.active_classes(APEX, 2, epoch * 1500 // epochs)
        assert set(frames.labels[shown].tolist()) == set(range(active))


def test_the_order_shows_each_frame_once_and_groups_alike_when_asked() -> None:
    known = torch.arange(20)
    assert sorted(fitting.order(known, Generator().manual_seed(1)).tolist()) == known.tolist()
    alike = fitting.order(known, Generator().manual_seed(1), 4)
    assert len(alike) == 20
    assert all(len(set(group.tolist())) == 1 for group in alike.split(4))


@pytest.mark.parametrize("name", recipes.RECIPES)
def test_every_recipe_trains_the_published_network(name: str, frames: Frames) -> None:
    teacher = FoldedClassifier(build(APEX, 1), 1)
    model, rows = Fitting(APEX, recipes.RECIPES[name], 2, 0)(2, frames, teacher)
    assert [tuple(p.shape) for p in model.network.parameters()] == [
        tuple(p.shape) for p in build(APEX, 2).parameters()
    ]
    assert [row["epoch"] for row in rows] == [1, 2]
    right, loss = fitting.tested(model, frames)
    assert right.shape == (176,)
    assert 0 < loss < 20


def test_ours_learns_and_a_finished_training_is_not_repeated(frames: Frames, tmp_path: Path) -> None:
    few = Frames(frames.pixels[:88], frames.labels[:88])

    def rows(folder: Path | None) -> list[fitting.Row]:
        return Fitting(APEX, recipes.RECIPES["normalised"], 12, 1, folder)(2, few)[1]

    whole = rows(None)
    assert whole[-1]["train_loss"] < 0.85 * whole[0]["train_loss"]
    kept = rows(tmp_path)
    assert [row["train_loss"] for row in kept] == [row["train_loss"] for row in whole]
    assert rows(tmp_path) == kept


class SeesTheFirst(torch.nn.Module):
    """Answers for all f images with the class that the brightness of the first tells."""

    def __init__(self, f: int) -> None:
        super().__init__()
        self.f, self.weight = f, torch.nn.Parameter(torch.zeros(1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        classes = ((x[:, 0, 0, 0] + 1) * 127.5).round().long()
        return torch.nn.functional.one_hot(classes, 22).float().repeat(1, self.f) + self.weight


def test_groups_of_one_class_are_put_together() -> None:
    labels = torch.arange(88) % 22  # four of each class, all apart
    pixels = labels.to(torch.uint8)[:, None, None, None].expand(-1, 3, 4, 4)
    model = FoldedClassifier(SeesTheFirst(4), 4)
    assert training.same_class(model, Frames(pixels, labels)) == 100
    right, _ = fitting.tested(model, Frames(pixels, labels))
    assert right.float().mean() == 0.25


def test_a_recipe_with_a_teacher_needs_one(frames: Frames) -> None:
    for name in ("distilled", "started"):
        with pytest.raises(BadParams, match=r"unfolded network to learn from, found none.*--teacher FILE"):
            Fitting(APEX, recipes.RECIPES[name], 1, 0)(2, frames)


def test_published_recipes_by_hand() -> None:
    noscope, epochs = recipes.published("noscope_taipei", 3)
    assert (noscope.optimiser, noscope.learning_rate, noscope.curriculum, epochs) == (
        "rmsprop",
        0.001 / 1.5,
        False,
        50,
    )
    taught, epochs = recipes.published("cifar10_resnet18", 2)
    assert (taught.teacher, taught.halve_every, taught.augment, epochs) == ("logits", 0, True, 1500)
    plain, _ = recipes.published("cifar100_resnet18", 2)
    assert (plain.teacher, plain.halve_every) == (None, 200)
    rate = fitting.schedule(plain, 1500, 10)
    assert [rate(step) for step in (0, 1999, 2000, 4000)] == [1, 1, 0.5, 0.25]
    game, epochs = recipes.published("sot/timer3", 1)
    assert (game.optimiser, game.learning_rate, game.curriculum, epochs) == ("adam", 1e-4, True, 1500)


def test_a_stopped_training_goes_on_in_its_phase_and_its_curriculum(frames: Frames, tmp_path: Path) -> None:
    few = Frames(frames.pixels[:88], frames.labels[:88])

    def run(
        folder: Path | None, name: str, stop_after: int | None = None
    ) -> tuple[FoldedClassifier, list[fitting.Row]]:
        def after(model: FoldedClassifier, rows: list[fitting.Row]) -> fitting.Row:
            if len(rows) == stop_after:
                raise KeyboardInterrupt
            return {"slots": model.f}

        return Fitting(APEX, recipes.RECIPES[name], 6, 2, folder, after=after)(2, few)

    for name in ("grown", "published"):
        whole, rows = run(None, name)
        for stop in (2, 5):  # in the first phase of `grown`, and in its second
            folder = tmp_path / f"{name}{stop}"
            with pytest.raises(KeyboardInterrupt):
                run(folder, name, stop)
            again, found = run(folder, name)
            drop = {"train_s"}
            assert [{k: v for k, v in row.items() if k not in drop} for row in found] == [
                {k: v for k, v in row.items() if k not in drop} for row in rows
            ]
            for one, other in zip(again.parameters(), whole.parameters(), strict=True):
                torch.testing.assert_close(one, other, rtol=0, atol=1e-6)
        assert [row["slots"] for row in rows] == ([1, 1, 2, 2, 2, 2] if name == "grown" else [2] * 6)


def test_a_residual_network_trains_by_ours_and_by_a_teachers_logits() -> None:
    generator = Generator().manual_seed(0)
    pixels = torch.randint(256, (12, 3, 32, 32), dtype=torch.uint8, generator=generator)
    frames = Frames(pixels, torch.arange(12) % 10)
    name = "cifar10_resnet18"
    teacher = FoldedClassifier(build(name, 1), 1)
    published, _ = recipes.published(name, 2)
    for recipe in (recipes.ours(name), published):
        model, rows = Fitting(name, recipe, 3, 0)(2, frames, teacher)
        assert [tuple(p.shape) for p in model.parameters()] == [
            tuple(p.shape) for p in build(name, 2).parameters()
        ]
        assert len(rows) == 3
    logits = fitting.answered(teacher, frames, published)
    answers = fitting.answered(teacher, frames, recipes.RECIPES["distilled"])
    torch.testing.assert_close(logits.softmax(1), answers)


def test_every_kind_of_network_has_its_way() -> None:
    assert recipes.ours("noscope_coral").optimiser == "adam"
    assert recipes.ours("cifar100_resnet18").augment
    assert recipes.ours("sot/timer3") == recipes.RECIPES[recipes.OURS]
