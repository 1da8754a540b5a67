"""Arguments of `features` and `stream`, whatever the engine."""

import itertools
import subprocess
import sys

import pytest
import torch

from reflop.errors import BadParams
from reflop.systems.optical import Camera, calibrate, features, projection, stream

X = torch.eye(6, dtype=torch.uint8)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"n_components": 0}, "n_components: expected 1 or more, found 0"),
        ({"n_components": -3}, "n_components: expected 1 or more, found -3"),
        ({"n_components": 4, "bias": -1}, "bias: expected 0 or more, found -1"),
        ({"n_components": 4, "seed": -1}, "seed: expected 0 or more, found -1"),
        ({"n_components": 4, "power": 3}, "power: expected 1, 2 or 4, found 3"),
        ({"n_components": 4, "engine": "structurd"}, "unknown engine 'structurd': expected 'structured'"),
    ],
)
def test_arguments_out_of_range_are_named(arguments: dict, told: str) -> None:
    with pytest.raises(BadParams, match=told):
        features(X, **arguments)
    with pytest.raises(BadParams, match=told):
        next(stream([X], **arguments))


def test_powers_are_of_the_amplitude() -> None:
    one, two, four = (features(X, 20, power=power) for power in (1, 2, 4))
    torch.testing.assert_close(one.square(), two)
    torch.testing.assert_close(two.square(), four)


def test_stream_takes_any_number_of_batches_one_at_a_time() -> None:
    endless = itertools.repeat(X)
    taken = list(itertools.islice(stream(endless, 5), 3))
    assert [len(y) for y in taken] == [6, 6, 6]
    assert list(stream([], 5)) == []


def test_chunks_of_a_large_input_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = features(X, 12)
    monkeypatch.setattr(projection, "BATCH_ENTRIES", 12)  # two rows at once
    assert torch.equal(features(X, 12), whole)


def test_kept_blocks_are_built_once_and_the_others_for_every_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    built: list[int] = []

    def block(n, wanted, seed, device):
        built.append(seed.spawn_key[0])
        return lambda rows, out: out.zero_()

    engine = replace(projection.ENGINES["dense"], width=lambda _: 4, block=block)
    for keeps, expected in ((True, [0, 1, 2]), (False, [0, 1, 2, 0, 1, 2])):
        built.clear()
        monkeypatch.setitem(projection.ENGINES, "dense", replace(engine, keeps=keeps))
        list(stream([X, X], 9, "dense"))
        assert built == expected


def test_camera_does_not_depend_on_m_or_on_the_batch() -> None:
    x = (torch.rand(40, 50, generator=torch.Generator().manual_seed(0)) < 0.3).to(torch.uint8)
    seen = features(x, 64, camera=8)
    assert torch.equal(features(x, 16, camera=Camera(8)), seen[:, :16])
    camera = calibrate(x, Camera(8))
    assert torch.equal(torch.cat(list(stream(x.split(7), 64, camera=camera))), seen)
    levels = seen * camera.gain
    torch.testing.assert_close(levels, levels.round())
    assert levels.max() <= 255
    assert float(levels.mean()) == pytest.approx(32, rel=0.1)


def test_power_is_taken_of_what_the_camera_saw() -> None:
    camera = Camera(8, gain=3.0)
    torch.testing.assert_close(
        features(X, 30, camera=camera, power=4), features(X, 30, camera=camera).square()
    )


def test_stream_refuses_a_camera_without_exposure() -> None:
    with pytest.raises(
        BadParams, match=r"camera: expected a calibrated one, found no gain; try: .*calibrate"
    ):
        next(stream([X], 5, camera=Camera(8)))


def test_import_of_the_package_loads_no_torch() -> None:
    code = (
        "import sys, reflop.systems.optical, reflop.systems.optical.params; "
        "sys.exit(any(name in sys.modules for name in ('torch', 'numpy', 'scipy')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_unknown_public_name() -> None:
    import reflop.systems.optical

    with pytest.raises(AttributeError, match="no attribute 'feature'"):
        _ = reflop.systems.optical.feature
