"""What the book says about each system by computation: its verdict, the paper's values beside ours, its cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from reflop import catalog, published
from reflop.book import escape, runbox, table, words
from reflop.book.folder import Folder
from reflop.published import Verdict
from reflop.record import Record

ORDER = ("reproduced", "partly", "not reproduced", "not comparable", "not run")


def stage(folder: Folder, records: Sequence[Record]) -> None:
    """Write `verdict-`, `published-` and `cost-<system>.md`, and every published value together."""
    every: list[Verdict] = []
    for system in catalog.SYSTEMS:
        own = [record for record in records if record.system == system]
        verdicts = published.verdicts(own, published.load(system))
        every += verdicts
        folder.write(f"verdict-{system}.md", f"{badge(overall(verdicts))} {escape.myst(why(verdicts))}\n")
        folder.write(f"published-{system}.md", f"{beside(folder, verdicts)}\n")
        folder.write(f"cost-{system}.md", f"{_cost(own)}\n")
    folder.write("published.md", f"{beside(folder, every)}\n")


def overall(verdicts: Sequence[Verdict]) -> str:
    """One word for a system: reproduced only if every value that can be compared is.

    >>> overall([])
    'not run'
    """
    found = {verdict.verdict for verdict in verdicts}
    comparable = found & {"reproduced", "partly", "not reproduced"}
    if not comparable:
        return "not comparable" if "not comparable" in found else "not run"
    if comparable == {"reproduced"}:
        return "reproduced"
    return "not reproduced" if comparable == {"not reproduced"} else "partly"


def why(verdicts: Sequence[Verdict]) -> str:
    """How many of the published values got which verdict."""
    counts: Counter[str] = Counter(verdict.verdict for verdict in verdicts)
    told = ", ".join(f"{counts[word]} {word}" for word in ORDER if counts[word])
    plural = "value" if len(verdicts) == 1 else "values"
    return (
        f"{len(verdicts)} published {plural}: {told}."
        if verdicts
        else "No published value has been entered yet."
    )


def badge(verdict: str) -> str:
    """A verdict as a small label."""
    return runbox.badge(verdict, verdict.replace(" ", "-"))


def beside(folder: Folder, verdicts: Sequence[Verdict]) -> str:
    """The table *paper against ours*: source, both values, difference, verdict by rule."""
    if not verdicts:
        return "No published value has been entered yet."
    rows = [_row(folder, verdict) for verdict in verdicts]
    return table.markdown(["Claim and source", "Published", "Ours", "Verdict"], rows, kind="published")


def _row(folder: Folder, verdict: Verdict) -> list[str]:
    row, ours, record = verdict.row, verdict.ours, verdict.record
    bound = "" if row.direction == "equal" else f"{row.direction} "
    unit = f" {row.unit}" if row.unit else ""
    slack = f" ± {words.number(row.slack)}" if row.slack else ""
    where = f"{row.source} ({row.hardware})" if row.hardware != "any" else row.source
    told = [escape.myst(words.metric(ours)) if ours else "not run"]
    if ours and verdict.difference is not None:
        sign = "+" if verdict.difference > 0 else "-"
        size = words.number(abs(verdict.difference), (ours.high - ours.low) / 2)
        told.append(f"[{escape.myst(f'difference {sign}{size}{unit}')}]{{.n}}")
    if record:
        told.append(runbox.link(folder, record))
    return [
        f"{escape.caption(row.claim)} [{escape.myst(where)}]{{.n}}",
        escape.myst(f"{bound}{words.number(row.value)}{slack}{unit}"),
        " ".join(told),
        f"{badge(verdict.verdict)} {escape.myst(verdict.why)}".rstrip(),
    ]


def _cost(records: Sequence[Record]) -> str:
    """Time, memory and energy of every section of a system, and where."""
    done = [record for record in records if record.status == "done"]
    if not done:
        return "Nothing of this system has been run yet."
    rows = [
        [
            escape.myst(r.name), escape.myst(r.preset), words.seconds(r.provenance["seconds"]),
            words.size(r.provenance["peak_memory_bytes"]), words.energy(r), escape.myst(words.machine(r)),
        ]
        for r in done
    ]  # fmt: skip
    return table.markdown(["Section", "Preset", "Time", "Peak memory", "Energy", "Hardware"], rows)
