"""The names that other people's code may rely on: there, with these parameters in this order."""

import inspect
from importlib import import_module

import pytest

NAMES = {
    "reflop:run": "name, preset='book'",
    "reflop:records": "of",
    "reflop:keep": "record",
    "reflop.measure.counting:macs": "module, example",
    "reflop.measure.counting:params": "module",
    "reflop.systems.optical:features": "bits, n_components, engine='structured', seed=0, power=2, camera=None",
    "reflop.systems.optical:kernel": "x, y, power=2",
}


@pytest.mark.parametrize("place", NAMES)
def test_name_is_there_with_its_parameters(place: str) -> None:
    module, _, name = place.partition(":")
    parameters = inspect.signature(getattr(import_module(module), name)).parameters.values()
    told = [p.name if p.default is p.empty else f"{p.name}={p.default!r}" for p in parameters]
    wanted = NAMES[place].split(", ")
    assert told[: len(wanted)] == wanted
    assert all(p.default is not p.empty or p.kind is p.VAR_KEYWORD for p in list(parameters)[len(wanted) :])


def test_counts_are_plain_integers() -> None:
    import torch

    from reflop.measure.counting import macs, params

    linear = torch.nn.Linear(3, 4)
    assert (macs(linear, torch.zeros(2, 3)), params(linear)) == (24, 16)
    assert type(macs(linear, torch.zeros(2, 3))) is type(params(linear)) is int
