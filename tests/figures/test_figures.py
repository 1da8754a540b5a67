from xml.etree import ElementTree

import matplotlib as mpl
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from reflop.figures import INK, MARKERS, PALETTE, Drawing, Theme, missing, style


def drawn() -> Drawing:
    figure = Figure()
    axes = figure.add_subplot(xlabel="components", ylabel="error")
    axes.plot([1, 2, 3], [3, 2, 1])
    return Drawing(figure, "Error falls.", "Error falls with the number of components.")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_ink_follows_the_theme_on_a_transparent_ground(theme: Theme) -> None:
    with style(theme):
        axes = drawn().figure.axes[0]
        assert to_hex(axes.xaxis.label.get_color()) == INK[theme]
        assert axes.patch.get_facecolor()[3] == 0
        assert drawn().figure.patch.get_facecolor()[3] == 0


def test_style_ends_with_its_block() -> None:
    before = dict(mpl.rcParams)
    with style("dark"):
        assert mpl.rcParams["text.color"] != before["text.color"]
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize(("theme", "ground"), [("light", "#ffffff"), ("dark", "#121212")])
def test_text_stands_out_from_the_page(theme: Theme, ground: str) -> None:
    """Contrast of at least 4.5, by the formula of WCAG 2.1."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    bright, dim = sorted((luminance(INK[theme]), luminance(ground)), reverse=True)
    assert (bright + 0.05) / (dim + 0.05) >= 4.5


def test_colours_and_markers_are_told_apart() -> None:
    assert len(set(PALETTE)) == len(set(MARKERS)) == len(PALETTE)


def test_equal_figures_are_equal_files() -> None:
    with style("light"):
        first, second = drawn().svg(), drawn().svg()
    assert first == second
    root = ElementTree.fromstring(first)
    assert root.tag.endswith("svg")
    assert b"Error falls with the number" in first
    assert b"dc:date" not in first


def test_notebook_shows_picture_and_caption() -> None:
    with style("light"):
        shown = drawn()._repr_mimebundle_(include=None, exclude=None)
    assert shown["text/plain"] == "Error falls."
    assert shown["image/png"].startswith(b"\x89PNG")


def test_placeholder_says_why_and_what_to_type() -> None:
    with style("light"):
        drawing = missing("no GPU here", "reflop run optical.kernel")
        assert b"<svg" in drawing.svg()
    assert drawing.caption == "Not run: no GPU here. To run it: `reflop run optical.kernel`."
    assert drawing.alt == "Not run: no GPU here"
    assert "no GPU here" in [text.get_text() for text in drawing.figure.texts]
