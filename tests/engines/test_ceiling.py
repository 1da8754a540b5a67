"""The roof: a real, small product behind every engine, and who is taken for the best."""

from pathlib import Path

import pytest

from reflop.engines import ENGINES, ceiling
from reflop.measure import timing

SIDE = 64


def test_every_precision_of_the_machine_has_a_roof(tmp_path: Path) -> None:
    found = ceiling.roofs(side=SIDE, work=tmp_path)
    assert {"float32", "int8"} <= set(found)
    for precision, roof in found.items():
        assert 0 < roof.rate.low <= roof.rate.value <= roof.rate.high
        assert roof.rate.unit == "FLOP/s"
        assert roof.rate.n == ceiling.ROUNDS
        assert precision in ENGINES[roof.engine].precisions or (roof.engine, precision) == ("torch", "int8")


def test_convolutions_have_a_roof_too(tmp_path: Path) -> None:
    found = ceiling.convolution_roofs(channels=16, work=tmp_path)
    assert "float32" in found
    assert all(0 < roof.rate.low <= roof.rate.value for roof in found.values())


def test_the_fastest_engine_makes_the_roof_whichever_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every product takes a second, but for ONNX Runtime's, which take half of one."""
    monkeypatch.setattr(
        timing, "interleaved",
        lambda actions, rounds: {name: [0.5 if "onnxruntime" in name else 1.0] * rounds for name in actions},
    )  # fmt: skip
    monkeypatch.setattr(ceiling, "cut", lambda example, size, images, session: [example, example])
    found = ceiling.roofs(side=SIDE, work=tmp_path)
    assert found["float32"].engine == "onnxruntime"
    assert found["float32"].rate.value == 2 * SIDE**3 * ceiling.DEPTH * 2 / 0.5
    assert found["int8"].rate.value == 2 * SIDE**3
