from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reflop import catalog, kept, published
from reflop.errors import BadFile, BadParams
from reflop.experiment import run
from reflop.published import Published, verdicts, verify
from reflop.record import Metric, Record
from tests import toy

ROW = Published("toy.draw", "mean", "a claim", 10.0, "s", 0.1, "relative", "Table 1", scale="any")
TOML = """
[[published]]
section = "draw"
metric = "mean"
claim = "the mean is a half"
value = 0.5
unit = ""
tolerance = 0.1
tolerance_kind = "absolute"
source = "Table 1"
scale = "any"
"""


@pytest.fixture(autouse=True)
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A checkout with the toy system, whose published.toml lies in a package folder of its own."""
    package = tmp_path / "package"
    (package / "systems" / "toy").mkdir(parents=True)
    monkeypatch.setattr(published, "__file__", str(package / "published.py"))
    with toy.installed():
        yield toy.checkout(tmp_path / "checkout", monkeypatch)


def publish(text: str) -> None:
    Path(published.__file__).parent.joinpath("systems/toy/published.toml").write_text(text)


def ours(value: float, low: float, high: float, unit: str = "s", **changes: Any) -> Record:
    """A record of the toy section at the book preset with one chosen metric."""
    record = replace(run("toy.draw", "book"), metrics={"mean": Metric(value, unit, low, high, 9)}, **changes)
    return record.sealed()


def verdict(record: Record | None, **row: Any) -> str:
    (found,) = verdicts([record] if record else [], [replace(ROW, **row)])
    return found.verdict


@pytest.mark.parametrize(
    ("low", "high", "direction", "expected"),
    [
        (9.0, 9.5, "equal", "reproduced"),
        (8.0, 8.99, "equal", "not reproduced"),
        (8.0, 9.0, "equal", "reproduced"),
        (11.1, 12.0, "equal", "not reproduced"),
        (8.0, 12.0, "equal", "reproduced"),
        (20.0, 21.0, "at least", "reproduced"),
        (8.0, 8.9, "at least", "not reproduced"),
        (1.0, 2.0, "at most", "reproduced"),
        (11.1, 12.0, "at most", "not reproduced"),
    ],
)
def test_reproduced_if_the_interval_meets_the_value_within_its_tolerance(
    low: float, high: float, direction: str, expected: str
) -> None:
    assert verdict(ours(low, low, high), direction=direction) == expected


def test_absolute_tolerance_is_in_the_unit() -> None:
    assert verdict(ours(10.6, 10.6, 10.6), tolerance=0.5, tolerance_kind="absolute") == "not reproduced"
    assert verdict(ours(10.4, 10.4, 10.4), tolerance=0.5, tolerance_kind="absolute") == "reproduced"
    assert replace(ROW, value=-10.0).slack == 1.0


@pytest.mark.parametrize(
    ("low", "high", "neutral", "expected"),
    [
        (1.2, 1.4, 1.0, "partly"),
        (0.9, 1.4, 1.0, "not reproduced"),
        (1.2, 1.4, None, "not reproduced"),
        (20.0, 25.0, 30.0, "partly"),
        (20.0, 31.0, 30.0, "not reproduced"),
    ],
)
def test_partly_if_the_whole_interval_lies_on_the_published_side_of_no_effect(
    low: float, high: float, neutral: float | None, expected: str
) -> None:
    assert verdict(ours(low, low, high), neutral=neutral) == expected


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"scale": "paper"}, "smaller than the source's set-up"),
        ({"hardware": "gpu"}, "published for gpu"),
        ({"hardware": "tesla p100"}, "published for tesla p100"),
        ({"metric": "median"}, "the record has no metric median"),
        ({"unit": "ms"}, "ours is in s"),
    ],
)
def test_not_comparable_says_why_and_still_shows_the_record(row: dict[str, Any], why: str) -> None:
    record = ours(10.0, 10.0, 10.0)
    (found,) = verdicts([record], [replace(ROW, **row)])
    assert (found.verdict, found.why, found.record) == ("not comparable", why, record)


def test_hardware_class_is_what_the_section_ran_on() -> None:
    slug = {"machine": {"slug": "xeon-x12-tesla-p100-pcie-16gb-x1"}}
    plain = ours(10.0, 10.0, 10.0)
    record = replace(plain, params=plain.params | {"device": "cuda:0"}, provenance=plain.provenance | slug)
    outcomes = [verdict(record, hardware=name) for name in ("gpu", "Tesla P100", "cpu", "p10", "a100")]
    assert outcomes == ["reproduced", "reproduced", "not comparable", "not comparable", "not comparable"]


def test_records_with_parameters_of_ones_own_prove_nothing() -> None:
    (found,) = verdicts([run("toy.draw", "book", n=3)], [replace(ROW, unit="")])
    assert (found.verdict, found.why) == ("not comparable", "parameters other than the preset's")
    (found,) = verdicts([run("toy.draw", "book", seed=3)], [replace(ROW, unit="", value=0.5, tolerance=1.0)])
    assert found.verdict == "reproduced"


def test_not_run_covers_none_skipped_and_smoke() -> None:
    assert verdict(None) == "not run"
    assert verdict(run("toy.draw", "smoke")) == "not run"
    (found,) = verdicts([ours(1, 1, 1, status="skipped", reason="no GPU")], [ROW])
    assert (found.verdict, found.why) == ("not run", "no GPU")


def test_newest_comparable_record_counts() -> None:
    times = ("2026-01-01", "2026-03-01", "2026-02-01")
    made = [ours(value, value, value) for value in (10.0, 99.0, 50.0)]
    made = [
        replace(r, provenance=r.provenance | {"start": start}) for r, start in zip(made, times, strict=True)
    ]
    (found,) = verdicts(made, [ROW])
    assert found.record == made[1]
    made[1] = replace(made[1], metrics={"mean": Metric.exact(1, "ms")})
    (found,) = verdicts(made, [ROW])
    assert found.record == made[2]


def test_row_of_a_verdict_is_plain_and_complete() -> None:
    record = ours(10.5, 10.0, 11.0)
    row = verdicts([record], [ROW])[0].as_row()
    assert (row["published"], row["ours"], row["difference"], row["verdict"]) == (
        10.0,
        10.5,
        0.5,
        "reproduced",
    )
    assert row["record"] == f"{record.id}@{record.machine}"
    assert verdicts([], [ROW])[0].as_row()["ours"] is None


def test_published_file_is_read_with_full_section_names() -> None:
    assert published.load("toy") == []
    publish(TOML + "[settings.draw]\nn = 100\n")
    (row,) = published.load("toy")
    assert (row.section, row.value, row.hardware, row.direction) == ("toy.draw", 0.5, "any", "equal")
    assert published.source("toy").settings == {"draw": {"n": 100}}
    assert [
        found.row for found in verdicts([run("toy.draw", "book")]) if found.row.section == "toy.draw"
    ] == [row]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (TOML.replace('"draw"', '"drew"'), r"unknown section 'toy\.drew': expected 'toy\.draw'"),
        (TOML.replace('"absolute"', '"about"'), "published.0.tolerance_kind"),
        (TOML.replace('source = "Table 1"', ""), "published.0.source"),
        (TOML.replace("value = 0.5", 'value = "0.5"'), "published.0.value"),
        (TOML.replace("value = 0.5", "value = nan"), "rows of published numbers"),
        (TOML + "typo = 1", "published.0.typo"),
        (TOML.replace('section = "draw"', ""), "rows of published numbers"),
        ("published = 3", "rows of published numbers"),
        ("[[published", "rows of published numbers"),
    ],
)
def test_published_file_with_a_fault_is_refused_by_name(text: str, told: str) -> None:
    publish(text)
    with pytest.raises(BadFile, match=told):
        published.load("toy")


def test_unknown_system_is_refused() -> None:
    with pytest.raises(BadParams, match="unknown system"):
        published.load("toi")


def test_verify_passes_when_all_ran_and_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    only_toy(monkeypatch)
    publish(TOML)
    run("toy.draw", "book")
    found = verify("book")
    assert (found.exit_code, found.disagreements, found.never_run) == (0, [], [])
    assert [v.verdict for v in found.verdicts] == ["reproduced"]


def test_verify_counts_what_never_ran_at_the_preset_and_a_skip_as_present(
    records_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_toy(monkeypatch)
    run("toy.draw", "smoke")
    assert (verify("book").exit_code, verify("book").never_run) == (3, ["toy.draw"])
    assert verify("smoke").exit_code == 0
    assert verify("long").exit_code == 0  # a preset that no section has
    ours(1, 1, 1, status="skipped", reason="no GPU").save(records_folder)
    assert verify("book").exit_code == 0


def test_verify_fails_on_a_contradicted_value(monkeypatch: pytest.MonkeyPatch) -> None:
    only_toy(monkeypatch)
    publish(TOML.replace("value = 0.5", "value = 7.0"))
    kept.keep(run("toy.draw", "book"))
    found = verify("book")
    assert found.exit_code == 4
    assert found.disagreements[0].startswith("toy.draw mean: ")
    assert "against equal 7 +- 0.1" in found.disagreements[0]


def only_toy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the toy system alone in the catalog."""
    for name in set(catalog.SYSTEMS) - {"toy"}:
        monkeypatch.delitem(catalog.SYSTEMS, name)
