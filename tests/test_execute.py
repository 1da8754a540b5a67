import json
import os
import sys
from pathlib import Path

import pytest

from reflop import kernel, staging
from reflop.errors import BadParams, RunFailed
from reflop.execute import execute, section_params
from tests import project

SHOW = "import os, sys, json; print(json.dumps([sys.executable, os.getcwd(), dict(os.environ)]))"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return project.enter(monkeypatch, project.make(tmp_path / "checkout"))


def test_a_page_is_published_with_how_it_was_made(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    page = execute("page", "smoke", {"text": "ab", "seed": None})
    assert page == project.published(root)
    made = project.read(page)
    told = made.metadata["reflop"]
    assert (told["run"], told["preset"], told["parameters"]) == ("page", "smoke", {"text": "ab"})
    assert told["machine"]["slug"]
    assert told["asked"]["source"].keys() == {"toy.echo"}
    assert set(told["cells"]) == {"2", "3", "4", "5"}
    assert made.cells[0].source.startswith("# The page\n")
    assert project.leftovers(root) == []
    lines = capfd.readouterr().err.splitlines()
    assert [line.split()[:3] for line in lines] == [["page:", "cell", f"{n}/5"] for n in (2, 3, 4, 5)]
    assert lines[2].split()[3:6] == ["record", "=", 'run("toy.echo",']


def test_the_kernel_is_this_python_with_the_asked_threads_and_no_personal_settings(
    root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    project.write(root, "page", project.notebook(SHOW))
    spec = tmp_path / "home" / "share" / "jupyter" / "kernels" / "python3"
    spec.mkdir(parents=True)
    told = {"argv": ["/bin/false"], "display_name": "another", "language": "python"}
    (spec / "kernel.json").write_text(json.dumps(told))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "home" / "share" / "jupyter"))
    monkeypatch.setenv("OMP_NUM_THREADS", "77")
    before = dict(os.environ)
    monkeypatch.setattr("reflop.executed.scrubbed", lambda text, root: text)
    shown = project.read(execute("page", "smoke", threads=3)).cells[5].outputs[0].text
    python, folder, environment = json.loads(shown)
    assert python == sys.executable
    assert Path(folder) == root / "notebooks"  # where JupyterLab would start it
    assert environment["OMP_NUM_THREADS"] == environment["MKL_NUM_THREADS"] == "3"
    assert Path(environment["IPYTHONDIR"]).is_relative_to(environment["JUPYTER_RUNTIME_DIR"])
    assert dict(os.environ) == before


def test_a_section_that_cannot_run_here_is_skipped_and_its_page_published(root: Path) -> None:
    cells = project.read(execute("page", "smoke", {"mode": "absent"})).cells
    assert (
        cells[4].outputs[0].data["text/plain"]
        == "toy.echo (smoke) skipped: toy chip: expected one, found none"
    )


def test_a_variant_has_its_own_page_with_its_own_title_and_parameters(root: Path) -> None:
    (root / "runs.yaml").write_text(
        project.entry("page") + project.entry("eight", "page", parameters={"size": 8})
    )
    page = project.read(execute("eight", "smoke", {"text": "a"}))
    assert page.cells[0].source.startswith("# The eight\n")
    assert page.metadata["papermill"]["parameters"] == {"preset": "smoke", "size": 8, "text": "a"}


def test_braces_blanks_and_other_alphabets_in_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = project.enter(monkeypatch, project.make(tmp_path / "a {b} ü 書"))
    assert execute("page", "smoke") == project.published(root)


def test_success_removes_the_copy_of_an_earlier_failure(root: Path) -> None:
    failed = root / "build" / "failed" / "smoke" / "page.ipynb"
    failed.parent.mkdir(parents=True)
    failed.write_text("{}")
    execute("page", "smoke")
    assert not failed.exists()


def test_what_a_killed_execution_left_is_removed_first(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    swept: list[Path] = []
    monkeypatch.setattr(staging, "sweep", swept.append)
    monkeypatch.setattr(
        kernel, "run", lambda *_, **__: pytest.fail("a kernel was started") if not swept else stop()
    )
    with pytest.raises(RunFailed, match="enough"):
        execute("page", "smoke")
    assert swept == [root / "build" / "runs" / "smoke"]


def stop() -> None:
    raise RunFailed(what="enough")


def test_a_kernel_that_does_not_start_is_one_line(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(RunFailed, match=r"^notebooks/page\.ipynb: kernel"):
        execute("page", "smoke")
    assert project.leftovers(root) == []


def test_a_page_that_never_shows_its_record_is_not_published(root: Path) -> None:
    project.write(root, "page", project.notebook(run=project.RUN.removesuffix("\nrecord")))
    with pytest.raises(RunFailed, match=r"shows the record of toy\.echo, found none"):
        execute("page", "smoke")
    assert not project.published(root).exists()


@pytest.mark.parametrize("place", ["build/runs", "build/runs/smoke"])
def test_a_file_in_the_place_of_the_pages_is_found_before_anything_runs(
    root: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel, "run", lambda *_, **__: pytest.fail("a kernel was started"))
    (root / place).parent.mkdir(parents=True, exist_ok=True)
    (root / place).touch()
    with pytest.raises(BadParams, match="writable"):
        execute("page", "smoke")


def test_section_params(root: Path) -> None:
    assert [params.__name__ for params in section_params("page")] == ["Echo"]
