"""Parameters in a YAML or JSON file: plain values only, every key once, read the same way by everyone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from reflop.errors import BadFile, BadParams
from reflop.files import read_text, require_shallow
from reflop.params import shorten

LIMIT_BYTES = 2**20


class _Plain(yaml.SafeLoader):
    """YAML whose plain scalars mean what JSON says: `no` and `010` are text, `1e-3` is a number.

    Repeated keys are errors, and so are aliases, through which a few bytes can stand for gigabytes.
    """

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  (replaced as a whole, as PyYAML does)

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Refuse `*name`."""
        if self.check_event(yaml.events.AliasEvent):
            mark = self.get_event().start_mark  # type: ignore[no-untyped-call]
            raise _problem(expected="plain values", found="an alias", mark=mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        """Refuse a key that comes twice."""
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _problem(expected="text as a key", found=key.id, mark=key.start_mark)
            if key.value in seen:
                raise _problem(
                    expected="every key once", found=f"{key.value[:60]!r} twice", mark=key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


_NUMBER = r"-?(?:0|[1-9][0-9]*)"
for _tag, _pattern, _first in (
    ("null", r"null|~|", ["n", "~", ""]),
    ("bool", r"true|false", ["t", "f"]),
    ("int", _NUMBER, list("-0123456789")),
    ("float", _NUMBER + r"(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?", list("-0123456789")),
):
    _Plain.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), _first)


def read(path: Path) -> dict[str, Any]:
    """The mapping in a YAML or JSON file (JSON is YAML).

    Raises:
        BadParams: not there, over a megabyte, nested deeper than 64, a key twice, an alias, or no mapping.
    """
    try:
        text = read_text(path, LIMIT_BYTES)
        require_shallow(text, str(path))
    except BadFile as error:
        raise BadParams(what=error.what, expected=error.expected, found=error.found) from None
    return parse(text, str(path))


def parse(text: str, what: str) -> dict[str, Any]:
    """The mapping in YAML text; see `read` for what is refused.

    >>> parse("{rate: 1e-3, deep: no, width: 010}", "example")
    {'rate': 0.001, 'deep': 'no', 'width': '010'}
    """
    try:
        found = yaml.load(text, _Plain)  # a SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f" line {mark.line + 1}" if mark else ""
        expected = getattr(error, "context", None) or "YAML of plain values"
        told = getattr(error, "problem", None) or type(error).__name__
        raise BadParams(what=f"{what}{place}", expected=str(expected), found=str(told)) from None
    if not isinstance(found, dict):
        raise BadParams(what=what, expected="names with values", found=shorten(found))
    return found


def _problem(*, expected: str, found: str, mark: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(context=expected, problem=found, problem_mark=mark)
