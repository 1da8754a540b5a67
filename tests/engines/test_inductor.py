"""Dynamo stops compiling a function after some shapes and runs it as it is; a session never does that unnoticed."""

import pytest
import torch
from torch import nn

from reflop.engines import inductor


@pytest.fixture
def compiled() -> tuple[list[int], nn.Module]:
    """A layer that notes each batch size it is compiled for, by a compiler that changes nothing."""
    sizes = list[int]()

    def note(graph: torch.fx.GraphModule, inputs: list[torch.Tensor]) -> object:
        sizes.append(max(len(one) for one in inputs if one.shape[-1] == 3))
        return graph.forward

    torch._dynamo.reset()
    return sizes, torch.compile(nn.Linear(3, 1, bias=False), dynamic=False, backend=note)


def test_the_ninth_batch_size_is_compiled_like_the_first(compiled: tuple[list[int], nn.Module]) -> None:
    sizes, layer = compiled
    for size in range(2, 14):
        with inductor.own_compilation():
            layer(torch.zeros(size, 3))
        layer(torch.zeros(size, 3))  # afterwards as well, without another compilation
    assert sizes == list(range(2, 14))


def test_what_is_not_compiled_any_more_raises(
    compiled: tuple[list[int], nn.Module], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inductor, "COMPILATIONS", 1)
    _, layer = compiled
    with inductor.own_compilation():
        layer(torch.zeros(2, 3))
        with pytest.raises(torch._dynamo.exc.FailOnRecompileLimitHit):
            layer(torch.zeros(3, 3))
