"""The published numbers of every system: each has a source, and each can be held against a record."""

import pytest

from reflop import catalog, published
from reflop.published import verdicts
from tests.contract import smoke

ROWS = [
    pytest.param(row, id=f"{row.section}-{row.metric}", marks=pytest.mark.xdist_group(f"smoke-{system}"))
    for system in catalog.SYSTEMS
    for row in published.load(system)
]


@pytest.mark.parametrize("system", catalog.SYSTEMS)
def test_system_has_published_numbers(system: str) -> None:
    assert published.load(system)


@pytest.mark.parametrize("row", ROWS)
def test_row_says_where_its_number_stands(row: published.Published) -> None:
    assert len(row.source.split()) >= 2
    assert len(row.claim.split()) >= 4
    assert row.tolerance >= 0
    assert row.neutral != row.value


@pytest.mark.parametrize("row", ROWS)
def test_row_names_a_metric_of_its_section_in_the_same_unit(row: published.Published) -> None:
    """Unless only hardware that is not here gives that metric: then the row says which hardware."""
    metrics = smoke.record(row.section).metrics
    if row.hardware == "any":
        assert row.metric in metrics
    if row.metric in metrics:
        assert metrics[row.metric].unit == row.unit


def test_settings_belong_to_sections_and_name_their_parameters() -> None:
    for system in catalog.SYSTEMS:
        for section, stated in published.source(system).settings.items():
            assert stated.keys() <= catalog.section(f"{system}.{section}").params.model_fields.keys()


def test_without_records_every_number_is_not_run() -> None:
    assert {verdict.verdict for verdict in verdicts([])} == {"not run"}
