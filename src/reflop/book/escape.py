"""Foreign text on its way into the book: shown as text in a page, a table, a spreadsheet; no trace of this machine."""

from __future__ import annotations

import re
import socket
import unicodedata
from pathlib import Path

LONGEST = 2000
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_BREAKS = re.compile(r"[ \t-\r\x1c-\x1f\x85\u2028\u2029]+")  # a space that is not to break stays what it is
_KEPT = re.compile(r"(`[^`\n]+`|\$[^$\n]+\$)")  # code spans and formulas of a caption


def plain(text: object, longest: int = LONGEST) -> str:
    r"""One line of visible characters: line ends become spaces, control and direction marks are spelt out.

    >>> plain("a\nb\u202ec")
    'a b<U+202E>c'
    """
    line = _BREAKS.sub(" ", str(text)).strip()
    line = line if len(line) <= longest else f"{line[: longest - 1]}…"
    return "".join(_shown(character) for character in line)


def _shown(character: str) -> str:
    hidden = unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn")
    return f"<U+{ord(character):04X}>" if hidden else character


def myst(text: object) -> str:
    r"""`text` as Markdown that renders as exactly that text, on one line.

    >>> print(myst("<b>*x*</b>"))
    \<b\>\*x\*\<\/b\>
    """
    return _PUNCTUATION.sub(r"\\\1", plain(text))


def code(text: object) -> str:
    """`text` as a code span, whatever backticks it holds.

    >>> print(code("reflop run `a`"))
    `` reflop run `a` ``
    """
    line = plain(text)
    fence = "`" * (max((len(run) for run in re.findall("`+", line)), default=0) + 1)
    padding = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{padding}{line}{padding}{fence}" if line else ""


def caption(text: str) -> str:
    r"""A caption: code spans and formulas keep their meaning, everything else is text.

    >>> print(caption("error falls as $m^{-1/2}$ <i>"))
    error falls as $m^{-1/2}$ \<i\>
    """
    parts = _KEPT.split(" ".join(text.split()))
    return "".join(part if _KEPT.fullmatch(part) else _spaced(part) for part in parts)


def _spaced(part: str) -> str:
    """`myst` of a part of a line, keeping the blanks at its ends."""
    inner = myst(part)
    before, after = part[:1] == " ", part[-1:] == " "
    return f"{' ' * before}{inner}{' ' * (after and bool(inner))}"


def fenced(text: str, language: str = "text") -> str:
    """`text` as a code block that its own content cannot close."""
    lines = ("".join(c if c == "\t" else _shown(c) for c in line) for line in text.splitlines())
    body = "\n".join(lines)
    fence = "`" * max(3, max((len(run) for run in re.findall("`+", body)), default=0) + 1)
    return f"{fence}{language}\n{body}\n{fence}"


def csv_cell(value: object) -> str:
    """A cell that a spreadsheet shows as text: a leading = + - @ is quoted, numbers stay numbers.

    >>> csv_cell("=cmd()"), csv_cell(-1.5), csv_cell("-1.5")
    ("'=cmd()", '-1.5', "'-1.5")
    """
    if value is None:
        return ""
    text = plain(value)
    return f"'{text}" if isinstance(value, str) and text[:1] in ("=", "+", "-", "@") else text


def scrubbed(text: str, root: Path) -> str:
    """`text` without the absolute paths of this checkout and of any home folder, and without the host name."""
    for place, shown in ((str(root), "."), (str(Path.home()), "~")):
        if len(place) > 1:
            text = text.replace(place, shown)
    host = socket.gethostname()
    if len(host) > 3:  # shorter ones are ordinary words
        text = re.sub(rf"\b{re.escape(host)}\b", "this-machine", text)
    return re.sub(r"/(home|Users)/[^/\s\"']+", "~", text)
