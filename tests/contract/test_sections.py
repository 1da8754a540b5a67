"""What every section of every system promises; a new system is held to it by being in the catalog."""

import ast
import inspect
from importlib import import_module
from itertools import pairwise
from pathlib import Path

import pytest

from reflop import catalog, published, runs
from reflop import record as recording
from reflop.params import PRESETS, allowed
from tests.contract import smoke
from tests.repository.tracked import ROOT

# Wall-clock budget of a system's pages at the preset book, in seconds.
BUDGETS = {"optical": 240, "bulk": 240, "folded": 180, "video": 240, "predictor": 180, "frontier": 120}


@pytest.mark.parametrize("name", smoke.SECTIONS)
def test_smoke_preset_measures_something_and_its_record_survives_the_file(name: str, tmp_path: Path) -> None:
    record = smoke.record(name)
    assert record.status == "done", record.reason
    assert record.metrics
    assert recording.read(record.save(tmp_path)) == record


@pytest.mark.parametrize("name", smoke.SECTIONS)
def test_rows_are_flat_and_intervals_hold_their_value(name: str) -> None:
    for row in smoke.record(name).rows:
        assert all(cell is None or isinstance(cell, bool | int | float | str) for cell in row.values()), row
        for column in [column.removesuffix("_low") for column in row if column.endswith("_low")]:
            assert row[f"{column}_low"] <= row[column] <= row[f"{column}_high"], (column, row)
            assert row[f"{column}_n"] >= 1, (column, row)


@pytest.mark.parametrize("name", catalog.sections())
def test_every_parameter_says_what_it_is_and_what_it_takes(name: str) -> None:
    params = catalog.section(name).params
    assert params.__doc__
    for field, info in params.model_fields.items():
        assert info.description, f"{name}: {field} has no description"
        assert allowed(params, field), f"{name}: the range of {field} cannot be said"


@pytest.mark.parametrize("name", catalog.sections())
def test_presets_are_valid_and_grow(name: str) -> None:
    params = catalog.section(name).params
    assert {"smoke", "book"} <= set(params.presets()) <= set(PRESETS)
    values = [params.of(preset).model_dump() for preset in params.presets()]
    assert all(smaller != larger for smaller, larger in pairwise(values)), "two presets are the same"


@pytest.mark.parametrize("name", catalog.sections())
def test_header_names_source_command_cost_and_expectation(name: str) -> None:
    entry = catalog.section(name)
    module = import_module(entry.module)
    told = f"{module.__doc__}\n{inspect.getdoc(entry.function())}"
    assert {"Run:", "Cost:", "Expected:"} <= set(told.split())
    assert f"reflop run {name}" in told
    assert entry.cost
    assert "Paper" in told or "Source" in told


@pytest.mark.parametrize("name", catalog.sections())
def test_section_has_the_one_signature(name: str) -> None:
    entry = catalog.section(name)
    assert list(inspect.signature(entry.function()).parameters) == ["params", "work"]


@pytest.mark.parametrize("system", catalog.SYSTEMS)
def test_sections_neither_print_nor_draw_nor_seed_the_world(system: str) -> None:
    """Of the files of a system, those that figures and commands live in may print; no file seeds globally."""
    folder = Path(catalog.SYSTEMS[system].__file__ or "").parent
    found = []
    for path in sorted(folder.rglob("*.py")):
        calls = {
            ast.unparse(n.func) for n in ast.walk(ast.parse(path.read_bytes())) if isinstance(n, ast.Call)
        }
        seeds = calls & {"torch.manual_seed", "np.random.seed", "random.seed", "torch.seed"}
        prints = (
            calls & {"print", "plt.figure", "plt.show"}
            if path.name not in {"commands.py", "figures.py"}
            else set()
        )
        found += [f"{path.name}: {call}" for call in seeds | prints]
    assert found == []


@pytest.mark.parametrize("name", catalog.sections())
def test_paper_preset_is_what_the_source_states(name: str) -> None:
    entry = catalog.section(name)
    stated = published.source(entry.system).settings.get(entry.name, {})
    if stated:
        assert "paper" in entry.params.presets()
        ours = entry.params.of("paper").model_dump(mode="json")
        assert {key: ours.get(key) for key in stated} == stated


def test_pages_of_a_system_keep_within_its_budget() -> None:
    known = runs.load(ROOT)
    systems = {run.id: Path(run.notebook).name.partition("_")[0] for run in known.values()}
    assert set(systems.values()) <= set(BUDGETS)
    assert set(catalog.SYSTEMS) <= set(systems.values()), "a system without a page"
    spent = {name: sum(run.budget_s for run in known.values() if systems[run.id] == name) for name in BUDGETS}
    assert {name: total for name, total in spent.items() if total > BUDGETS[name]} == {}
    assert sum(BUDGETS.values()) <= 20 * 60
