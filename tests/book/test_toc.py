import yaml

from reflop import catalog, runs
from tests.book.made import ROOT


def listed() -> list[str]:
    """Every page of `_toc.yml`, in order."""
    found: list[str] = []

    def walk(node: object) -> None:
        if isinstance(node, dict):
            found.extend(str(node[key]) for key in ("root", "file") if key in node)
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(yaml.safe_load((ROOT / "_toc.yml").read_text()))
    return found


def test_every_run_is_a_page_once() -> None:
    pages = [page.removeprefix("book/runs/") for page in listed() if page.startswith("book/runs/")]
    assert sorted(pages) == sorted(runs.load(ROOT))
    assert len(listed()) == len(set(listed()))


def test_every_authored_page_is_listed() -> None:
    authored = {f"book/{path.stem}" for path in (ROOT / "book").glob("*.md")}
    assert authored == {page for page in listed() if not page.startswith("book/runs/")}


def test_every_system_has_its_page() -> None:
    assert {f"book/{system}" for system in catalog.SYSTEMS} <= set(listed())
