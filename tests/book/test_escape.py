import csv
import functools
import html
import io
import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser

from reflop.book import escape, table
from tests.book.made import ROOT

HOSTILE = [
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "=cmd()", "a\u202eb", "[x](javascript:alert(1))",
    "`code`", "``", "| a | b |", "$x$", "{{ sub }}", "{raw}`<b>`", "```{raw} html", "# title", "1. one", "- dash",
    "\\(x\\)", "<!-- c -->", "&lt;b&gt;", "a\nb", "~~s~~", "![i](x)", "(label)=",
]  # fmt: skip


@functools.cache
def parser() -> MarkdownIt:
    """Markdown as the book reads it, with all of its extensions."""
    settings = yaml.safe_load((ROOT / "_config.yml").read_text())
    extensions = settings["parse"]["myst_enable_extensions"]
    disabled = settings["sphinx"]["config"]["myst_disable_syntax"]
    return create_md_parser(
        MdParserConfig(enable_extensions=extensions, disable_syntax=disabled), RendererHTML
    )


def shown(markdown: str) -> str:
    """What a reader sees of one paragraph."""
    rendered = parser().render(markdown)
    assert re.fullmatch(r"<p>[^<]*</p>\n", rendered) or "<code>" in rendered, rendered
    return html.unescape(re.sub(r"</?(p|code)>", "", rendered)).rstrip("\n")


@pytest.mark.parametrize("text", HOSTILE)
def test_foreign_text_is_shown_as_itself(text: str) -> None:
    assert shown(escape.myst(text)) == escape.plain(text)


@given(st.text(min_size=1, max_size=60).filter(escape.plain))
def test_any_text_is_shown_as_itself(text: str) -> None:
    assert shown(escape.myst(text)) == escape.plain(text)
    assert shown(escape.code(text)) == escape.plain(text)


@given(st.text(max_size=80))
def test_a_code_block_holds_any_text(text: str) -> None:
    rendered = MarkdownIt("commonmark").render(escape.fenced(text))
    assert re.fullmatch(r'<pre><code class="language-text">[^<]*</code></pre>\n', rendered)


def test_plain_is_short_and_on_one_line() -> None:
    assert len(escape.plain("x" * 10_000)) == escape.LONGEST
    assert escape.plain("a\r\n\tb\x00") == "a b<U+0000>"


def test_a_caption_keeps_code_and_formulas_only() -> None:
    assert escape.caption("see `a_b` and $x_1$, *not* <b>") == "see `a_b` and $x_1$\\, \\*not\\* \\<b\\>"


def test_csv_cells_are_text_in_a_spreadsheet() -> None:
    rows = [{"=name": cell} for cell in ("=cmd()", "+1", "-1", "@x", "plain", 'a"b,c', -1.5, None)]
    read = list(csv.reader(io.StringIO(table.csv_text(rows))))
    assert [row[0] for row in read] == [
        "'=name",
        "'=cmd()",
        "'+1",
        "'-1",
        "'@x",
        "plain",
        'a"b,c',
        "-1.5",
        "",
    ]


def test_a_formula_behind_blanks_is_quoted_too() -> None:
    assert escape.csv_cell(" \t=cmd()") == "'=cmd()"


def test_traces_of_this_machine_go(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "secret-host")
    text = f"{tmp_path}/build and /home/somebody/x on secret-host, not secret-hosts"
    assert escape.scrubbed(text, tmp_path) == "./build and ~/x on this-machine, not secret-hosts"
