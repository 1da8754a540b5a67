"""What a page takes from a notebook: prose, code, text outputs and figures; and the copy that a reader may download."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reflop.book.escape import scrubbed
from reflop.errors import BadFile
from reflop.files import read_json
from reflop.record import RECORD_MIME

REMOVED_TAGS = {"parameters", "injected-parameters", "interactive", "sentinel", "remove-input", "remove-cell"}
SAFE_OUTPUTS = ("text/plain", "image/png", RECORD_MIME)  # never HTML, JavaScript, Markdown, widgets or SVG
NOTEBOOK_LIMIT_BYTES = 64 * 2**20
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True)
class Prose:
    """A Markdown cell."""

    text: str


@dataclass(frozen=True)
class Code:
    """A code cell that draws nothing, with what it printed."""

    source: str
    output: str


@dataclass(frozen=True)
class Picture:
    """A cell that draws a figure: `figure` is `system.function`, `record` the file it draws, None if not run."""

    source: str
    figure: str
    section: str
    record: str | None


Part = Prose | Code | Picture


@dataclass
class Notebook:
    """A notebook as the book sees it."""

    content: dict[str, Any]
    parts: list[Part] = field(default_factory=list)


def read(path: Path) -> Notebook:
    """Read a notebook, executed or not.

    Raises:
        BadFile: when it is no notebook.
    """
    content = read_json(path, NOTEBOOK_LIMIT_BYTES)
    if not isinstance(content, dict) or not isinstance(content.get("cells"), list):
        raise BadFile(what=str(path), expected="a notebook", found="other content")
    records: dict[str, str] = {}  # section -> record file, as far as the page has got
    parts = [part for cell in content["cells"] if (part := _part(cell, records))]
    return Notebook(content, parts)


def _part(cell: dict[str, Any], records: dict[str, str]) -> Part | None:
    source = "".join(cell.get("source", ""))
    metadata = cell.get("metadata", {})
    outputs = cell.get("outputs", [])
    for output in outputs:
        shown = output.get("data", {}).get(RECORD_MIME)
        if shown:
            records[shown["name"]] = shown["file"]
    if not source.strip() or REMOVED_TAGS & set(metadata.get("tags", [])):
        return None
    if cell["cell_type"] != "code":
        return Prose(source)
    if told := metadata.get("reflop"):
        return Picture(source, told["figure"], told["section"], records.get(told["section"]))
    return None if _only_imports(source) else Code(source, _text(outputs))


def _only_imports(source: str) -> bool:
    """Whether a cell does nothing but import, which tells a reader nothing."""
    try:
        return all(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.parse(source).body)
    except SyntaxError:
        return False


def _text(outputs: list[dict[str, Any]]) -> str:
    """What the cell printed or returned as text; records are shown in their run box instead."""
    found = []
    for output in outputs:
        data = output.get("data", {})
        if output.get("name") == "stdout":
            found.append("".join(output["text"]))
        elif RECORD_MIME not in data and "text/plain" in data:
            found.append("".join(data["text/plain"]))
    return _ANSI.sub("", "\n".join(found)).strip()


def cleaned(content: dict[str, Any], root: Path) -> dict[str, Any]:
    """The notebook without papermill's and widgets' metadata, paths of this machine and outputs that could run."""
    metadata = content.get("metadata", {})
    return {
        "nbformat": content.get("nbformat", 4),
        "nbformat_minor": content.get("nbformat_minor", 5),
        "metadata": {key: metadata[key] for key in ("kernelspec", "language_info") if key in metadata},
        "cells": [_clean_cell(cell, root) for cell in content["cells"]],
    }


def _clean_cell(cell: dict[str, Any], root: Path) -> dict[str, Any]:
    metadata = cell.get("metadata", {})
    kept = {key: metadata[key] for key in ("tags", "reflop") if key in metadata}
    clean: dict[str, Any] = {key: cell[key] for key in ("id", "cell_type", "execution_count") if key in cell}
    clean |= {"metadata": kept, "source": "".join(cell.get("source", ""))}
    if cell["cell_type"] == "code":
        clean["outputs"] = [_clean_output(output, root) for output in cell.get("outputs", [])]
    return clean


def _clean_output(output: dict[str, Any], root: Path) -> dict[str, Any]:
    if output.get("output_type") == "stream":
        return {**output, "text": scrubbed("".join(output["text"]), root)}
    if "data" not in output:
        return output
    data = {mime: output["data"][mime] for mime in SAFE_OUTPUTS if mime in output["data"]}
    if "text/plain" in data:
        data["text/plain"] = scrubbed("".join(data["text/plain"]), root)
    return {**output, "data": data, "metadata": {}}
