"""What the book needs of Sphinx beyond its configuration: figures in two themes, no raw input, nothing loaded twice."""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from theme_figure import ThemeFigure, plain_figure

BUILD_FILE = "book/_generated/build.json"


def adjust(app: Sphinx, config: Config) -> None:
    """Settle what depends on other settings."""
    # Jupyter Book loads every script below _static on every page; formulas load MathJax themselves, where needed.
    config.html_js_files = [name for name in config.html_js_files if "mathjax" not in str(name)]
    options = config.html_theme_options
    public = bool(options.get("repository_url"))
    options["use_repository_button"] = options["use_issues_button"] = public
    options["extra_footer"] = _footer(Path(app.srcdir) / BUILD_FILE)


def _footer(path: Path) -> str:
    """Version, commit and day of the build, as the staging step wrote them down."""
    if not path.is_file():
        return ""
    told = json.loads(path.read_text(encoding="utf-8"))
    return html.escape(f"Reflop {told['version']} · commit {told['commit']} · built {told['date']}")


def forbid_raw(app: Sphinx) -> None:
    """Refuse the `raw` directive and role: a page made from a notebook must not smuggle in HTML."""
    app.env.settings["raw_enabled"] = False


def correct_page(app: Sphinx, page: str, template: str, context: dict[str, Any], *_: object) -> None:  # noqa: ARG001
    """Correct what the theme hands to its templates.

    The live-code script is left out: it is off here, and would be emitted twice. The title that heads a printed
    page is escaped: the template takes it as HTML.
    """
    scripts = context.get("script_files", [])
    context["script_files"] = [entry for entry in scripts if not _is_live_code(entry)]
    context["pagetitle"] = html.escape(context.get("pagetitle", ""))


def escape_search_titles(app: Sphinx) -> list[Any]:
    """Escape the headings of the search index, which the search page takes as HTML; an older one may be escaped."""
    index = getattr(app.builder, "indexer", None)
    for titles in index._all_titles.values() if index else ():
        titles[:] = [(html.escape(html.unescape(title)), anchor) for title, anchor in titles]
    return []  # no further pages


def _is_live_code(entry: Any) -> bool:
    body = getattr(entry, "attributes", {}).get("body") or ""
    return "THEBE_JS_URL" in body or "thebe" in str(getattr(entry, "filename", "") or "")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive and the hooks."""
    app.add_directive("theme-figure", ThemeFigure)
    app.add_node(plain_figure, html=(_visit_figure, _depart_figure))
    app.connect("config-inited", adjust, priority=100)
    app.connect("builder-inited", forbid_raw)
    app.connect("html-collect-pages", escape_search_titles)
    app.connect("html-page-context", correct_page, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def _visit_figure(translator: Any, node: nodes.Element) -> None:
    translator.visit_figure(node)


def _depart_figure(translator: Any, node: nodes.Element) -> None:
    translator.depart_figure(node)
