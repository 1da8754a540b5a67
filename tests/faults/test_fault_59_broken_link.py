"""Fault 59: a broken link, a missing figure or an unresolved reference fails the strict build."""

from pathlib import Path

import pytest

from reflop.book import render, staging
from reflop.errors import RunFailed
from tests.book import made, sites

pytestmark = pytest.mark.xdist_group("book")
BROKEN = {
    "[a page](nowhere.md)": "nowhere.md",
    "```{theme-figure} nothing-drawn\n```": "nothing-drawn",
    "{term}`no such word` {numref}`fig-none` {cite}`nobody1999`": "no such word",
    "{download}`file <absent.csv>`": "absent.csv",
    "```{raw} html\n<b>raw</b>\n```": "raw",
}


def test_fault_59_the_strict_build_names_each(tmp_path: Path, monkeypatch, capfd) -> None:
    root = made.a_checkout(tmp_path / "checkout")
    sites.small_book(root, "runs/one", "broken")
    monkeypatch.chdir(root)
    (root / "book/broken.md").write_text("# Broken\n\n" + "\n\n".join(BROKEN))
    staging.stage(root, "book")
    with pytest.raises(RunFailed, match="strict build") as refused:
        render.render(root)
    told = capfd.readouterr().err
    for complaint in (*BROKEN.values(), "fig-none", "nobody1999"):
        assert complaint in told
    assert refused.value.exit_code == 1
    assert not (
        root / "_build/.settled"
    ).exists()  # so that the next build starts afresh and refuses it again
