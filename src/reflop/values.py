"""Text from the command line to values, by the type the parameter declares."""

from __future__ import annotations

from typing import Any

from reflop.errors import BadParams
from reflop.files import parse_json
from reflop.params import Params, unknown


def assignments(pairs: list[str], models: list[type[Params]]) -> dict[str, Any]:
    """`["n=4", "engine=dense"]` as values for the first of `models` that has the field.

    >>> assignments(["seed=4"], [Params])
    {'seed': 4}
    """
    return {name: value(text, _schema(name, models)) for name, text in _split(pairs)}


def grid(pairs: list[str], model: type[Params]) -> dict[str, list[Any]]:
    """`["n=1,2,4"]` as the values to try; a list-valued parameter is written as JSON and not split.

    >>> grid(["seed=1,2"], Params)
    {'seed': [1, 2]}
    """
    schemas = {name: _schema(name, [model]) for name, _ in _split(pairs)}
    return {
        name: [value(part, schemas[name]) for part in _points(text, schemas[name])]
        for name, text in _split(pairs)
    }


def value(text: str, schema: dict[str, Any]) -> Any:
    """One value: text stays text where the field takes text, else JSON; a list may be written `a,b`.

    >>> value("010", {"type": "integer"}), value("dense", {"type": "string"})
    ('010', 'dense')
    >>> value("dense,blocked", {"type": "array", "items": {"type": "string"}})
    ['dense', 'blocked']
    """
    if schema.get("type") == "array" and not text.lstrip().startswith("["):
        return [value(part, schema.get("items", {})) for part in text.split(",")]
    if schema.get("type") == "string":
        return text
    try:
        return parse_json(text, "parameter")
    except OSError:
        return text  # not JSON: the parameter's own check names the field and what it takes


def _points(text: str, schema: dict[str, Any]) -> list[str]:
    return [text] if schema.get("type") == "array" else text.split(",")


def _split(pairs: list[str]) -> list[tuple[str, str]]:
    parts = [pair.partition("=") for pair in pairs]
    for name, equals, _ in parts:
        if not equals or not name.isidentifier():
            raise BadParams(what="-p", expected="name=value", found=repr(f"{name}{equals}")[:80])
    names = [name for name, _, _ in parts]
    for name in names:
        if names.count(name) > 1:
            raise BadParams(
                what=f"-p {name}", expected="every parameter once", found=f"{names.count(name)} times"
            )
    return [(name, text) for name, _, text in parts]


def _schema(name: str, models: list[type[Params]]) -> dict[str, Any]:
    for model in models:
        if name in model.model_fields:
            return dict(model.model_json_schema()["properties"][name])
    raise unknown(name, sorted({field for model in models for field in model.model_fields}))
