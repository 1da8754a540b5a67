from typing import Any, ClassVar, Literal, Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, ValidationError, model_validator

from reflop.errors import BadParams
from reflop.params import PRESETS, Params, allowed, shorten, unknown


class Fold(Params):
    """Parameters with every kind of field."""

    fold: int = Field(4, ge=1, le=64, description="images stacked")
    rate: float = Field(0.5, gt=0, lt=1, description="share kept")
    name: Literal["vgg", "resnet"] = Field("vgg", description="network")
    names: list[Literal["a", "b"]] = Field(["a"], min_length=1, description="engines")
    label: str = Field("x", max_length=8, description="shown in the legend")
    limit: Optional[int] = Field(None, ge=1, description="rows at most")  # noqa: UP045
    fast: bool = Field(False, description="leave out the slow check")

    SMOKE: ClassVar[dict[str, Any]] = {"fold": 2}
    PAPER: ClassVar[dict[str, Any]] = {"fold": 8}


def test_presets_are_overrides_of_the_defaults() -> None:
    assert Fold.presets() == ["smoke", "book", "paper"]
    assert [Fold.of(preset).fold for preset in Fold.presets()] == [2, 4, 8]
    assert Fold.of("paper", {"fold": 3}).fold == 3


def test_preset_that_the_section_lacks_is_refused() -> None:
    with pytest.raises(BadParams, match="preset: expected smoke or book or paper, found 'long'"):
        Fold.of("long")
    assert set(Fold.presets()) < set(PRESETS)


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("fold", "2", "1 to 64"),
        ("fold", 2.0, "1 to 64"),
        ("fold", True, "1 to 64"),
        ("fold", 65, "1 to 64"),
        ("fold", 10**400, "1 to 64"),
        ("rate", float("nan"), "a number of more than 0 and of less than 1"),
        ("rate", float("inf"), "a number of more than 0 and of less than 1"),
        ("name", "VGG", "one of vgg, resnet"),
        ("names", [], "a list \\(1 or more, each one of a, b\\)"),
        ("names", "a", "a list \\(1 or more, each one of a, b\\)"),
        ("label", "123456789", "text of length up to 8"),
        ("limit", 0, "an integer of at least 1 or null"),
        ("fast", 1, "true or false"),
        ("seed", -1, "0 to 4294967295"),
    ],
)
def test_wrong_value_is_refused_with_what_the_field_takes(field: str, value: object, expected: str) -> None:
    with pytest.raises(BadParams, match=f"^{field}: expected {expected}, found"):
        Fold.of("book", {field: value})


def test_misspelt_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(BadParams, match="unknown parameter 'fald': expected 'fold' \\(nearest\\)"):
        Fold.of("book", {"fald": 2})


@pytest.mark.parametrize(
    "value", [10**5000, object(), {1, 2}, b"x"], ids=["10^5000", "object", "set", "bytes"]
)
def test_what_json_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(BadParams, match="plain JSON values"):
        Fold.of("book", {"fold": value})


def test_relation_between_fields_is_reported_in_its_own_words() -> None:
    class Pair(Params):
        low: int = 1
        high: int = 2

        @model_validator(mode="after")
        def _ordered(self) -> "Pair":
            if self.low > self.high:
                message = "low must not exceed high"
                raise ValueError(message)
            return self

    with pytest.raises(BadParams, match="low must not exceed high"):
        Pair.of("book", {"low": 3})


def test_params_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Fold.of("book").fold = 5  # type: ignore[misc]


def test_every_field_can_be_said_in_words() -> None:
    assert all(allowed(Fold, name) for name in Fold.model_fields)
    assert allowed(Fold, "nothing") == ""


@given(st.recursive(st.none() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=20))
def test_no_value_breaks_the_check(value: object) -> None:
    try:
        sound = Fold.of("book", {"fold": value}).fold == value
    except BadParams as error:
        sound = str(error).startswith("fold: expected 1 to 64, found") and "\n" not in str(error)
    assert sound


def test_shorten_survives_values_that_cannot_be_shown() -> None:
    deep: list[Any] = []
    for _ in range(5000):
        deep = [deep]
    assert shorten(deep) == "an oversized list"
    assert shorten([10**5000]) == "an oversized list"
    assert len(shorten("x" * 100)) == 60


def test_unknown_name_without_a_near_one_lists_all() -> None:
    assert str(unknown("zzz", ["alpha", "beta"])) == "unknown parameter 'zzz': expected one of alpha, beta"
