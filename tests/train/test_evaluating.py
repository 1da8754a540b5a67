"""Logits and labels of all batches; what cannot be counted is an error."""

import math

import pytest
import torch
from torch import nn

from reflop.errors import BadParams, RunFailed
from reflop.train import accuracy, evaluate
from reflop.train.evaluating import has_bfloat16
from tests.train.toy import network


def test_batches_come_together_and_the_mode_stays() -> None:
    model, x, y = network(dropout=0.5), torch.randn(7, 1, 6, 6), torch.arange(7) % 3
    logits, labels = evaluate(model, zip(x.split(3), y.split(3), strict=True))
    assert model.training
    assert torch.equal(labels, y)
    with torch.no_grad():
        torch.testing.assert_close(logits, model.eval()(x))


def test_accuracy_by_hand() -> None:
    logits = torch.tensor([[3.0, 1.0], [0.0, 1.0], [2.0, 2.0], [0.0, 9.0]])
    assert accuracy(logits, torch.tensor([0, 1, 0, 0])) == 75.0


def test_nothing_to_evaluate_is_an_error() -> None:
    with pytest.raises(BadParams, match="at least one batch"):
        evaluate(network(), [])


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_logits_that_are_not_finite_are_an_error(value: float) -> None:
    model = nn.Linear(1, 2)
    with torch.no_grad():
        model.bias[1] = value
    with pytest.raises(RunFailed, match="3 of 3 rows without"):
        evaluate(model, [(torch.zeros(3, 1), torch.zeros(3))])


def test_bfloat16_answers_are_close_and_float32_is_untouched() -> None:
    model, x = network(), torch.randn(5, 1, 6, 6)
    full, _ = evaluate(model, [(x, torch.zeros(5))])
    half, _ = evaluate(model, [(x, torch.zeros(5))], torch.bfloat16)
    assert half.dtype == torch.float32
    assert not torch.equal(half, full)
    torch.testing.assert_close(half, full, rtol=0.05, atol=0.05)


@pytest.mark.parametrize(
    ("able", "expected"),
    [({"avx512_f": True}, False), ({"avx512_bf16": True}, True), ({"amx_bf16": True}, True)],
)
def test_bfloat16_is_for_processors_that_have_it(
    monkeypatch: pytest.MonkeyPatch, able: dict[str, bool], expected: bool
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: able)
    assert has_bfloat16() is expected
