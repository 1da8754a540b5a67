"""Fault 43: the site holds no absolute path, user or host name, whatever the notebook holds."""

import pytest

from tests.book.sites import HOST, Site, hostile, whole

pytestmark = pytest.mark.xdist_group("book")
TEXT = {".html", ".js", ".css", ".json", ".ipynb", ".csv", ".svg", ".md", ".txt", ".inv", ""}


def texts(site: Site) -> dict[str, str]:
    paths = [path for path in site.html.rglob("*") if path.is_file() and path.suffix in TEXT]
    return {
        str(path.relative_to(site.html)): path.read_text(encoding="utf-8", errors="replace") for path in paths
    }


@pytest.mark.parametrize("make", [hostile, whole])
def test_fault_43_no_path_of_the_checkout(make) -> None:
    site = make()
    for name, text in texts(site).items():
        assert str(site.root) not in text, name
        assert "reflop-site-" not in text, name


@pytest.mark.parametrize("make", [hostile, whole])
def test_fault_43_no_path_of_a_home_folder(make) -> None:
    for name, text in texts(make()).items():
        assert "/home/" not in text, name
        assert "/root/" not in text, name


def test_fault_43_no_host_name_and_no_widget_state() -> None:
    found = texts(hostile())
    assert "this-machine" in found["book/runs/one.html"]
    for name, text in found.items():
        assert HOST not in text, name
