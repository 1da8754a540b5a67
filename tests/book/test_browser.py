"""The book in a browser: light, dark and narrow, searched, reached by keyboard, opened from disk."""

import functools
import http.server
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.book.sites import whole

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("book"),
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]
VIEWS = {"light": (1280, 800), "dark": (1280, 800), "narrow": (360, 740)}
RUN_PAGE = "book/runs/optical_projection.html"
# Contrast of an element's text against the nearest opaque ground behind it (WCAG 2.1).
CONTRAST = """selector => {
  const channels = colour => (colour.match(/[\\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
  const linear = v => v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4;
  const light = colour => {
    const [r, g, b] = channels(colour).map(linear);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = element => {
    const colour = getComputedStyle(element).backgroundColor;
    return (channels(colour)[3] ?? 1) > 0.9 || !element.parentElement ? colour : ground(element.parentElement);
  };
  const contrast = element => {
    const pair = [light(getComputedStyle(element).color), light(ground(element))].sort((x, y) => y - x);
    return (pair[0] + 0.05) / (pair[1] + 0.05);
  };
  return [...document.querySelectorAll(selector)].filter(e => e.offsetParent && e.innerText?.trim())
    .map(e => [Math.round(100 * contrast(e)) / 100, selector, e.innerText.slice(0, 40)]);
}"""
# Characters per line of every long paragraph.
LINES = """() => {
  const long = p => p.offsetParent && p.innerText.length > 240;
  const lines = p => Math.max(1, Math.round(p.offsetHeight / parseFloat(getComputedStyle(p).lineHeight)));
  return [...document.querySelectorAll('article.bd-article > section p')].filter(long)
    .map(p => p.innerText.length / lines(p));
}"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serve without a line per request."""

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    handler = functools.partial(Quiet, directory=str(whole().html))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with sync_api.sync_playwright() as play:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser, base: str):
    """Open a page in a view; at the end nothing may have complained or been asked of another host."""
    complaints: list[str] = []
    opened = []

    def opener(name: str, view: str = "light", *, place: str = base):
        width, height = VIEWS[view]
        scheme = "dark" if view == "dark" else "light"
        page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
        opened.append(page)
        page.on("console", lambda m: complaints.append(m.text) if m.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda r: None if r.url.startswith((place, "data:")) else complaints.append(r.url))
        page.goto(f"{place}/{name}", wait_until="load")
        return page

    yield opener
    for page in opened:
        page.close()
    assert complaints == []


def names() -> list[str]:
    return [path.relative_to(whole().html).as_posix() for path in whole().pages() if "book" in path.parts]


@pytest.mark.parametrize("view", VIEWS)
def test_every_page_fits_its_window(open_page, view: str, tmp_path: Path) -> None:
    page = open_page("book/index.html", view)
    base = page.url.removesuffix("/book/index.html")
    for name in names():
        page.goto(f"{base}/{name}", wait_until="load")
        wide = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert wide[0] <= wide[1], (name, wide)
        assert len(page.screenshot(path=tmp_path / "page.png")) > 5_000


@pytest.mark.parametrize("view", ["light", "dark"])
def test_the_drawing_of_the_theme_is_shown_with_its_caption(open_page, view: str) -> None:
    page = open_page(RUN_PAGE, view)
    other = {"light": "dark", "dark": "light"}[view]
    figure = page.locator("figure.theme-figure[id]").first
    assert figure.locator(f"img.only-{view}").is_visible()
    assert not figure.locator(f"img.only-{other}").is_visible()
    assert figure.locator("figcaption").is_visible()
    ground = figure.locator(f"img.only-{view}").evaluate("e => getComputedStyle(e).backgroundColor")
    assert ground == "rgba(0, 0, 0, 0)"
    page.wait_for_load_state("networkidle")
    loaded = page.evaluate("performance.getEntriesByType('resource').map(entry => entry.name)")
    assert not [name for name in loaded if name.endswith(f"-{other}.svg")]


def test_a_dark_page_prints_light(open_page) -> None:
    page = open_page(RUN_PAGE, "dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator("figure.theme-figure img.only-light").first.is_visible()
    assert not page.locator("figure.theme-figure img.only-dark").first.is_visible()
    poor = [found for found in page.evaluate(CONTRAST, "article p") if found[0] < 4.5]
    assert not poor, poor[:3]


@pytest.mark.parametrize("view", ["light", "dark"])
def test_text_has_contrast(open_page, view: str) -> None:
    for name in (RUN_PAGE, "book/index.html", "book/provenance.html"):
        page = open_page(name, view)
        for selector in (
            "article p",
            "article a",
            "figcaption",
            ".tag",
            "summary",
            "td",
            "th",
            "article code",
            ".n",
        ):
            poor = [found for found in page.evaluate(CONTRAST, selector) if found[0] < 4.5]
            assert not poor, (name, poor[:3])


def test_lines_are_short(open_page) -> None:
    lengths = [
        n
        for name in ("book/index.html", "book/optical.html", RUN_PAGE)
        for n in open_page(name).evaluate(LINES)
    ]
    assert lengths
    assert max(lengths) <= 80


def test_the_front_page_is_one_screen(open_page) -> None:
    box = open_page("book/index.html").locator(".front").bounding_box()
    assert box["y"] + box["height"] <= 800


def test_search_finds_a_word_of_a_run_page(open_page) -> None:
    page = open_page("search.html?q=n_components")
    page.wait_for_selector("ul.search li a[href*='optical_projection']", timeout=10_000)


def test_the_keyboard_reaches_and_opens_a_run_box(open_page) -> None:
    page = open_page(RUN_PAGE)
    page.evaluate(
        "document.querySelector('figure.theme-figure').previousElementSibling.setAttribute('tabindex', -1)"
    )
    page.evaluate("document.querySelector('figure.theme-figure').previousElementSibling.focus()")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('details.run-box > summary')"):
            break
    assert page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)") >= 2
    page.keyboard.press("Enter")
    assert page.locator("details.run-box").first.locator("table").first.is_visible()


def test_tables_sort_and_stay_sorted_without_scripts(open_page) -> None:
    page = open_page("book/provenance.html")
    heading = page.locator("table.sortable th button").first
    before = page.locator("table.sortable tbody tr td:first-child").all_inner_texts()
    heading.click()
    assert page.locator("table.sortable tbody tr td:first-child").all_inner_texts() == sorted(before)
    heading.click()
    assert page.locator("table.sortable tbody tr td:first-child").all_inner_texts() == sorted(before)[::-1]


def test_it_works_from_disk_with_formulas(open_page) -> None:
    page = open_page("book/optical.html", place=f"file://{whole().html}")
    page.wait_for_selector("mjx-container svg", timeout=20_000)
    assert page.locator("mjx-container svg").count() >= 2
