"""The original's two tables, as it prints them."""

import csv
import json

from typer.testing import CliRunner

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
