"""Values typed on the command line keep the type their parameter declares."""

import pytest
from pydantic import Field

from reflop import values
from reflop.errors import BadParams
from reflop.params import Params


class Toy(Params):
    n: int = Field(1, description="count")
    name: str = Field("a", description="text")
    many: list[int] = Field([1], description="list")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("n=4", {"n": 4}),
        ("name=4", {"name": "4"}),
        ("many=1,2", {"many": [1, 2]}),
        ("many=[3]", {"many": [3]}),
    ],
)
def test_assignment(text, expected):
    assert values.assignments([text], [Toy]) == expected


@pytest.mark.parametrize("text", ["n=010", "n=1e-3", "n=True", "n=NaN", "n=no", "n="])
def test_what_yaml_would_guess_is_refused_by_the_parameter(text):
    with pytest.raises(BadParams, match="n: expected"):
        Toy.of("book", values.assignments([text], [Toy]))


@pytest.mark.parametrize("text", ['name="a\\b\'c\n"', "name=😀", "name={x}", "name=-1"])
def test_text_arrives_unchanged(text):
    assert values.assignments([text], [Toy])["name"] == text.partition("=")[2]


def test_grid_splits_scalars_only():
    assert values.grid(["n=1,2", "many=[1,2]"], Toy) == {"n": [1, 2], "many": [[1, 2]]}


@pytest.mark.parametrize("text", ["x=1; open('f')=2", "__import__('os')=1", "n"])
def test_names_are_names(text):
    with pytest.raises(BadParams):
        values.assignments([text], [Toy])
