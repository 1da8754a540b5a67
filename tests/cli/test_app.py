"""The command line as a user meets it: exit codes, one-line errors, help, JSON."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from reflop import catalog
from reflop.cli import main


@pytest.fixture
def reflop(monkeypatch, capsys):
    """Call the command in this process: (exit code, stdout, stderr)."""

    def call(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["reflop", *words])
        with pytest.raises(SystemExit) as stop:
            main()
        out, err = capsys.readouterr()
        return int(stop.value.code or 0), out, err

    return call


def test_no_words_and_help_teach(reflop):
    code, out, _ = reflop("run", "--help")
    assert code == 0
    assert "Example" in out
    assert "smoke" in out


def test_list_names_every_section_and_engine(reflop):
    code, out, _ = reflop("list", "--json")
    tables = json.loads(out)
    assert code == 0
    assert {row["section"] for row in tables["sections"]} == set(catalog.sections())
    assert any(row["engine"] == "ipu" and row["state"] != "available" for row in tables["engines"])


def test_list_of_a_section_shows_every_preset(reflop):
    code, out, _ = reflop("list", "optical.speckle", "--json")
    (rows,) = json.loads(out).values()
    assert code == 0
    assert {"parameter", "meaning", "takes", "smoke", "book"} <= set(rows[0])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["run", "optical.speckel"], "optical.speckle"),
        (["run", "optical.speckle", "-p", "n_feature=3"], "n_features"),
        (["run", "optical.speckle", "-p", "n_features=0"], "1 to"),
        (["run", "optical.speckle", "-p", "n_features=1e400"], "1 to"),
        (["run", "optical.speckle", "-p", "n_features"], "name=value"),
        (["run", "optical.speckle", "-p", "n_features=2", "-p", "n_features=3"], "once"),
        (["run", "optical.speckle", "--preset", "huge"], "smoke"),
        (["bench", "optics"], "optical"),
        (["runn"], "runn"),
    ],
)
def test_bad_usage_is_one_line_and_code_2(reflop, words, told):
    code, out, err = reflop(*words)
    assert code == 2
    assert out == ""
    assert told in err
    assert "Traceback" not in err


def test_run_prints_cost_first_then_the_metrics(reflop, records_folder):
    code, out, err = reflop("run", "optical.speckle", "--preset", "smoke", "--json")
    assert code == 0
    assert err.startswith("optical.speckle (smoke):")
    assert json.loads(out)
    assert list(records_folder.glob("optical/speckle-*.json"))


def test_dry_run_computes_nothing(reflop, records_folder):
    code, out, _ = reflop("run", "optical.speckle", "--preset", "smoke", "--dry-run")
    assert code == 0
    assert "n_features" in out
    assert not records_folder.exists()


def test_results_option_redirects(reflop, tmp_path):
    place = tmp_path / "elsewhere"
    assert reflop("--results", str(place), "run", "optical.speckle", "--preset", "smoke")[0] == 0
    assert list(place.glob("optical/speckle-*.json"))


def test_an_unexpected_error_is_one_line_unless_debug(reflop, monkeypatch):
    monkeypatch.setattr(catalog, "section", lambda name: 1 / 0)
    code, _, err = reflop("run", "optical.speckle")
    assert (code, err.count("\n")) == (1, 1)
    assert "--debug" in err
    monkeypatch.setattr(sys, "argv", ["reflop", "--debug", "run", "optical.speckle"])
    with pytest.raises(ZeroDivisionError):
        main()


def test_a_closed_pipe_is_no_error(tmp_path: Path):
    shell = f"{sys.executable} -m reflop list | head -n 1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", shell], check=False, capture_output=True, text=True, cwd=tmp_path
    )
    assert done.stderr == ""
