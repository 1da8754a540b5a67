"""The directive `theme-figure`: one figure, one caption, a light and a dark drawing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

FOLDER = "book/_generated/figures"


class plain_figure(nodes.figure):
    """A figure that takes no number: Sphinx counts figures by their exact class."""


class ThemeFigure(SphinxDirective):
    """Show a staged drawing; the argument is its name, everything else stands in `<name>.json`.

    The JSON holds `light` and `dark` (file names beside it, or null where nothing could be drawn), `caption`
    (Markdown) and `alt`. Options: `name` (label of a numbered figure), `unnumbered`, `bare` (no caption).
    """

    required_arguments = 1
    option_spec: ClassVar[dict[str, Any]] = {
        "name": directives.unchanged_required,
        "unnumbered": directives.flag,
        "bare": directives.flag,
    }

    def run(self) -> list[nodes.Node]:
        """Make the figure node, or a warning (an error in the strict build) when nothing is staged under the name."""
        name = self.arguments[0]
        sidecar = Path(self.env.srcdir) / FOLDER / f"{name}.json"
        self.env.note_dependency(str(sidecar))
        if not sidecar.is_file():
            return [self.state.document.reporter.warning(f"no figure called {name!r}", line=self.lineno)]
        told = json.loads(sidecar.read_text(encoding="utf-8"))
        bare, plain = "bare" in self.options, "unnumbered" in self.options
        figure = (plain_figure if bare or plain else nodes.figure)("", classes=["theme-figure"])
        figure += self._images(told)
        if not bare:
            inline, messages = self.state.inline_text(told["caption"], self.lineno)
            figure += nodes.caption(told["caption"], "", *inline)
            figure += messages
        if not (bare or plain):
            self.options.setdefault("name", f"fig-{name.replace('_', '-')}")
            self.add_name(figure)
        self.set_source_info(figure)
        return [figure]

    def _images(self, told: dict[str, Any]) -> list[nodes.Node]:
        """The two drawings, or the alternative text where none could be made."""
        if told["light"] is None:
            return [nodes.paragraph("", told["alt"], classes=["theme-figure-words"])]
        size = {
            side: str(told[side]) for side in ("width", "height") if side in told
        }  # room before it is loaded
        return [
            nodes.image(
                uri=f"/{FOLDER}/{told[theme]}",
                alt=told["alt"],
                classes=[f"only-{theme}"],
                loading="lazy",
                **size,
            )
            for theme in ("light", "dark")
        ]
