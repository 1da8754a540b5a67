"""One style for the whole book, and the drawing a figure function returns."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Theme = Literal["light", "dark"]

# Okabe and Ito (2008): distinguishable with every common colour vision; each system keeps its colour everywhere.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
MARKERS = ("o", "s", "^", "D", "v", "P")
INK = {"light": "#1f2328", "dark": "#e6e6e6"}
_GRID = {"light": "#d8dee4", "dark": "#444c56"}


@contextmanager
def style(theme: Theme = "light") -> Iterator[None]:
    """Draw inside this block in the book's style: transparent ground, ink that fits `theme`, fonts as text."""
    import matplotlib as mpl
    from cycler import cycler

    ink, grid = INK[theme], _GRID[theme]
    settings: Any = {
        "figure.figsize": (6.4, 3.8), "figure.dpi": 100, "figure.constrained_layout.use": True,
        "figure.facecolor": "none", "axes.facecolor": "none", "savefig.facecolor": "none",
        "savefig.transparent": True, "text.color": ink, "axes.labelcolor": ink, "axes.edgecolor": ink,
        "xtick.color": ink, "ytick.color": ink, "grid.color": grid, "grid.linewidth": 0.6, "axes.grid": True,
        "axes.axisbelow": True,
        "axes.spines.top": False, "axes.spines.right": False, "axes.titlesize": 10, "axes.labelsize": 9.5,
        "xtick.labelsize": 8.5, "ytick.labelsize": 8.5, "legend.fontsize": 8.5, "legend.frameon": False,
        "lines.linewidth": 1.5, "lines.markersize": 5, "svg.fonttype": "path", "svg.hashsalt": "reflop",
        "axes.prop_cycle": cycler(color=PALETTE) + cycler(marker=MARKERS),
    }  # fmt: skip
    with mpl.rc_context(settings):
        yield


@dataclass(frozen=True)
class Drawing:
    """A figure with its caption and its alternative text, both computed from the records it draws."""

    figure: Figure
    caption: str
    alt: str

    def svg(self) -> bytes:
        """The figure as SVG, without date or generator, so that equal figures are equal files."""
        buffer = io.BytesIO()
        self.figure.savefig(
            buffer, format="svg", metadata={"Date": None, "Creator": None, "Title": self.alt[:200]}
        )
        return buffer.getvalue()

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        """What a notebook shows: the picture (opaque, so that it reads on any ground) and its caption as text."""
        buffer = io.BytesIO()
        self.figure.savefig(buffer, format="png", dpi=150, facecolor="white", transparent=False)
        return {"image/png": buffer.getvalue(), "text/plain": self.caption}


def missing(reason: str, command: str) -> Drawing:
    """The placeholder of a figure whose records are absent or skipped: why, and what to type."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 1.6))
    figure.text(0.5, 0.6, "not run", ha="center", size=14)
    figure.text(0.5, 0.3, reason[:110], ha="center", size=8)
    return Drawing(figure, f"Not run: {reason}. To run it: `{command}`.", f"Not run: {reason}")
