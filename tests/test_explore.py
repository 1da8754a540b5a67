import json
from pathlib import Path
from typing import Any, ClassVar, Literal

import pytest
from pydantic import Field

from reflop import catalog, explore
from reflop.errors import BadParams
from reflop.params import Params
from tests import project


class Many(Params):
    """One field of every kind."""

    flag: bool = False
    few: int = Field(4, ge=1, le=64, description="how many")
    wide: int = Field(4, ge=1, le=2**24)
    free: int = 3
    share: float = Field(0.5, ge=0, le=1)
    rate: float = Field(0.1, gt=0)
    engine: Literal["a", "b"] = "a"
    power: Literal[1, 2] = 2
    engines: list[Literal["a", "b", "c"]] = Field(["a", "c"])
    sizes: list[int] = Field([1, 2])
    word: str = "x"
    maybe: float | None = None

    SMOKE: ClassVar[dict[str, Any]] = {"few": 2, "engines": ["b"], "sizes": [5], "word": "y", "maybe": 1.5}


def test_the_controls_hold_exactly_the_values_of_every_preset() -> None:
    for preset in ("smoke", "book"):
        made = explore.controls(Many, preset)
        assert Many.of(preset, explore.values(Many, made)) == Many.of(preset)


def test_every_field_gets_the_widget_of_its_kind() -> None:
    kinds = {name: type(widget).__name__ for name, widget in explore.controls(Many, "book").items()}
    assert kinds == {
        "seed": "BoundedIntText", "flag": "Checkbox", "few": "IntSlider", "wide": "BoundedIntText",
        "free": "IntText", "share": "FloatSlider", "rate": "FloatText", "engine": "Dropdown", "power": "Dropdown",
        "engines": "SelectMultiple", "sizes": "Text", "word": "Text", "maybe": "Text",
    }  # fmt: skip


def test_ranges_and_choices_come_from_the_fields() -> None:
    made = explore.controls(Many, "book")
    assert (made["few"].min, made["few"].max) == (1, 64)
    assert made["engine"].options == ("a", "b")
    assert made["few"].tooltip == "how many (1 to 64)"


def test_text_that_is_no_value_is_refused_by_the_parameter_itself() -> None:
    made = explore.controls(Many, "book")
    made["sizes"].value = "1, 2"
    with pytest.raises(BadParams, match="sizes"):
        Many.of("book", explore.values(Many, made))


@pytest.mark.parametrize("name", list(catalog.sections()))
def test_every_section_of_the_book_can_be_explored(name: str) -> None:
    params = catalog.section(name).params
    for preset in params.presets():
        made = explore.controls(params, preset)
        assert params.of(preset, explore.values(params, made)) == params.of(preset)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return project.enter(monkeypatch, project.make(tmp_path / "checkout"))


def test_without_a_front_end_it_is_a_line_of_text(root: Path) -> None:
    shown = explore.explore("toy.echo")
    assert repr(shown) == "To explore toy.echo with sliders, open this notebook in JupyterLab: make lab"


def test_without_ipywidgets_it_says_what_to_install(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explore, "_has_front_end", lambda: True)
    monkeypatch.setitem(__import__("sys").modules, "ipywidgets", None)
    assert "pip install 'reflop[book]'" in repr(explore.explore("toy.echo"))


@pytest.mark.parametrize(("section", "preset"), [("toy.ecko", "book"), ("toy.echo", "paper")])
def test_what_does_not_exist_is_refused(root: Path, section: str, preset: str) -> None:
    with pytest.raises(BadParams):
        explore.explore(section, preset)


def test_a_preset_sets_the_controls_and_the_button_runs(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[tuple[str, str, dict[str, Any]]] = []
    monkeypatch.setattr(explore, "_has_front_end", lambda: True)
    monkeypatch.setattr(
        explore, "run", lambda name, preset, **given: ran.append((name, preset, given)) or stop()
    )
    panel: Any = explore.explore("toy.echo")
    preset, *fields, button, shown = panel.children
    assert [field.description for field in fields] == ["seed", "text", "size", "rate", "mode"]
    preset.value = "smoke"
    fields[1].value = "hi"
    button.click()
    given = {"seed": 0, "text": "hi", "size": 2, "rate": 0.5, "mode": "plain"}
    assert ran == [("toy.echo", "smoke", given)]
    assert json.dumps(given)
    assert shown.outputs == () or "enough" in str(shown.outputs)


def stop() -> None:
    raise BadParams(what="enough")
