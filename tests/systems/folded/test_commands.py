"""The original's two tables, as it prints them."""

import csv
import json
from pathlib import Path

from typer.testing import CliRunner

from reflop.errors import BadParams
from reflop.systems.folded import flops, trials
from reflop.systems.folded.commands import app


def printed(*words: str) -> str:
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == 0, done.output
    return done.output


def test_operations_as_csv_and_with_the_keys_of_the_model_map() -> None:
    rows = {row["model"]: row for row in csv.DictReader(printed("flops").splitlines())}
    assert len(rows) == 14
    assert rows["noscope_taipei"]["fold3_ops"] == "597713160"
    found = json.loads(printed("flops", "--json"))
    assert found["efficientnet-game_apex/squad_count_v2"] == {"og_ops": 7171808, "fold2_ops": 3787864}
    assert {name: str(counts["og_ops"]) for name, counts in found.items()} == {
        name: row["og_ops"] for name, row in rows.items()
    }


def test_pure_operations_are_fewer() -> None:
    found = json.loads(printed("flops", "--json", "--convention", "macs"))
    assert found["lol/goldnumber-fraction"]["og_ops"] == 2 * 8_327_256


def test_intensity_as_the_original_prints_it() -> None:
    lines = printed("intensity").splitlines()
    assert lines[0] == "model,batch_size,original_AI,tformed_AI_2,tformed_AI_3,tformed_AI_4"
    assert "noscope-coral,1024,58.70,82.44,101.34,118.75" in lines
    assert "efficientnet-apex/squad_count_v2,1024,88.63,77.90" in lines
    assert len(lines) == 13


def test_smaller_numbers_raise_the_intensity() -> None:
    halved = printed("intensity", "--bytes-per-element", "1").splitlines()[1].split(",")
    assert float(halved[2]) == 174.66


def test_trials_as_the_original_writes_them() -> None:
    asked = ("sot/timer3", "--fold", "1", "--fold", "3", "--batch", "8", "--trials", "3")
    lines = printed("throughput", *asked).splitlines()
    assert lines[0].startswith(
        "Model,Trial,Fold,Batch Size,Mode,Throughput,FLOPs/sec,TputNorm,FLOPNorm,engine,precision"
    )
    rows = list(csv.DictReader(lines))
    assert [(row["Mode"], row["Fold"], row["Trial"]) for row in rows] == [
        (mode, fold, str(trial))
        for trial in range(3)
        for mode, fold in (("Original", "1"), ("Folded", "3"), ("EfficientNet", "2"))
    ]
    for first, folded, scaled in zip(rows[::3], rows[1::3], rows[2::3], strict=True):
        assert first["TputNorm"] == first["FLOPNorm"] == "1.00"
        rate = float(folded["Throughput"]) / float(first["Throughput"])
        assert abs(float(folded["TputNorm"]) - rate) < 0.02 + 0.01 * rate
        # the published operations of an image, times images a second
        assert (
            abs(
                float(scaled["FLOPs/sec"])
                / float(scaled["Throughput"])
                / trials.of_an_image(scaled["Model"], 2)
                - 1
            )
            < 1e-3
        )
        assert (
            abs(
                float(folded["FLOPs/sec"])
                / float(folded["Throughput"])
                / (flops("sot/timer3", 3, "published") / 3)
                - 1
            )
            < 1e-3
        )


def test_the_header_of_the_original_and_a_new_file(tmp_path: Path) -> None:
    asked = ("apex/squad_count_v2", "--fold", "2", "--batch", "4", "--trials", "3", "--no-compound")
    file = tmp_path / "trials.csv"
    assert printed("throughput", *asked, "--header", "legacy", "--csv", str(file)) == ""
    rows = list(csv.reader(file.read_text().splitlines()))
    assert rows[0] == [
        "Model",
        "Trial",
        "Batch Size",
        "Mode",
        "Fold",
        "Throughput",
        "FLOPs/sec",
        "TputNorm",
        "FLOPNorm",
    ]
    assert [row[-2:] for row in rows[1:]] == [["", ""]] * 3  # no fold 1 to compare with
    again = CliRunner().invoke(app, ["throughput", *asked, "--csv", str(file)])
    assert isinstance(again.exception, BadParams)
    assert len(file.read_text().splitlines()) == 4
