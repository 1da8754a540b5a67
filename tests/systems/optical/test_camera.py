"""Exposure, rounding and saturation of the camera."""

import pytest
import torch

from reflop.errors import BadParams
from reflop.systems.optical import Camera, families, features, kernel, kernels


def speckle(m: int = 100_000) -> torch.Tensor:
    return -torch.rand(m, generator=torch.Generator().manual_seed(0)).log()


def test_levels_by_hand() -> None:
    camera = Camera(bits=2, gain=2.0)
    values = torch.tensor([0.0, 0.2, 0.3, 1.0, 1.4, 9.0])
    assert camera.expose(values).tolist() == [0, 0, 1, 2, 3, 3]
    torch.testing.assert_close(camera.seen(values), torch.tensor([0.0, 0.0, 0.5, 1.0, 1.5, 1.5]))
    exposure = camera.exposure(values)
    assert (exposure.mean_level, exposure.saturated, exposure.zero) == pytest.approx((1.5, 2 / 6, 2 / 6))


def test_calibration_puts_the_mean_where_it_is_asked() -> None:
    camera = Camera(8, level=20.0).calibrated(speckle())
    exposure = camera.exposure(speckle())
    assert exposure.mean_level == pytest.approx(20, rel=0.01)
    assert exposure.note == ""


def test_exposures_that_spoil_the_picture_say_so() -> None:
    bright = Camera(8, level=100.0).calibrated(speckle()).exposure(speckle())
    assert bright.saturated == pytest.approx(2.718281828**-2.545, rel=0.1)  # exponential above 254.5 / 100
    assert bright.note.startswith("over-exposed: 7.")
    dim = Camera(8, level=2.0).calibrated(speckle()).exposure(speckle())
    assert dim.zero == pytest.approx(1 - 2.718281828**-0.25, rel=0.1)
    assert dim.note == "dim: mean level 2.0"


def test_darkness_has_unit_gain() -> None:
    camera = Camera(8).calibrated(torch.zeros(5))
    assert camera.gain == 1.0
    assert features(torch.zeros(3, 9), 7, camera=8).abs().sum() == 0
    assert Camera(8).calibrated(torch.zeros(0)).gain == 1.0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"bits": 0}, "camera bits: expected 1 to 16, found 0"),
        ({"bits": 17}, "camera bits"),
        ({"level": 0.0}, "camera level: expected more than 0"),
        ({"level": float("nan")}, "camera level"),
        ({"gain": -1.0}, "camera gain"),
    ],
)
def test_impossible_cameras_are_refused(arguments: dict, told: str) -> None:
    with pytest.raises(BadParams, match=told):
        Camera(**arguments)


def test_eight_bits_cost_under_three_percent_and_too_much_light_much_more() -> None:
    x = families.draw("bin10", 512, seed=0)
    y, exact = features(x, 2048, "dense"), kernel(x, x)

    def error(values: torch.Tensor) -> float:
        return kernels.errors(values.double() @ values.double().T / 2048, exact)[1]

    def change(level: float) -> float:
        return abs(error(Camera(8, level).calibrated(y).seen(y)) / error(y) - 1)

    assert change(32.0) < 0.03
    assert change(8.0) < 0.03
    assert change(100.0) > 0.3
