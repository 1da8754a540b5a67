"""Features written here and learnt from there: the same numbers, or a refusal that says what differs."""

import json
import subprocess
import sys

import numpy as np
import pytest

from reflop.errors import BadFile
from reflop.systems.optical import extraction
from reflop.systems.optical.extracted import read
from reflop.systems.optical.image_params import Transfer

SMALL = {"per_class": 20, "source_epochs": 1, "n_components": 64, "draws": 2}


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    return extraction.extract(tmp_path_factory.mktemp("features"), Transfer.of("smoke", SMALL))


def test_layout_of_the_original(written):
    assert written.parts[-2:] == ("small_digits_full", "digits")
    assert {path.name for path in written.iterdir()} == {"features.npz", "labels.npz", "data.csv", "key.json"}
    header = (written / "data.csv").read_text().splitlines()[0].split("\t")
    assert header[:5] == ["model", "model options", "dataset", "dtype-train", "dtype-test"]


def test_a_second_process_learns_the_same(written):
    here = list(extraction.learn(written, Transfer.of("smoke", SMALL), []))
    words = ["optical", "learn", str(written), "--preset", "smoke", "-p", "n_components=64"]
    there = subprocess.run(
        [sys.executable, "-m", "reflop", *words], check=True, capture_output=True, text=True
    )
    assert there.stdout.splitlines() == here
    assert "optical ridge" in here[0]


@pytest.mark.parametrize(
    ("changed", "named"),
    [({"backbone": "small_cifar"}, "model"), ({"block": 1}, "block"), ({"dtype": "float16"}, "dtype"),
     ({"data": "cifar10_subset"}, "data")],
)  # fmt: skip
def test_features_of_something_else_are_refused_by_name(written, changed, named):
    with pytest.raises(BadFile, match=f": {named}: expected"):
        list(extraction.learn(written, Transfer.of("smoke", SMALL | changed), list(changed)))


def test_damage_is_found(written, tmp_path):
    for name in ("features.npz", "labels.npz", "key.json"):
        (tmp_path / name).write_bytes((written / name).read_bytes())
    content = bytearray((tmp_path / "features.npz").read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "features.npz").write_bytes(content)
    with pytest.raises(BadFile, match="digest"):
        read(tmp_path)


def test_objects_are_never_unpickled(written, tmp_path):
    for name in ("labels.npz", "key.json"):
        (tmp_path / name).write_bytes((written / name).read_bytes())
    np.savez(tmp_path / "features.npz", train=np.array([{}], dtype=object), test=np.zeros(1))
    key = json.loads((tmp_path / "key.json").read_text())
    key["files"]["features.npz"] = extraction.extracted.sha256(tmp_path / "features.npz")
    (tmp_path / "key.json").write_text(json.dumps(key))
    with pytest.raises(ValueError, match="allow_pickle"):
        read(tmp_path)
