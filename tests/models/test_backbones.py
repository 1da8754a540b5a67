"""Feature sizes and weights as published; features equal torchvision's; weights from a file only."""

import math
import re
import socket
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from reflop.errors import BadFile, BadParams
from reflop.models import backbones, checkpoints, cutting

# Flattened features at 224 x 224, and counted weights (convolutions, norms, linear layers; no biases)
PUBLISHED = {
    ("vgg16", "full"): (25088, 14710464),
    ("vgg16", "norelu"): (25088, 14710464),
    ("vgg16", "norelu_maxpool"): (100352, 14710464),
    ("vgg19", "full"): (25088, 20018880),
    ("vgg19", "norelu_maxpool"): (100352, 20018880),
    ("resnet18", "full"): (512, 11171712),
    ("resnet18", "noavgpool"): (25088, 11171712),
    ("resnet34", "full"): (512, 21276160),
    ("resnet34", "noavgpool"): (25088, 21276160),
    ("resnet50", "full"): (2048, 23481472),
    ("resnet50", "noavgpool"): (100352, 23481472),
    ("resnet101", "full"): (2048, 42447488),
    ("resnet101", "noavgpool"): (100352, 42447488),
    ("resnet152", "full"): (2048, 58068096),
    ("resnet152", "noavgpool"): (100352, 58068096),
    ("densenet121", "full"): (50176, 6912032),
    ("densenet169", "full"): (81536, 12405280),
    ("densenet169", "noavgpool"): (81536, 12405280),
    ("densenet201", "full"): (94080, 17978400),
}
PICTURES = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(("name", "option"), PUBLISHED)
def test_sizes_are_the_published_ones(name: str, option: backbones.Option) -> None:
    module = backbones.build(name, option, device="meta")
    features, weights = PUBLISHED[name, option]
    assert math.prod(cutting.feature_shape(module, backbones.input_shape(name))) == features
    assert cutting.counted_weights(module) == weights


def torchvision_features(name: str, x: Tensor) -> tuple[nn.Module, Tensor]:
    """A network of torchvision with random weights, and what enters its classifier."""
    from torchvision import models

    torch.manual_seed(3)
    # small classifiers: their weights do not matter here
    kwargs = {"init_weights": False} if name.startswith("vgg") else {}
    with torch.device("meta"):
        whole = getattr(models, name)(weights=None, **kwargs)
    for part in (whole.features,) if hasattr(whole, "features") else (whole,):
        part.to_empty(device="cpu")
        for tensor in part.state_dict().values():
            if tensor.is_floating_point():
                tensor.copy_(
                    torch.rand_like(tensor) * 0.02 if tensor.ndim > 1 else torch.rand_like(tensor) + 0.5
                )
            else:
                tensor.zero_()
    whole.eval()
    with torch.no_grad():
        if hasattr(whole, "features"):
            return whole, whole.features(x)
        whole.fc = nn.Identity()
        return whole, whole(x)


@pytest.mark.parametrize("name", ["vgg16", "resnet18", "resnet50", "densenet121"])
def test_features_are_those_of_torchvision(name: str, tmp_path: Path) -> None:
    """The same weights, through a file of the whole network as it is published, give the same features."""
    whole, expected = torchvision_features(name, PICTURES)
    tensors = {k: t for k, t in whole.state_dict().items() if not t.is_meta}
    tensors |= {"fc.weight" if name.startswith("resnet") else "classifier.weight": torch.zeros(10, 4)}
    torch.save(tensors, tmp_path / "w.pth")
    module = backbones.build(name, weights=tmp_path / "w.pth")
    with torch.no_grad():
        assert torch.equal(module(PICTURES).flatten(1), expected.flatten(1))


def test_options_leave_out_what_they_say() -> None:
    whole = backbones.build("vgg16", seed=5)
    with torch.no_grad():
        x = whole[:-2](PICTURES).clone()  # the next layer works in place
        assert torch.equal(backbones.build("vgg16", "norelu_maxpool", seed=5)(PICTURES), x)
        assert torch.equal(backbones.build("vgg16", "norelu", seed=5)(PICTURES), whole[-1](x.clone()))
        assert torch.equal(whole(PICTURES), whole[-1](whole[-2](x.clone())))
        assert x.min() < 0
    pooled, maps = backbones.build("resnet18", seed=5), backbones.build("resnet18", "noavgpool", seed=5)
    with torch.no_grad():
        torch.testing.assert_close(pooled(PICTURES)[..., 0, 0], maps(PICTURES).mean((2, 3)))


def test_densenet_features_have_both_signs() -> None:
    with torch.no_grad():
        features = backbones.build("densenet121")(PICTURES)
    assert features.min() < 0 < features.max()


def test_names_and_options_that_do_not_exist_are_refused() -> None:
    with pytest.raises(BadParams, match="resnet50"):
        backbones.build("resnet_50")
    with pytest.raises(BadParams, match="option of resnet18: expected full or noavgpool, found 'norelu'"):
        backbones.build("resnet18", "norelu")
    with pytest.raises(BadParams, match="option of vgg16"):
        backbones.build("vgg16", "noavgpool")


def test_nothing_is_downloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_network(*_: object) -> None:
        pytest.fail("asked for the network")

    monkeypatch.setattr(socket, "socket", no_network)
    assert backbones.build("resnet18", seed=1)(PICTURES).shape == (2, 512, 1, 1)


def test_own_files_with_and_without_classifier(tmp_path: Path) -> None:
    from reflop.models import small_cnn

    whole = small_cnn.build("small_cifar", seed=7).eval()
    checkpoints.save(whole, tmp_path / "whole.safetensors")
    one = backbones.build("small_cifar", "noavgpool", weights=tmp_path / "whole.safetensors")
    checkpoints.save(one, tmp_path / "features.safetensors")
    two = backbones.build("small_cifar", weights=tmp_path / "features.safetensors")
    with torch.no_grad():
        assert torch.equal(whole[:5](PICTURES), two(PICTURES))
        assert torch.equal(whole[:4](PICTURES), one(PICTURES))
    with pytest.raises(BadFile, match="for small_digits: expected the weights of this network, found extra"):
        backbones.build("small_digits", weights=tmp_path / "features.safetensors")


def test_published_names_of_old_densenet_files(tmp_path: Path) -> None:
    """Published files write `norm.1` for `norm1`, and those of 2017 have no step counters."""
    module = backbones.build("densenet121", seed=2)
    old = {
        "features." + re.sub(r"(denselayer\d+\.[a-z]+)([12])\.", r"\1.\2.", name): tensor
        for name, tensor in module.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    assert any(".denselayer1.norm.1.weight" in name for name in old)
    torch.save(old | {"classifier.weight": torch.zeros(2, 2)}, tmp_path / "w.pth")
    loaded = backbones.build("densenet121", weights=tmp_path / "w.pth", seed=9)
    assert checkpoints.weights_digest(loaded) == checkpoints.weights_digest(module)


def test_half_precision_casts_weights(tmp_path: Path) -> None:
    module = backbones.build("small_cifar", dtype=torch.float16, seed=1)
    assert {t.dtype for t in module.parameters()} == {torch.float16}
    with torch.no_grad():
        half = module(PICTURES.half())
        full = backbones.build("small_cifar", seed=1)(PICTURES)
    assert half.dtype == torch.float16
    torch.testing.assert_close(half.float(), full, rtol=0.02, atol=0.02)


def test_random_weights_belong_to_the_seed() -> None:
    torch.manual_seed(0)
    before = torch.get_rng_state()
    digests = [checkpoints.weights_digest(backbones.build("resnet18", seed=seed)) for seed in (0, 0, 1)]
    assert digests[0] == digests[1] != digests[2]
    assert torch.equal(torch.get_rng_state(), before)


def test_a_backbone_is_frozen_in_evaluation_mode() -> None:
    assert not backbones.build("small_digits").training
