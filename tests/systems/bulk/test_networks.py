"""The networks of bulk inference: kept weights or none; random ones that are sane and the same every time."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from reflop.errors import BadFile, BadParams, Unavailable
from reflop.files import sha256
from reflop.models.checkpoints import weights_digest
from reflop.systems.bulk import networks
from tests import toy
from tests.systems.bulk import kept_network


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return toy.checkout(tmp_path / "checkout", monkeypatch)


def pixels(count: int, side: int, seed: int = 1) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(256, (count, side, side, 3), dtype=torch.uint8, generator=generator)


def test_the_kept_network_is_loaded_and_gives_ten_logits_for_each_picture(root: Path) -> None:
    path = kept_network.keep(root)
    loaded = networks.load("resnext_small")
    assert (loaded.pixels, loaded.trained, loaded.classes) == (64, True, 10)
    assert not loaded.module.training
    with torch.inference_mode():
        assert loaded.module(pixels(2, 64)).shape == (2, 10)
    assert weights_digest(networks.load("resnext_small", path).module) == weights_digest(loaded.module)
    assert networks.digests("resnext_small") == {"resnext_small": sha256(path)}


def test_the_newest_kept_training_counts(root: Path) -> None:
    newest = kept_network.keep(root, seed=1, start="2026-02-01T00:00:00.000+00:00")
    kept_network.keep(root, seed=2, start="2026-01-01T00:00:00.000+00:00")
    assert networks.kept() == newest


def test_without_a_kept_network_the_commands_are_told(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(networks, "CODE", root)
    with pytest.raises(
        Unavailable, match=r"reflop run bulk\.training --preset long.* reflop keep bulk\.training"
    ):
        networks.load("resnext_small")
    assert networks.digests("resnext_small") == {}


def test_elsewhere_the_network_of_the_installed_checkout_is_used(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = kept_network.keep(root)
    monkeypatch.setattr(networks, "CODE", root / "artefacts")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert networks.kept() == path


def test_weights_that_are_not_those_of_the_record_are_refused(root: Path) -> None:
    path = kept_network.keep(root)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(BadFile, match=r"network\.safetensors.*reflop keep"):
        networks.load("resnext_small")
    path.unlink()
    with pytest.raises(BadFile, match="found none"):
        networks.load("resnext_small")


def test_a_random_network_says_so_and_tells_pictures_apart(root: Path) -> None:
    loaded = networks.load("resnext50_32x4d")
    assert (loaded.pixels, loaded.trained, loaded.classes) == (224, False, 1000)
    with torch.inference_mode():
        logits = loaded.module(pixels(2, 224))
    assert 0.1 < logits.std() < 10
    assert (logits[0] - logits[1]).norm() > 0.05 * logits.norm()
    assert networks.digests("resnext50_32x4d") == {}


def test_settling_does_not_depend_on_the_number_of_threads(root: Path) -> None:
    digests, threads = set(), torch.get_num_threads()
    try:
        for count in (1, 2):
            torch.set_num_threads(count)
            digests.add(weights_digest(networks.load("resnext50_32x4d").module))
    finally:
        torch.set_num_threads(threads)
    assert len(digests) == 1


def test_settled_norms_give_mean_zero_and_deviation_one_on_the_noise_they_saw(root: Path) -> None:
    loaded = networks.load("resnext50_32x4d")
    norm, found = loaded.module.network.layer1[0].bn1, list[torch.Tensor]()
    norm.register_forward_hook(lambda _, __, y: found.append(y.clone()))  # the ReLU behind it works in place
    with torch.inference_mode():
        loaded.module(pixels(4, 112, seed=0))
    assert found[0].mean((0, 2, 3)).abs().max() < 0.02  # its statistics are rounded to 8 bits
    torch.testing.assert_close(found[0].std((0, 2, 3)), torch.ones(128), atol=0.01, rtol=0)


def test_unknown_network(root: Path) -> None:
    with pytest.raises(BadParams, match="resnext50_32x4d"):
        networks.load("resnext50")


def test_finding_the_kept_digest_loads_no_torch() -> None:
    code = "import sys; from reflop.systems.bulk import networks; networks.digests('resnext_small'); "
    told = "print('torch' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code + told], text=True).strip() == "False"
