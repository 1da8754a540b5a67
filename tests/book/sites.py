"""Sites built once per process for the tests that look at them."""

import atexit
import functools
import json
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from reflop import experiment
from reflop.book import render, staging
from reflop.record import Metric, Record
from tests.book import made

MARK = "REFLOPX"
HOSTILE = (
    f"<script>{MARK}()</script>", f'"><img src=x onerror={MARK}()>', f"[l](javascript:{MARK}())",
    f"$\\href{{javascript:{MARK}()}}{{x}}$", f"=cmd({MARK})", f"\u202e{MARK}", f"```{{raw}} html {MARK}",
    f"{{{{ {MARK} }}}}",
)  # fmt: skip
HOST = "secret-host-name"
# Sections at less than their smoke preset: what the pages show is looked at here, not what is measured.
SMALLEST = {
    "optical.speckle": {"engines": ["structured"], "draws": 2},
    "optical.kernel": {"engines": ["structured"], "families": ["bin50"], "draws": 2},
    "optical.camera": {"engine": "structured", "families": ["bin50"], "draws": 2},
    "optical.cost": {"engines": ["structured"], "n_rows": 8},
}


@dataclass(frozen=True)
class Site:
    """A checkout whose book has been built."""

    root: Path

    @property
    def html(self) -> Path:
        return self.root / "_build" / "html"

    def pages(self) -> list[Path]:
        return sorted(path for path in self.html.rglob("*.html") if "_static" not in path.parts)

    def page(self, name: str) -> str:
        return (self.html / f"{name}.html").read_text(encoding="utf-8")


def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="reflop-site-")).resolve()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@functools.cache
def whole() -> Site:
    """The book of this repository at the smoke preset, its notebooks run in this process instead of a kernel's."""
    root = made.book_sources(_folder())
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        patch.setenv("REFLOP_RECORDS", str(root / "build" / "records"))
        for run_id, entry in yaml.safe_load((root / "runs.yaml").read_text()).items():
            notebook = json.loads((root / entry["notebook"]).read_text())
            made.publish(root, _executed(notebook), "smoke", run_id)
        staging.stage(root, "smoke")
        render.render(root)
    return Site(root)


def _executed(notebook: dict) -> dict:
    """The notebook with the record of each section it runs."""
    for cell in notebook["cells"]:
        found = re.search(r'\brun\(\s*"([\w.]+)"', "".join(cell["source"]))
        if cell["cell_type"] == "code" and found:
            record = experiment.run(found[1], preset="smoke", **SMALLEST.get(found[1], {}))
            cell["outputs"] = [made.shown(record._repr_mimebundle_())]
    return notebook


@functools.cache
def hostile() -> Site:
    """A small book: a run whose record, notebook and machine are hostile, a kept record, and a run never executed."""
    root = made.a_checkout(_folder() / "checkout")
    small_book(root, "runs/one", "runs/two")
    two = yaml.safe_load((root / "runs.yaml").read_text())["one"] | {"title": "Two"}
    (root / "runs.yaml").write_text(json.dumps({"one": two | {"title": f"One {HOSTILE[0]}"}, "two": two}))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        patch.setenv("REFLOP_RECORDS", str(root / "build" / "records"))
        patch.setattr("socket.gethostname", lambda: HOST)
        made.figures(patch, speckle=_figure)
        record = _hostile_record()
        record.save(root / "build" / "records")
        made.a_record("long", made.elsewhere("other-cpu-x8", commit="fedcba987654", dirty=True)).save(
            root / "results"
        )
        made.publish(root, _hostile_notebook(record, root))
        staging.stage(root, "book")
        render.render(root)
    return Site(root)


def small_book(root: Path, *pages: str) -> None:
    """The settings of the book with a front page of one line and the generated pages."""
    shutil.rmtree(root / "book")
    shutil.copytree(made.ROOT / "book/_ext", root / "book/_ext", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(made.ROOT / "_static", root / "_static")
    for name in ("_config.yml", "book/references.bib"):
        shutil.copyfile(made.ROOT / name, root / name)
    (root / "book/index.md").write_text("# Front\n\nA page.\n")
    for name in ("scoreboard", "provenance", "figures"):
        (root / f"book/{name}.md").write_text(
            f"# {name.title()}\n\n```{{include}} _generated/{name}.md\n```\n"
        )
    chapters = [{"file": f"book/{name}"} for name in (*pages, "scoreboard", "provenance", "figures")]
    (root / "_toc.yml").write_text(
        json.dumps({"format": "jb-book", "root": "book/index", "chapters": chapters})
    )


def _hostile_record() -> Record:
    """Hostile text wherever a record takes text."""
    numbered = {"a typed": '"--flag" (c) ...'} | {f"name {n} {text}": text for n, text in enumerate(HOSTILE)}
    provenance = {
        "command": f"reflop run optical.speckle {' '.join(HOSTILE)}",
        "commit": HOSTILE[0],
        "data": {HOSTILE[1]: HOSTILE[0]},
        "start": HOSTILE[1],
        "seeds": list(HOSTILE),
        "machine": made.MACHINE
        | {"cpu": " ".join(HOSTILE), "os": HOSTILE[0], "versions": dict.fromkeys(HOSTILE, "1")},
    }
    unit = HOSTILE[1]
    metrics = {
        "throughput": Metric(1.0, unit, 1.0, 1.0, 1),
        "speckle_contrast": Metric(1.0, unit, 1.0, 1.0, 1),
    }
    return made.a_record(
        params=numbered | {"engine": HOSTILE[0], "long": "x" * 10_000}, rows=[numbered], metrics=metrics,
        provenance=provenance,
    )  # fmt: skip


def _hostile_notebook(record: Record, root: Path) -> dict:
    rich = {"text/html": HOSTILE[0], "application/javascript": f"{MARK}()", "text/markdown": HOSTILE[1]}
    printed = made.shown({**rich, "text/plain": f"{' '.join(HOSTILE)} {root}/data on {HOST}"})
    head, *rest = made.page_cells(record)
    raw = made.markdown("\n\n".join(text for text in HOSTILE if "raw" not in text and "{{" not in text))
    cells = [head, raw, made.code("show()", [printed]), *rest]
    return made.a_notebook(
        *cells, papermill={"output_path": f"{root}/x.ipynb"}, widgets={"state": {"x": HOST}}
    )


def _figure(records: list[Record]):
    from reflop.figures import Drawing

    drawn = made.a_drawing(records)
    drawn.figure.axes[0].set_title(HOSTILE[0])
    return Drawing(drawn.figure, " ".join(HOSTILE), " ".join(HOSTILE))
