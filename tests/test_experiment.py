import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reflop import experiment, kept, machine, source
from reflop import record as recording
from reflop.errors import BadFile, BadParams, RunFailed, Unavailable
from reflop.experiment import records, run
from reflop.record import Measured, Metric
from tests import toy


@pytest.fixture(autouse=True)
def catalog() -> Iterator[None]:
    with toy.installed():
        yield


def test_run_saves_what_it_returns(records_folder: Path) -> None:
    record = run("toy.draw", "smoke", seed=3)
    assert recording.read(records_folder / record.file_name) == record
    assert record.params == {"seed": 3, "n": 2, "device": "cpu"}
    assert (record.status, record.reason, record.scale, record.preset) == ("done", "", "reduced", "smoke")
    assert record.metrics["mean"].n == len(record.rows) == 2


def test_provenance_says_how_to_get_it_again(records_folder: Path) -> None:
    record = run("toy.draw", "smoke", seed=3, device="a b")
    told = record.provenance
    assert told["command"] == "reflop run toy.draw --preset smoke -p seed=3 -p device='a b'"
    assert told["machine"] == machine.describe()
    assert told["seeds"] == [3]
    assert told["energy_j"] is None
    assert datetime.fromisoformat(told["start"]).tzinfo == UTC
    assert told["peak_memory_bytes"] > 2**20


def test_paper_preset_is_the_only_paper_scale() -> None:
    assert run("toy.draw", "paper").scale == "paper"
    assert run("toy.draw", "book").scale == "reduced"


def test_none_keeps_the_presets_value() -> None:
    assert run("toy.draw", "smoke", seed=None, n=None).params == {"seed": 0, "n": 2, "device": "cpu"}


def test_unchanged_record_is_found_and_not_measured_again(monkeypatch: pytest.MonkeyPatch) -> None:
    first = run("toy.draw", "smoke")
    with toy.installed(function=_breaks):
        assert run("toy.draw", "smoke") == first
        with pytest.raises(RunFailed):
            run("toy.draw", "smoke", fresh=True)
        monkeypatch.setattr(source, "fingerprint", lambda *_: "1" * 64)
        with pytest.raises(RunFailed):
            run("toy.draw", "smoke")


def test_record_of_another_preset_or_a_damaged_one_is_measured_again(records_folder: Path) -> None:
    book = run("toy.draw", "book")
    paper = run("toy.draw", "paper", n=book.params["n"])
    assert paper.id == book.id
    assert paper.preset == "paper"
    (records_folder / paper.file_name).write_text("{}")
    assert run("toy.draw", "paper", n=book.params["n"]).metrics == paper.metrics


def test_refusals_come_before_the_section_is_called() -> None:
    with toy.installed(function=_breaks):
        for wrong in ({"preset": "none"}, {"n": 0}, {"m": 1}):
            with pytest.raises(BadParams):
                run("toy.draw", **wrong)  # type: ignore[arg-type]
        with pytest.raises(BadParams):
            run("toy.nothing")


def test_broken_section_leaves_one_line_and_its_cause() -> None:
    with (
        toy.installed(function=_breaks),
        pytest.raises(RunFailed, match=r"toy\.draw failed: found KeyError") as told,
    ):
        run("toy.draw")
    assert isinstance(told.value.__cause__, KeyError)


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("CUDA out of memory. Tried to allocate")])
def test_want_of_memory_suggests_a_smaller_batch(error: Exception) -> None:
    assert experiment.failed("toy.draw", error).then == "a smaller batch or preset"


def test_missing_hardware_is_a_record_with_its_reason_that_is_tried_again(records_folder: Path) -> None:
    def absent(params: toy.Draw, work: Path) -> Measured:
        raise Unavailable(what=params.device, expected="a GPU", found="none")

    with toy.installed(function=absent):
        record = run("toy.draw")
    assert (record.status, record.reason) == ("skipped", "cpu: expected a GPU, found none")
    assert record.metrics == {}
    assert recording.read(records_folder / record.file_name) == record
    assert run("toy.draw").status == "done"


def test_scratch_is_private_and_gone_afterwards() -> None:
    seen: list[Path] = []

    def writes(params: toy.Draw, work: Path) -> Measured:
        assert list(work.iterdir()) == []
        (work / "big").write_text("x")
        seen.append(work)
        return toy.draw(params, work)

    with toy.installed(function=writes):
        run("toy.draw", fresh=True)
        run("toy.draw", fresh=True)
    assert len(set(seen)) == 2
    assert not any(path.exists() for path in seen)


def test_artefacts_stay_beside_the_record(records_folder: Path) -> None:
    def stores(params: toy.Draw, work: Path) -> Measured:
        (work / "a.npz").write_text("weights")
        return Measured({"m": Metric.exact(1, "")}, artefacts={"weights": work / "a.npz"})

    with toy.installed(function=stores):
        record = run("toy.draw")
    stored = records_folder / Path(record.file_name).with_suffix("") / "weights.npz"
    assert stored.read_text() == "weights"
    assert list(record.artefacts) == ["weights"]


def test_records_gives_the_fresh_one_and_those_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = toy.checkout(tmp_path / "checkout", monkeypatch)
    first = run("toy.draw", "book")
    kept.keep(first)
    time.sleep(0.002)  # records say their start to the millisecond
    second = run("toy.draw", "paper")
    assert records(second) == [second, first]
    assert records(first) == [first]  # kept and fresh are one
    assert records("toy.draw") == [second, first]
    damaged = root / "results" / first.file_name
    damaged.write_text(re.sub(r'"value":[\d.]+', '"value":0.75', damaged.read_text(), count=1))
    with pytest.raises(BadFile, match="edited content"):
        records(second)


def test_record_file_is_one_line_of_json(records_folder: Path) -> None:
    text = (records_folder / run("toy.draw").file_name).read_text()
    assert text.count("\n") == 1
    assert json.loads(text)["schema"] == recording.SCHEMA


def _breaks(params: toy.Draw, work: Path) -> Measured:
    message = "lost"
    raise KeyError(message)
