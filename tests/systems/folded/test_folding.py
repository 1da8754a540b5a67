"""Folding by hand, and any number of images through a folded classifier."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from reflop.errors import BadParams
from reflop.systems.folded import FoldedClassifier, build, fold, unfold
from reflop.systems.folded.folding import width


def test_by_hand() -> None:
    images = torch.arange(4).reshape(4, 1, 1, 1).expand(4, 2, 1, 1)
    assert fold(images, 2).flatten(1).tolist() == [[0, 0, 1, 1], [2, 2, 3, 3]]
    assert unfold(torch.arange(8).reshape(2, 4), 2).tolist() == [[0, 1], [2, 3], [4, 5], [6, 7]]


@given(st.integers(1, 9), st.integers(1, 5), st.integers(1, 4))
def test_unfolding_undoes_folding(groups: int, f: int, channels: int) -> None:
    images = torch.rand(groups * f, channels, 1, 1)
    assert torch.equal(unfold(fold(images, f).flatten(1), f), images.flatten(1))


class Sums(nn.Module):
    """Answers each slot with the sum of its image: what one image gets must not depend on the others."""

    def __init__(self, f: int) -> None:
        super().__init__()
        self.f = f

    def forward(self, x: Tensor) -> Tensor:
        return x.reshape(len(x), self.f, -1).sum(2)


@given(st.integers(1, 13), st.integers(1, 6))
def test_no_image_is_dropped_or_swapped(count: int, f: int) -> None:
    images = torch.rand(count, 2, 3, 3)
    torch.testing.assert_close(FoldedClassifier(Sums(f), f)(images)[:, 0], images.sum((1, 2, 3)))


def test_the_filled_up_group_answers_as_the_whole_one_would() -> None:
    network = build("apex/squad_count_v2", 4)
    images = torch.rand(5, 3, 19, 25)
    whole = torch.cat([images, images[-1:].expand(3, -1, -1, -1)])
    with torch.no_grad():
        expected = unfold(network(fold(whole, 4)), 4)[:5]
        assert torch.equal(FoldedClassifier(network, 4)(images), expected)


def test_fold_one_is_the_network_bit_by_bit() -> None:
    network, images = build("noscope_coral"), torch.rand(3, 3, 50, 50)
    with torch.no_grad():
        assert torch.equal(FoldedClassifier(network, 1)(images), network(images))


def test_what_cannot_be_folded_is_refused() -> None:
    with pytest.raises(BadParams, match="multiple of 2, found shape"):
        fold(torch.rand(3, 3, 2, 2), 2)
    with pytest.raises(BadParams, match="logits to unfold"):
        unfold(torch.rand(2, 5), 2)


def test_widths() -> None:
    assert [width(181, 1), width(8, 2), width(8, 2, round_to=8), width(32, 2, multiplier=1.0)] == [
        181,
        11,
        16,
        32,
    ]
