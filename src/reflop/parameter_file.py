"""Read a YAML or JSON file of parameters that may come from anywhere: plain values, every name once."""

from __future__ import annotations

import keyword
import re
from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from reflop.errors import BadFile, BadParams, ReflopError
from reflop.files import DEPTH_LIMIT, parse_json, require_shallow

LIMIT_BYTES, LIMIT_VALUES = 2**20, 20_000
_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C one reads a full file within a second


def read(path: Path) -> dict[str, Any]:
    """The parameters in the file, by name.

    Numbers, `true`, `false` and `null` are those of JSON in YAML, too: `1e-3` is a number, `010` and `no` are text.

    Raises:
        BadParams: not a mapping of names to plain values, a key twice, an anchor, alias or tag, nesting deeper
            than 64, more than 1 MiB, or no such file.
    """
    what = f"parameter file {path}"
    values = mapping(path, what)
    for name in values:
        if not name.isidentifier() or keyword.iskeyword(name):
            raise BadParams(what=what, expected="parameter names", found=repr(name)[:60])
    return values


def mapping(path: Path, what: str) -> dict[str, Any]:
    """The mapping of texts to plain values in the file, called `what` in errors; `read` says what is refused."""
    text = _text(path, what)
    try:
        require_shallow(text, what)
        values = parse_json(text, what) if path.suffix == ".json" else _parse_yaml(text, what)
    except BadFile as error:
        raise BadParams(what=error.what, expected=error.expected, found=error.found) from None
    if not isinstance(values, dict):
        raise BadParams(what=what, expected="a mapping of names to values", found=type(values).__name__)
    return values


def _text(path: Path, what: str) -> str:
    if path.suffix not in (".json", ".yaml", ".yml"):
        raise BadParams(what=what, expected="a name ending in .yaml, .yml or .json", found=repr(path.suffix))
    if not path.is_file():
        raise BadParams(what=what, expected="a file", found="none")
    if (size := path.stat().st_size) > LIMIT_BYTES:
        raise BadParams(what=what, expected=f"at most {LIMIT_BYTES:,} bytes", found=f"{size:,}")
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadParams(what=what, expected="UTF-8 text", found="other bytes") from None


def _parse_yaml(text: str, what: str) -> Any:
    try:
        _require_plain(text, what)
        return yaml.load(text, Loader=_Strict)
    except ReflopError:
        raise
    except yaml.YAMLError as error:
        told = " ".join(str(getattr(error, "problem", None) or error).split())
        where = getattr(error, "problem_mark", None)
        line = f" in line {where.line + 1}" if where else ""
        raise BadParams(what=what, expected="YAML", found=told[:120] + line) from None
    except ValueError as error:  # an integer of thousands of digits
        raise BadParams(what=what, expected="plain values", found=str(error)[:120]) from None


def _require_plain(text: str, what: str) -> None:
    """Refuse what a parser would expand or run out of stack for, seen as a stream of events."""
    depth = 0
    event: Any
    for count, event in enumerate(yaml.parse(text, Loader=_Base)):
        if count > LIMIT_VALUES:
            raise BadParams(what=what, expected=f"at most {LIMIT_VALUES:,} names and values", found="more")
        if getattr(event, "anchor", None):
            raise BadParams(what=what, expected="no anchors and aliases", found=repr(event.anchor)[:60])
        if getattr(event, "tag", None):
            raise BadParams(what=what, expected="no tags", found=repr(event.tag)[:60])
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEPTH_LIMIT:
            raise BadParams(what=what, expected=f"nesting of at most {DEPTH_LIMIT}", found="more")


class _Strict(_Base):  # type: ignore[misc]
    """A SafeLoader with JSON's numbers and words, which refuses a key that comes twice."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  (filled below, as yaml does)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = [self.construct_object(key, deep=True) for key, _ in node.value]
        for name, times in Counter(map(repr, names)).items():
            if times > 1:
                raise yaml.constructor.ConstructorError(None, None, f"{name[:60]} twice", node.start_mark)
        if not all(isinstance(name, str) for name in names):
            raise yaml.constructor.ConstructorError(None, None, "a name that is not text", node.start_mark)
        values = (self.construct_object(value, deep=deep) for _, value in node.value)
        return dict(zip(names, values, strict=True))


for _tag, _form, _first in (
    ("null", r"null|~|", ["n", "~", ""]),
    ("bool", r"true|false", ["t", "f"]),
    ("int", r"-?(0|[1-9][0-9]*)", list("-0123456789")),
    ("float", r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?", list("-0123456789")),
):
    _Strict.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_form})$"), _first)
