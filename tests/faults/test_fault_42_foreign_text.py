"""Fault 42: code in records, notebooks and names is shown as text in page, figure, table and spreadsheet."""

import csv
import re

import pytest
from bs4 import BeautifulSoup

from tests.book.sites import HOSTILE, MARK, hostile

pytestmark = pytest.mark.xdist_group("book")
INERT = {"alt", "title", "content"}


def test_fault_42_nothing_foreign_is_live_in_a_page() -> None:
    for path in hostile().pages():
        for element in BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser").find_all(True):
            assert not (element.name == "script" and MARK in (element.string or "")), path
            live = {name for name, value in element.attrs.items() if MARK in str(value)} - INERT
            assert not live, (path, element.name, live)


def test_fault_42_it_is_shown_as_text() -> None:
    text = BeautifulSoup(hostile().page("book/runs/one"), "html.parser").get_text()
    for told in HOSTILE:
        assert told.replace("\u202e", "<U+202E>") in text or "\\href" in told, told
    assert '"--flag" (c) ...' in text  # typography is for prose
    assert "x" * 3000 not in text  # 10 kB are cut


def test_fault_42_drawings_hold_no_code() -> None:
    for path in (hostile().html / "_images").glob("*.svg"):
        drawing = path.read_text(encoding="utf-8")
        assert not re.search(r"<script|<[^>]* on\w+=|<foreignObject|<image", drawing), path


def test_fault_42_a_spreadsheet_reads_no_formula() -> None:
    files = list(hostile().html.glob("_downloads/**/*.csv"))
    cells = [cell for path in files for row in csv.reader(path.read_text().splitlines()) for cell in row]
    assert "'=cmd(REFLOPX)" in cells
    assert not [cell for cell in cells if re.match(r"[=+@]|-\D", cell)]


def test_fault_42_the_notebook_to_download_holds_nothing_that_runs() -> None:
    (path,) = hostile().html.glob("_downloads/**/*.ipynb")
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"text/html|javascript\"|text/markdown|widget", text)


def test_fault_42_the_search_index_holds_titles_as_text() -> None:
    assert "<script>" not in (hostile().html / "searchindex.js").read_text(encoding="utf-8")
