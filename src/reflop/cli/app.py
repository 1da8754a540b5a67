"""The commands. Each one calls one function of the package and prints what it returns."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from reflop import __version__, catalog, values
from reflop.cli import tables
from reflop.cli.data import app as data_app
from reflop.errors import BadParams, Disagreement, Unavailable
from reflop.params import PRESETS
from reflop.systems.bulk.commands import app as bulk_app
from reflop.systems.folded.commands import app as folded_app
from reflop.systems.optical.commands import app as optical_app

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Five ways to spend fewer FLOPs on vision, rebuilt, measured and put on one scoreboard.\n\n"
    "Start with `reflop list`, then `reflop run optical.kernel --preset smoke`.",
)
app.add_typer(data_app, name="data")
app.add_typer(optical_app, name="optical")
app.add_typer(folded_app, name="folded")
app.add_typer(bulk_app, name="bulk")

Preset = Annotated[str, typer.Option(help=f"Size of the experiment: {', '.join(PRESETS)}.", metavar="PRESET")]
Assign = Annotated[
    list[str], typer.Option("-p", help="Change a parameter: name=value.", metavar="NAME=VALUE")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program instead of a table.")]
Cores = Annotated[str, typer.Option(help="Cores to use: a number or `all`.")]
Profile = Annotated[str, typer.Option(help="Snakemake profile in workflow/profiles: local, slurm, ...")]


@app.callback(invoke_without_command=True)
def options(
    results: Annotated[Path | None, typer.Option(help="Folder for records (also: REFLOP_RECORDS).")] = None,
    data: Annotated[
        list[str], typer.Option(help="Your copy of a data set (also: REFLOP_DATA).", metavar="NAME=DIR")
    ] = [],  # noqa: B006
    debug: Annotated[  # noqa: ARG001  (`main` reads it before there are options)
        bool, typer.Option("--debug", help="Show the traceback of an error.")
    ] = False,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Options of every command."""
    if version:
        typer.echo(f"reflop {__version__}")
        raise typer.Exit
    if results is not None:
        os.environ["REFLOP_RECORDS"] = str(results)
    if data:
        from reflop.data import places

        places.add(data)


@app.command("list")
def list_(
    name: Annotated[str, typer.Argument(help="A section, to see its parameters and presets.")] = "",
    as_json: Json = False,
) -> None:
    """What exists: systems, sections, presets, data sets, engines.

    Example: `reflop list optical.kernel`
    """
    tables.show(tables.section(name) if name else tables.overview(), as_json)


@app.command()
def run(
    section: Annotated[str, typer.Argument(help="system.section, as `reflop list` names it.")],
    preset: Preset = "book",
    p: Assign = [],  # noqa: B006  (typer reads the default and never changes it)
    device: Annotated[str, typer.Option(help="Where to compute: cpu, cuda, cuda:1.")] = "",
    fresh: Annotated[bool, typer.Option("--fresh", help="Measure again even if nothing changed.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what it would take, compute nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Run one section and keep its record locally; no notebook is involved.

    Example: `reflop run optical.kernel --preset smoke -p n_features=512`
    """
    from reflop.experiment import run as run_section

    entry = catalog.section(section)
    given = values.assignments([*p, *([f"device={device}"] if device else [])], [entry.params])
    entry.params.of(preset, given)
    if dry_run:
        tables.show(tables.forecast(entry, preset, given), as_json)
        return
    tables.tell(tables.expected(entry, preset))
    record = run_section(section, preset, fresh=fresh, **given)
    tables.show(tables.record(record), as_json)
    if record.status == "skipped":
        raise Unavailable(what=f"{section} skipped: {record.reason}")


@app.command()
def execute(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="A run of runs.yaml.")],
    preset: Preset = "book",
    p: Assign = [],  # noqa: B006
    parameters: Annotated[Path | None, typer.Option(help="YAML or JSON file of parameters.")] = None,
    timeout: Annotated[int | None, typer.Option(min=1, help="Seconds that one cell may take.")] = None,
    threads: Annotated[
        int | None, typer.Option(min=1, max=4096, help="Threads of the numerical libraries.")
    ] = None,
) -> None:
    """Execute one notebook through papermill and publish it whole, or not at all.

    Example: `reflop execute optical_projection --preset smoke`
    """
    from reflop.execute import execute as execute_notebook
    from reflop.execute import section_params

    given: dict[str, Any] = {}
    if parameters is not None:
        from reflop import parameter_file

        given |= parameter_file.read(parameters)
    given |= values.assignments(p, section_params(run_id))
    typer.echo(execute_notebook(run_id, preset, given, timeout_s=timeout, threads=threads))


@app.command()
def sweep(
    section: Annotated[str, typer.Argument(help="system.section")],
    preset: Preset = "book",
    p: Annotated[list[str], typer.Option("-p", metavar="NAME=V1,V2", help="Values to try.")] = [],  # noqa: B006
    cores: Cores = "all",
    profile: Profile = "local",
    as_json: Json = False,
) -> None:
    """Run a grid of parameters through Snakemake, on this machine or a cluster.

    Example: `reflop sweep optical.kernel --preset smoke -p n_features=256,512 -p seed=0,1`
    """
    from reflop.sweep import sweep as sweep_section

    entry = catalog.section(section)
    records = sweep_section(section, values.grid(p, entry.params), preset, cores, profile)
    tables.show(tables.swept(records, p), as_json)


@app.command()
def book(preset: Preset = "book", cores: Cores = "all", profile: Profile = "local") -> None:
    """Execute every notebook that needs it and build the book, strictly.

    Example: `reflop book --preset smoke`
    """
    from reflop.book.build import build

    typer.echo(build(preset, cores, profile=profile))


@app.command()
def keep(
    names: Annotated[list[str], typer.Argument(metavar="ID...", help="Record ids, or files of records.")],
) -> None:
    """Promote records (and their artefacts) to results/, where the book finds them on every machine.

    Example: `reflop keep 3f2a9c0d1e5b` or `reflop keep records.jsonl`
    """
    from reflop import kept

    for name in names:
        for record in kept.find(name):
            typer.echo(kept.keep(record))


@app.command()
def compare(a: str, b: str, as_json: Json = False) -> None:
    """Differences between two records, with intervals.

    Example: `reflop compare 3f2a9c0d1e5b 77aa01b2c3d4`
    """
    from reflop import kept
    from reflop.compare import compare as compare_records

    tables.show(compare_records(kept.one(a), kept.one(b)), as_json)


@app.command()
def verify(preset: Preset = "book", as_json: Json = False) -> None:
    """Compare every record with the published value, by rule.

    Exits 4 on disagreement, else 3 if sections never ran at this preset.
    """
    from reflop.published import verify as verify_records

    found = verify_records(preset)
    tables.show(tables.verdicts(found), as_json)
    if found.disagreements:
        raise Disagreement(what=f"{len(found.disagreements)} disagree", found="; ".join(found.disagreements))
    if found.never_run:
        names = ", ".join(found.never_run)
        raise Unavailable(what=f"never run at {preset}: {names}", then=f"reflop book --preset {preset}")


@app.command()
def doctor(
    peaks: Annotated[bool, typer.Option("--peaks", help="Also measure this machine's peak rates.")] = False,
    as_json: Json = False,
) -> None:
    """What this machine has, what is missing, and how to get it."""
    from reflop.doctor import report

    tables.show(tables.findings(report(peaks)), as_json)


@app.command()
def bench(
    system: Annotated[str, typer.Argument(help="A system, or `core`; all of them if left out.")] = "",
    quick: Annotated[bool, typer.Option("--quick", help="Small sizes: does it work, not how fast.")] = False,
) -> None:
    """Measure side by side against named peers, interleaved; ratios with intervals as JSON on stdout.

    Example: `reflop bench optical`
    """
    from reflop.bench import SUITES, comparisons

    if system and system not in SUITES:
        raise BadParams(what="bench", expected=f"one of {', '.join(SUITES)}", found=repr(system))
    rows = [row for name in ([system] if system else SUITES) for row in comparisons(name, quick)]
    typer.echo(json.dumps(rows, indent=1))
