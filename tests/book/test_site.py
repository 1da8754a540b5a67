"""What a script can check of the built book."""

import itertools
import re
import shlex
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup, Tag

from reflop import catalog, record, values
from reflop.cli.app import app
from tests.book.sites import whole

pytestmark = pytest.mark.xdist_group("book")
PAGE_BYTES = 1_000_000
ANATOMY = [
    "In one figure",
    "Idea",
    "Experiments",
    "Paper against ours",
    "What differs and why",
    "Limits and cost",
]


@cache
def soup(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def pages() -> dict[Path, Tag]:
    """The article of every page."""
    found = {path: soup(path).select_one("article.bd-article") for path in whole().pages()}
    return {path: article for path, article in found.items() if article and "book" in path.parts}


def local(path: Path, link: str) -> tuple[Path, str]:
    parts = urlsplit(link)
    return (path.parent / unquote(parts.path)).resolve() if parts.path else path, parts.fragment


def test_every_link_leads_somewhere() -> None:
    for path in whole().pages():
        for element in soup(path).select("a[href], img[src]"):
            link = element.get("href") or element.get("src")
            if urlsplit(link).scheme or link == "#":
                continue
            target, anchor = local(path, link)
            assert target.exists(), (path.name, link)
            if anchor and target.suffix == ".html":
                assert soup(target).find(id=unquote(anchor)), (path.name, link)


def test_nothing_is_loaded_from_elsewhere() -> None:
    for path in whole().pages():
        for element in soup(path).select("[src], link[href]"):
            assert not urlsplit(element.get("src") or element.get("href")).scheme, (
                path.name,
                str(element)[:200],
            )
        assert "THEBE" not in path.read_text(encoding="utf-8")


def test_every_picture_tells_its_finding_in_words() -> None:
    for path, article in pages().items():
        for image in article.select("img"):
            alt = image.get("alt", "")
            assert len(alt.split()) >= 3, (path.name, alt)
            assert not re.search(r"\.(svg|png)$|_generated|/", alt.split()[0]), (path.name, alt)


def test_every_figure_has_both_drawings() -> None:
    for article in pages().values():
        for figure in article.select("figure.theme-figure"):
            themes = [{"only-light", "only-dark"} & set(image["class"]) for image in figure.select("img")]
            assert themes == [{"only-light"}, {"only-dark"}]


def test_every_numbered_figure_has_a_run_box_whose_command_and_record_hold() -> None:
    import typer

    commands = typer.main.get_command(app).commands
    boxes = 0
    for path, article in pages().items():
        for figure in article.select("figure.theme-figure[id]"):
            assert figure["id"].startswith("fig-")
            box = figure.find_next("details")
            assert "run-box" in box["class"], (path.name, figure["id"])
            program, name, *words = shlex.split(box.summary.code.get_text())
            assert program == "reflop"
            given = commands[name].make_context(name, words).params
            params = catalog.section(given["section"]).params
            params.of(given["preset"], values.assignments(given["p"], [params]))
            links = [link for link in box.select("a[download]") if link["href"].endswith(".json")]
            drawn = [
                record.read(local(path, link["href"])[0]) for link in links
            ]  # this page's own, then kept ones
            assert [one.id for one in drawn] == [link.get_text().strip() for link in links]
            assert {one.name for one in drawn} == {given["section"]}
            assert drawn[0].provenance["command"] == box.summary.code.get_text()
            boxes += 1
    assert boxes >= 4


def test_figures_are_numbered_and_listed() -> None:
    numbers = [
        n.get_text() for _, a in sorted(pages().items()) for n in a.select("figure[id] .caption-number")
    ]
    assert len(numbers) == len(set(numbers)) > 0
    listed = soup(whole().html / "book/figures.html").select("article li a[href*='#fig-']")
    assert len(listed) == len(numbers)


def test_a_page_is_light() -> None:
    """What one view loads: a hidden drawing of the other theme is lazy, and so is never asked for."""
    for path in pages():
        shown = soup(path).select("img:not(.only-dark)")
        images = {local(path, image["src"])[0] for image in shown}
        assert path.stat().st_size + sum(image.stat().st_size for image in images) < PAGE_BYTES, path.name


def test_headings_are_in_order_and_tables_have_heads() -> None:
    for path, article in pages().items():
        levels = [int(heading.name[1]) for heading in article.find_all(re.compile("^h[1-6]$"))]
        assert levels.count(1) == 1, path.name
        assert levels[0] == 1, path.name
        assert all(after <= before + 1 for before, after in itertools.pairwise(levels)), path.name
        assert all(table.select("thead th") for table in article.select("table")), path.name
        assert soup(path).html["lang"] == "en"


@pytest.mark.parametrize("system", list(catalog.SYSTEMS))
def test_a_system_page_has_its_anatomy(system: str) -> None:
    article = pages()[whole().html / f"book/{system}.html"]
    found = [heading.get_text().rstrip("#") for heading in article.find_all("h2")]
    assert found == ANATOMY
    assert article.select_one(".tag")
    source = (whole().root / f"book/{system}.md").read_text()
    idea = source.partition("## Idea")[2].partition("\n## ")[0]
    prose = re.sub(r"```.*?```|\$\$.*?\$\$.*?$", "", idea, flags=re.DOTALL | re.MULTILINE)
    assert len(prose.split()) <= 200


def test_a_run_page_ends_with_its_parameters() -> None:
    for path, article in pages().items():
        if path.parent.name == "runs":
            assert article.find_all("h2")[-1].get_text().startswith("Parameters")
            heads = [th.get_text() for th in article.select("table.parameters")[0].select("th")]
            assert heads[:3] == ["Name", "Meaning", "Takes"]


def test_smoke_results_are_not_on_the_scoreboard() -> None:
    kept = record.read_all(whole().root / "results")
    rows = pages()[whole().html / "book/scoreboard.html"].select("table.sortable tbody tr")
    assert all("smoke" not in row.get_text() for row in rows)
    assert kept or "smoke preset" in pages()[whole().html / "book/scoreboard.html"].get_text()


def test_the_footer_says_version_commit_and_day() -> None:
    told = soup(whole().html / "book/index.html").select_one(".bd-footer-content").get_text()
    assert re.search(r"Reflop \d.* commit .* built \d{4}-\d\d-\d\d", told)
