"""The parameter table that ends a page, made from the section's `Params`: name, meaning, range, value per preset."""

from __future__ import annotations

from reflop import catalog
from reflop.book import escape, table, words
from reflop.params import allowed


def markdown(section: str) -> str:
    """The table of one section as Markdown.

    >>> "`seed`" in markdown("optical.speckle")
    True
    """
    model = catalog.section(section).params
    presets = {preset: model.of(preset) for preset in model.presets()}
    rows = []
    for name, field in model.model_fields.items():
        meaning, takes = escape.myst(field.description or ""), escape.myst(allowed(model, name))
        values = [escape.myst(words.value(getattr(params, name))) for params in presets.values()]
        rows.append([escape.code(name), meaning, takes, *values])
    return table.markdown(["Name", "Meaning", "Takes", *presets], rows, kind="parameters")
