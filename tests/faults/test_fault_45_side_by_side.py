"""Fault 45: records of different commits and machines stand side by side, each marked."""

import pytest
from bs4 import BeautifulSoup

from tests.book.sites import hostile

pytestmark = pytest.mark.xdist_group("book")


@pytest.mark.parametrize(
    ("page", "table"), [("book/runs/one", "details.run-box tr"), ("book/provenance", "tr")]
)
def test_fault_45_machine_and_commit_stand_beside_each_record(page: str, table: str) -> None:
    rows = [row.get_text(" ") for row in BeautifulSoup(hostile().page(page), "html.parser").select(table)]
    (kept,) = (row for row in rows if "fedcba9876" in row)
    assert "dirty" in kept
    assert "other-cpu-x8" in kept
    assert "preset long" in kept
