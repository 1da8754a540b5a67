"""Fault 44: a page that never ran says so, with the command; the build ends well."""

import pytest
from bs4 import BeautifulSoup

from tests.book.sites import hostile

pytestmark = pytest.mark.xdist_group("book")


def test_fault_44_a_page_that_never_ran_says_how_to_run_it() -> None:
    page = BeautifulSoup(hostile().page("book/runs/two"), "html.parser")
    assert page.select_one(".tag-not-run").get_text() == "not run"
    notice = page.select_one("div.admonition.warning").get_text()
    assert "not been run" in notice
    assert "reflop execute two --preset book" in notice


def test_fault_44_its_figure_is_a_placeholder_with_number_and_command() -> None:
    figure = BeautifulSoup(hostile().page("book/runs/two"), "html.parser").select_one(
        "figure#fig-two-speckle"
    )
    assert "Not run" in figure.img["alt"]
    assert "Fig." in figure.figcaption.get_text()
    assert "reflop execute two --preset book" in figure.figcaption.get_text()


def test_fault_44_provenance_lists_it_as_not_run() -> None:
    rows = BeautifulSoup(hostile().page("book/provenance"), "html.parser").select("tr")
    assert any("execute two" in row.get_text() and "not run" in row.get_text() for row in rows)
