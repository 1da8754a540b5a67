"""Tables of the book: as Markdown for a page, as CSV for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reflop.book.escape import csv_cell


def markdown(header: Sequence[str], rows: Iterable[Sequence[str]], *, kind: str = "") -> str:
    """A table whose cells are Markdown already (see `escape`); `kind` is a CSS class, as in `sortable`.

    >>> print(markdown(["a", "b"], [["1", ""]]))
    ```{list-table}
    :header-rows: 1
    :widths: auto
    <BLANKLINE>
    * - a
      - b
    * - 1
      -
    ```
    """
    options = [":header-rows: 1", ":widths: auto", *([f":class: {kind}"] if kind else [])]
    return "\n".join(["```{list-table}", *options, "", *(_row(row) for row in (header, *rows)), "```"])


def _row(cells: Sequence[str]) -> str:
    lines = [f"{'  ' if place else '* '}- {cell}".rstrip() for place, cell in enumerate(cells)]
    return "\n".join(lines)


def csv_text(rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows as CSV: the union of their columns in order of appearance, foreign text quoted.

    >>> csv_text([{"m": 1}, {"m": 2, "engine": "=x"}]).splitlines()
    ['m,engine', '1,', "2,'=x"]
    """
    rows = list(rows)
    columns = list(dict.fromkeys(column for row in rows for column in row))
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([csv_cell(column) for column in columns])
    writer.writerows([csv_cell(row.get(column)) for column in columns] for row in rows)
    return file.getvalue()
