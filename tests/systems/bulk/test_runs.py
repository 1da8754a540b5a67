"""The command on a folder of pictures: every picture once, whatever the arrangement; resuming; refusing."""

import json

import pytest

from tests.systems.bulk import jobs

N = 45


@pytest.fixture
def folder(tmp_path):
    pytest.importorskip("onnxruntime")
    jobs.pictures(tmp_path / "in", N)
    jobs.network(tmp_path / "network.onnx")
    return tmp_path


def test_every_picture_once_then_nothing_left_to_do(folder):
    code, out, err = jobs.run(folder)
    assert code == 0, err
    assert f"{N} pictures: {N} classified, 0 unreadable" in out
    assert jobs.right(jobs.table(folder))
    about = json.loads((folder / "out" / "summary.json").read_text())
    assert about["summary"]["images"] == N
    assert about["summary"]["engine"]["precision"] == "float32"
    assert about["job"]["n"] == N
    code, out, err = jobs.run(folder)
    assert code == 0, err
    assert "nothing was left to do" in out
    assert json.loads((folder / "out" / "summary.json").read_text()) == about


def test_two_workers_share_the_work_and_a_resumed_run_may_have_another_number(folder):
    content = jobs.block(folder, 40)
    command = jobs.start(folder, processes=2)
    jobs.wait_for(command, folder, finished=3, workers=2)
    command.kill()
    command.communicate()
    assert not jobs.orphans(folder)
    jobs.free(folder, 40, content)
    code, out, err = jobs.run(folder, processes=1)
    assert code == 0, err
    assert jobs.right(jobs.table(folder))
    assert f"{N} pictures" in out
    assert json.loads((folder / "out" / "summary.json").read_text())["summary"]["images"] < N


def test_other_settings_are_refused_and_nothing_is_touched(folder):
    assert jobs.run(folder)[0] == 0
    before = {path: path.read_bytes() for path in (folder / "out" / "results").iterdir()}
    code, _, err = jobs.run(folder, batch_size=3)
    assert code == 2
    assert "another batch_size: expected 2, found 3" in err
    assert {path: path.read_bytes() for path in (folder / "out" / "results").iterdir()} == before


def test_a_run_keeps_to_the_list_it_began_with(folder):
    assert jobs.run(folder, processes=0)[0] == 0
    jobs.pictures(folder / "in", N + 3)
    (folder / "in" / "0007.jpg").unlink()
    code, out, err = jobs.run(folder)
    assert code == 0, err
    assert "47 pictures, not 45; this run keeps to its list" in err
    assert f"{N} pictures: 44 classified, 1 unreadable" in out
    assert "No such file" in jobs.table(folder)[7]["message"]


def test_one_run_at_a_time(folder):
    content = jobs.block(folder, 40)
    command = jobs.start(folder)
    jobs.wait_for(command, folder, finished=1)
    code, _, err = jobs.run(folder)
    assert code == 2
    assert "another one working in it" in err
    command.kill()
    command.communicate()
    jobs.free(folder, 40, content)
    assert not jobs.orphans(folder)


def test_synthetic_runs_need_no_pictures(folder):
    words = jobs.words(folder, iterations=3)
    words[2:3] = []  # no folder of pictures
    from tests import project

    code, out, err = project.reflop(
        folder, *words, "--synthetic", "--json", PYTHONPATH=str(project.CHECKOUT / "src")
    )
    assert code == 0, err
    assert json.loads(out)["n"] == 3 * 4 * 2


def test_labels_give_an_accuracy(folder):
    lines = [f"{i:04d}.jpg,{(i + (i < 9)) % 6}" for i in range(N)]  # the first nine are wrong
    (folder / "labels.csv").write_text("\n".join(["path,label", *lines]))
    code, out, err = jobs.run(folder, labels=folder / "labels.csv")
    assert code == 0, err
    assert "accuracy 80.0 %" in out
    (folder / "labels.csv").write_text("path,label\nmissing.jpg,3\n")
    code, _, err = jobs.run(folder, labels=folder / "labels.csv")
    assert code == 1
    assert "missing.jpg: 3" in err


def test_engines_are_measured_and_the_fastest_that_holds_is_taken(folder):
    code, _, err = jobs.run(folder, engine="auto", precision="float32")
    assert code == 0, err
    assert "images/s [" in err
    assert jobs.right(jobs.table(folder))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"engine": "onnx"}, "onnxruntime"),
        ({"preprocess": "squash"}, "imagenet or crop"),
        ({"model": "resnext101"}, "resnext101_32x4d"),
        ({"precision": "float8"}, "float8"),
    ],
)
def test_wishes_that_cannot_be(folder, options, told):
    code, _, err = jobs.run(folder, **options)
    assert code == 2
    assert told in err


def test_results_among_the_pictures_are_refused(folder):
    from tests import project

    words = jobs.words(folder)
    words[3] = str(folder / "in" / "out")
    code, _, err = project.reflop(folder, *words, PYTHONPATH=str(project.CHECKOUT / "src"))
    assert code == 2
    assert "outside of the pictures" in err
