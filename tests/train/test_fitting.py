"""Training lowers the loss, equals a loop written by hand, and goes on exactly where it was stopped."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import Generator, Tensor, nn, optim

from reflop.errors import BadFile, BadParams, RunFailed
from reflop.train import accuracy, batches, evaluate, fit, recipes, resuming
from reflop.train.fitting import Row
from tests.train.toy import epoch, network, pictures

IMAGES, LABELS = pictures()


def trained(
    model: nn.Module, optimiser: optim.Optimizer, folder: Path | None = None, **changes: object
) -> list[Row]:
    options = {
        "epochs": 6,
        "generator": torch.Generator().manual_seed(5),
        "schedule": recipes.one_cycle(24),
        "folder": folder,
        **changes,
    }
    torch.manual_seed(77)  # where dropout starts
    return fit(model, epoch(IMAGES, LABELS), optimiser, **options)


def test_training_learns_the_task() -> None:
    model = network()
    test_images, test_labels = pictures(30, seed=1)

    def tested(rows: list[Row]) -> Row:
        assert [row["epoch"] for row in rows] == list(range(1, len(rows) + 1))
        return {
            "test_accuracy": accuracy(*evaluate(model, batches.in_order(test_images / 255, test_labels, 7)))
        }

    rows = trained(model, recipes.modern(model, 0.05), after=tested)
    assert [row["epoch"] for row in rows] == [1, 2, 3, 4, 5, 6]
    assert rows[-1]["train_loss"] < 0.5 * rows[0]["train_loss"]
    assert rows[-1]["test_accuracy"] > 90
    assert {key for row in rows for key in row} == {
        "epoch", "learning_rate", "train_loss", "train_accuracy", "train_s", "test_accuracy",
    }  # fmt: skip


def test_one_epoch_of_the_original_equals_a_loop_by_hand() -> None:
    def plain(generator: Generator, _: int) -> Iterator[tuple[Tensor, Tensor]]:
        for x, y in batches.shuffled(IMAGES, LABELS, 32, generator):
            yield x / 255, y

    ours, theirs = network(), network()
    rows = fit(
        ours, plain, recipes.original(ours, "SGD", 1e-3), epochs=1, generator=torch.Generator().manual_seed(3),
        loss=nn.CrossEntropyLoss(reduction="sum"),
    )  # fmt: skip
    optimiser = optim.SGD(theirs.parameters(), lr=1e-3, momentum=0.9)
    total = 0.0
    for chosen in torch.randperm(60, generator=torch.Generator().manual_seed(3)).split(32):
        loss = nn.functional.cross_entropy(theirs(IMAGES[chosen] / 255), LABELS[chosen], reduction="sum")
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        total += loss.item()
    assert rows[0]["train_loss"] == pytest.approx(total / 60, rel=1e-6)
    for one, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("kind", ["modern", "Adam", "SGD"])
@pytest.mark.parametrize("stopped_after", [1, 4])
def test_resumed_equals_uninterrupted(tmp_path: Path, kind: str, stopped_after: int) -> None:
    def start(seed: int) -> tuple[nn.Module, optim.Optimizer]:
        model = network(seed, dropout=0.3)
        chosen = recipes.modern(model, 0.05) if kind == "modern" else recipes.original(model, kind, 1e-3)
        return model, chosen

    whole, optimiser = start(0)
    expected = trained(whole, optimiser)
    stopped, optimiser = start(0)
    with pytest.raises(KeyboardInterrupt):
        trained(stopped, optimiser, tmp_path, after=interrupt_in_epoch(stopped_after + 1))
    resumed, optimiser = start(1)  # other weights, and a generator that was moved on
    torch.manual_seed(1234)
    rows = trained(resumed, optimiser, tmp_path, generator=torch.Generator().manual_seed(999))
    assert [row["epoch"] for row in rows] == [row["epoch"] for row in expected]
    for row, other in zip(rows, expected, strict=True):
        assert row["train_loss"] == pytest.approx(other["train_loss"], abs=1e-6)
        assert row["learning_rate"] == other["learning_rate"]
    for one, other in zip(resumed.state_dict().values(), whole.state_dict().values(), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-6)


def interrupt_in_epoch(number: int):
    """What follows an epoch; in the given one it is interrupted like a program by Ctrl-C."""

    def after(rows: list[Row]) -> Row:
        if len(rows) == number:
            raise KeyboardInterrupt
        return {}

    return after


def test_a_finished_training_is_not_repeated(tmp_path: Path) -> None:
    model = network()
    rows = trained(model, recipes.modern(model, 0.05), tmp_path)
    again = network(1)

    def never(generator: Generator, _: int) -> Iterator[tuple[Tensor, Tensor]]:
        pytest.fail("trained again")

    found = fit(
        again, never, recipes.modern(again, 0.05), epochs=6, generator=torch.Generator(), folder=tmp_path
    )
    assert found == rows
    assert torch.equal(again[0].weight, model[0].weight)


@pytest.mark.parametrize(
    ("changes", "rate", "told"),
    [
        ({"epochs": 7}, 0.05, "training saved"),
        ({"key": "other data"}, 0.05, "training saved"),
        ({}, 0.06, "optimiser saved"),
    ],
)
def test_the_state_of_another_training_is_refused(
    tmp_path: Path, changes: dict[str, object], rate: float, told: str
) -> None:
    model = network()
    trained(model, recipes.modern(model, 0.05), tmp_path)
    with pytest.raises(BadParams, match=rf"{told} in .*expected the same, found .*; try: rm "):
        trained(model, recipes.modern(model, rate), tmp_path, **changes)


def test_a_damaged_state_is_refused_and_there_is_no_pickle_in_a_whole_one(tmp_path: Path) -> None:
    model = network()
    trained(model, recipes.modern(model, 0.05), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [resuming.NAME]
    content = (tmp_path / resuming.NAME).read_bytes()
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    assert json.loads(header["__metadata__"]["state"])["told"]["step"] == 24
    (tmp_path / resuming.NAME).write_bytes(content[: len(content) // 2])
    with pytest.raises(BadFile, match=resuming.NAME):
        trained(model, recipes.modern(model, 0.05), tmp_path)


def test_tensors_of_something_else_are_refused(tmp_path: Path) -> None:
    from reflop.models import checkpoints

    model = network()
    checkpoints.save(model, tmp_path / resuming.NAME)
    with pytest.raises(BadFile, match="expected the state of a training"):
        trained(model, recipes.modern(model, 0.05), tmp_path)


def test_a_loss_that_explodes_stops_the_run(tmp_path: Path) -> None:
    model = network()
    with pytest.raises(RunFailed, match="training loss: expected a finite number"):
        trained(model, optim.SGD(model.parameters(), 1e30), tmp_path)
    assert not list(tmp_path.iterdir())
    with pytest.raises(RunFailed, match="no batch"):
        fit(model, lambda *_: [], recipes.modern(model, 0.1), epochs=1, generator=torch.Generator())


def test_bfloat16_trains_float32_weights() -> None:
    model = network()
    rows = trained(model, recipes.modern(model, 0.05), precision=torch.bfloat16)
    assert {weight.dtype for weight in model.parameters()} == {torch.float32}
    assert rows[-1]["train_loss"] < 0.6 * rows[0]["train_loss"]
