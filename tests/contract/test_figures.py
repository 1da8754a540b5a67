"""Every figure draws from records alone, in both themes, and says in words what it shows."""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from importlib import import_module
from xml.etree import ElementTree

import pytest
from matplotlib.text import Text

from reflop import catalog
from reflop.figures import Drawing, Theme, style
from reflop.record import Record
from tests.contract import smoke
from tests.repository.tracked import ROOT

SVG_LIMIT_BYTES = 300_000


def figures(system: str) -> dict[str, Callable[[list[Record]], Drawing]]:
    """The public functions of a system's figures, wherever they are defined."""
    module = import_module(f"reflop.systems.{system}.figures")
    return {f"{system}.{name}": getattr(module, name) for name in module.__all__}


@cache
def drawn() -> dict[str, str]:
    """Which section's record each figure draws: as the notebooks say, else the section of its name."""
    sections = {name: name for name in catalog.sections()}
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for cell in json.loads(path.read_text())["cells"]:
            if told := cell["metadata"].get("reflop"):
                sections[told["figure"]] = told["section"]
    return sections


@pytest.fixture(params=smoke.SYSTEMS)
def pictures(request: pytest.FixtureRequest) -> dict[str, tuple[Callable[[list[Record]], Drawing], Record]]:
    """Each figure of a system with the smoke record that it draws."""
    found = {name: (draw, drawn().get(name, "")) for name, draw in figures(request.param).items()}
    assert found
    assert [name for name, (_, section) in found.items() if not section] == [], "figures that nothing shows"
    return {name: (draw, smoke.record(section)) for name, (draw, section) in found.items()}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_figure_draws_and_speaks(pictures: dict, theme: Theme) -> None:
    for name, (draw, record) in pictures.items():
        with style(theme):
            drawing = draw([record])
            svg = drawing.svg()
        assert ElementTree.fromstring(svg).tag.endswith("svg"), name
        assert len(svg) < SVG_LIMIT_BYTES, name
        for text in (drawing.caption, drawing.alt):
            assert len(text.split()) >= 5, (name, text)
            assert text[0] == text[0].upper(), (name, text)
            assert text.endswith("."), (name, text)
        assert drawing.alt != drawing.caption, name


def test_themes_differ_and_equal_records_give_equal_files(pictures: dict) -> None:
    for name, (draw, record) in pictures.items():
        files = []
        for theme in ("light", "dark", "light"):
            with style(theme):
                files.append(draw([record]).svg())
        assert files[0] == files[2], name
        assert files[0] != files[1], name


def test_axes_have_names(pictures: dict) -> None:
    for name, (draw, record) in pictures.items():
        with style("light"):
            axes = [axes for axes in draw([record]).figure.axes if axes.axison]
        assert any(a.get_xlabel() for a in axes), f"{name}: no horizontal axis has a name"
        assert any(a.get_ylabel() for a in axes), f"{name}: no vertical axis has a name"


def test_several_machines_are_drawn_and_named(pictures: dict) -> None:
    for name, (draw, record) in pictures.items():
        machine = record.provenance["machine"] | {"slug": "another-box-x64"}
        other = replace(record, preset="long", provenance=record.provenance | {"machine": machine}).sealed()
        with style("light"):
            drawing = draw([record, other])
            svg = drawing.svg()
        texts = drawing.figure.findobj(Text)
        shown = " ".join([drawing.caption, *(text.get_text() for text in texts)])
        assert svg, name
        assert "another-box-x64" in shown, name
        assert "long" in shown, name


def test_skipped_section_gets_a_placeholder_with_its_reason(pictures: dict) -> None:
    for name, (draw, record) in pictures.items():
        skipped = replace(record, status="skipped", reason="no GPU here", metrics={}, rows=[]).sealed()
        with style("dark"):
            drawing = draw([skipped])
        assert "no GPU here" in drawing.caption, name
        assert f"reflop run {record.name}" in drawing.caption, name
