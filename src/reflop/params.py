"""Typed parameters of a section: strict, frozen, closed to unknown names, with presets in one place."""

from __future__ import annotations

import difflib
import json
from typing import Any, ClassVar, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from reflop.errors import BadParams

PresetName = Literal["smoke", "book", "long", "paper"]
PRESETS: tuple[str, ...] = get_args(PresetName)


class Params(BaseModel):
    """Base of every section's parameters.

    A preset is a mapping of overrides of the defaults; `None` says that the section does not have that
    preset. Values that come from outside (command line, notebook, file) enter through `of`, which checks
    them as JSON: `"2"`, `2.0` and `true` are no integers, NaN and infinity are no numbers, and a name that is
    not a field is an error.

    >>> class Fold(Params):
    ...     fold: int = Field(4, ge=1, le=64, description="images stacked along channels")
    ...     SMOKE: ClassVar[dict[str, Any]] = {"fold": 2}
    >>> Fold.of("smoke").fold, Fold.of("book").fold, Fold.of("book", {"fold": 8}).fold
    (2, 4, 8)
    >>> Fold.of("book", {"fold": 0})
    Traceback (most recent call last):
    ...
    reflop.errors.BadParams: fold: expected 1 to 64, found 0
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    seed: int = Field(0, ge=0, le=2**32 - 1, description="root of every random number of the section")

    HOME: ClassVar[str] = "sections"  # the module of the system that holds the section's function
    SMOKE: ClassVar[dict[str, Any] | None] = {}
    BOOK: ClassVar[dict[str, Any] | None] = {}
    LONG: ClassVar[dict[str, Any] | None] = None
    PAPER: ClassVar[dict[str, Any] | None] = None

    @classmethod
    def presets(cls) -> list[str]:
        """Names of the presets that this section has."""
        return [name for name in PRESETS if getattr(cls, name.upper()) is not None]

    @classmethod
    def of(cls, preset: str = "book", overrides: dict[str, Any] | None = None) -> Self:
        """Parameters of `preset` with `overrides`, validated.

        Raises:
            BadParams: naming the first field that is unknown, of the wrong type or out of range.
        """
        if preset not in cls.presets():
            raise BadParams(what="preset", expected=" or ".join(cls.presets()), found=repr(preset))
        wanted = {**getattr(cls, preset.upper()), **(overrides or {})}
        try:
            return cls.model_validate_json(json.dumps(wanted))
        except (TypeError, ValueError, RecursionError) as error:
            raise cls._explain(error, wanted) from None

    def data_digests(self) -> dict[str, str]:
        """Name and SHA-256 of every data set the section reads with these parameters."""
        return {}

    @classmethod
    def _explain(cls, error: Exception, wanted: dict[str, Any]) -> BadParams:
        """Turn pydantic's report into one line: field, what it takes, what was given."""
        if not isinstance(error, ValidationError):
            name = next((name for name, value in wanted.items() if not _is_plain(value)), "parameters")
            found = shorten(wanted[name]) if name in wanted else type(error).__name__
            return BadParams(what=name, expected="plain JSON values", found=found)
        first = error.errors()[0]
        if not first["loc"]:
            return BadParams(what="parameters", expected=first["msg"], found=shorten(first["input"]))
        name = str(first["loc"][0])
        if first["type"] == "extra_forbidden":
            return unknown(name, list(cls.model_fields))
        found = shorten(wanted.get(name, first["input"]))
        return BadParams(what=name, expected=allowed(cls, name) or first["msg"], found=found)


def unknown(name: str, known: list[str], what: str = "parameter") -> BadParams:
    """The error for a misspelt name, with the nearest known one."""
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    nearest = f"{near[0]!r} (nearest), or " if near else ""
    return BadParams(what=f"unknown {what} {shorten(name)}", expected=f"{nearest}one of {', '.join(known)}")


def _is_plain(value: object) -> bool:
    """Whether JSON can hold the value."""
    try:
        return bool(json.dumps(value))
    except (TypeError, ValueError, RecursionError):
        return False


def shorten(value: object, width: int = 60) -> str:
    """A value as it was written, cut to `width` characters."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # an integer of over 4300 digits, a list nested 1000 deep
        text = f"an oversized {type(value).__name__}"
    return text if len(text) <= width else text[: width - 3] + "..."


def allowed(model: type[Params], name: str) -> str:
    """What a field takes, in words, from its declaration.

    >>> allowed(Params, "seed")
    '0 to 4294967295'
    """
    return _words(model.model_json_schema()["properties"].get(name, {}))


_KINDS = {
    "boolean": "true or false",
    "integer": "an integer",
    "null": "null",
    "number": "a number",
    "object": "names with their values",
    "string": "text",
}
_LIMITS = {
    "minimum": "of at least",
    "exclusiveMinimum": "of more than",
    "maximum": "of at most",
    "exclusiveMaximum": "of less than",
    "pattern": "like",
    "maxLength": "of length up to",
}


def _words(schema: dict[str, Any]) -> str:
    """One JSON schema in words: `1 to 64`, `one of dense, structured`, `a list of text`."""
    if "anyOf" in schema:
        return " or ".join(map(_words, schema["anyOf"]))
    if "items" in schema:
        at_least = f"{schema['minItems']} or more, " if "minItems" in schema else ""
        return f"a list ({at_least}each {_words(schema['items'])})"
    if "enum" in schema or "const" in schema:
        return "one of " + ", ".join(map(str, schema.get("enum", [schema.get("const")])))
    if "minimum" in schema and "maximum" in schema:
        return f"{schema['minimum']} to {schema['maximum']}"
    limits = [f"{words} {schema[key]}" for key, words in _LIMITS.items() if key in schema]
    return " ".join([_KINDS.get(schema.get("type", ""), ""), " and ".join(limits)]).strip()
