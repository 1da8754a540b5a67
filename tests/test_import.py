import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {
    "torch",
    "torchvision",
    "scipy",
    "sklearn",
    "pandas",
    "matplotlib",
    "papermill",
    "nbclient",
    "snakemake",
}


def loaded_by(statement: str, *names: str) -> set[str]:
    """Which of the heavy packages (and `names`) a fresh interpreter has loaded after `statement`."""
    code = f"import sys\n{statement}\nprint(*sorted(m for m in sys.modules if '.' not in m))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return (HEAVY | set(names)) & set(done.stdout.split())


def test_the_package_alone_loads_nothing_heavy() -> None:
    assert loaded_by("import reflop", "numpy", "pydantic", "typer", "rich") == set()


@pytest.mark.parametrize(
    "statement",
    [
        "from reflop import catalog; [s.params.of('smoke') for s in catalog.sections().values()]",
        "import reflop.cli.app",
        "from reflop import run, records, keep, Record, Metric, Measured",
        "from reflop import published, compare, kept; [published.load(s) for s in published.catalog.SYSTEMS]",
        "from reflop import source; source.fingerprint('reflop.systems.optical.sections')",
    ],
    ids=["catalog", "command line", "public names", "verification", "fingerprint"],
)
def test_light_parts_load_neither_torch_nor_numpy(statement: str) -> None:
    assert loaded_by(statement, "numpy") == set()


@pytest.mark.parametrize(
    "words", [["list"], ["list", "optical.kernel"], ["--help"], ["run", "optical.kernel", "--dry-run"]]
)
def test_commands_that_only_tell_load_no_torch(words: list[str]) -> None:
    statement = (
        "import contextlib, io\n"
        "from reflop.cli import main\n"
        f"sys.argv = ['reflop', *{words}]\n"
        "with contextlib.redirect_stdout(io.StringIO()) as told, contextlib.suppress(SystemExit): main()\n"
        "assert told.getvalue()"
    )
    assert loaded_by(statement) == set()


def test_found_record_needs_no_torch(records_folder: Path) -> None:
    statement = (
        "from tests import toy\n"
        "from reflop import run\n"
        "with toy.installed(): [run('toy.draw', 'smoke'), run('toy.draw', 'smoke')]"
    )
    assert loaded_by(statement, "numpy") == set()
    assert len(list(records_folder.glob("toy/*.json"))) == 1


def test_unknown_public_name_is_an_attribute_error() -> None:
    import reflop

    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        reflop.nothing  # noqa: B018
    assert set(reflop.__all__) == {name for name in reflop.__all__ if getattr(reflop, name)}
