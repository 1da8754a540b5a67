import pytest

from reflop import catalog
from reflop.errors import BadParams
from reflop.params import Params
from tests import toy


def test_every_system_says_what_it_is() -> None:
    for name, module in catalog.SYSTEMS.items():
        assert module.TITLE, name
        assert module.SOURCE, name
        assert module.__name__ == f"reflop.systems.{name}.params"


def test_sections_carry_their_full_name_and_parameters() -> None:
    for name, entry in catalog.sections().items():
        assert name == f"{entry.system}.{entry.name}"
        assert issubclass(entry.params, Params)


def test_misspelt_names_get_the_nearest() -> None:
    with toy.installed():
        with pytest.raises(BadParams, match=r"unknown section 'toy\.drow': expected 'toy\.draw' \(nearest\)"):
            catalog.section("toy.drow")
        with pytest.raises(BadParams, match=r"unknown system 'toi': expected 'toy' \(nearest\)"):
            catalog.system("toi")


def test_function_is_found_by_the_sections_name() -> None:
    with toy.installed():
        assert catalog.section("toy.draw").function() is toy.draw
