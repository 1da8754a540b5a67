"""The four kinds of inputs."""

import pytest
import torch

from reflop.systems.optical.families import FAMILIES, draw


@pytest.mark.parametrize("name", FAMILIES)
def test_rows_are_bits_and_follow_the_seed(name: str) -> None:
    x = draw(name, 64, seed=1)
    assert x.dtype == torch.uint8
    assert x.shape == (400 if name == "bin50" else 200, 64)
    assert x.max() == 1
    assert torch.equal(x, draw(name, 64, seed=1))
    assert not torch.equal(x, draw(name, 64, seed=2))


def test_families_are_what_their_names_say() -> None:
    assert float(draw("bin50", 500, 0).float().mean()) == pytest.approx(0.5, abs=0.01)
    assert float(draw("bin10", 500, 0).float().mean()) == pytest.approx(0.1, abs=0.01)
    assert draw("sparse3", 500, 0).sum(1).unique().tolist() == [3]
    x = draw("clust", 500, 0).float()
    distance = torch.cdist(x, x, p=1) / 500  # 2 * 0.1 * 0.9 inside a cluster, about 1/2 between two
    near = distance < 0.34
    assert torch.linalg.matrix_rank(near.float()) == 10
    assert float(distance[near & ~torch.eye(200, dtype=torch.bool)].mean()) == pytest.approx(0.18, abs=0.01)
