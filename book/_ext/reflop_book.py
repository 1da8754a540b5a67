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


def drop_live_code(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Leave out the live-code script, which is off here and which the theme would emit twice."""
    scripts = context.get("script_files", [])
    context["script_files"] = [entry for entry in scripts if not _is_live_code(entry)]


def _is_live_code(entry: Any) -> bool:
    body = getattr(entry, "attributes", {}).get("body") or ""
    return "THEBE_JS_URL" in body or "thebe" in str(getattr(entry, "filename", "") or "")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive and the hooks."""
    app.add_directive("theme-figure", ThemeFigure)
    app.add_node(plain_figure, html=(_visit_figure, _depart_figure))
    app.connect("config-inited", adjust, priority=100)
    app.connect("builder-inited", forbid_raw)
    app.connect("html-page-context", drop_live_code, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def _visit_figure(translator: Any, node: nodes.Element) -> None:
    translator.visit_figure(node)


def _depart_figure(translator: Any, node: nodes.Element) -> None:
    translator.depart_figure(node)
