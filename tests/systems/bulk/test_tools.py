"""`reflop bulk partition` and `prepare`: folders that hold every picture once, files that compute what PyTorch does."""

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from reflop.errors import BadFile, BadParams
from reflop.models.pixels import FromPixels
from reflop.systems.bulk import folders, manifest, networks, prepare
from reflop.systems.bulk.commands import app
from reflop.systems.bulk.networks import Loaded
from tests.systems.bulk import jobs


def pictures(folder):
    jobs.pictures(folder / "a", 5)
    jobs.pictures(folder / "b", 4)  # the same names again
    return manifest.listed(folder)


@pytest.mark.parametrize("copy", [False, True])
@pytest.mark.parametrize("parts", [1, 2, 4, 12])
def test_every_picture_is_in_exactly_one_part(tmp_path, copy, parts):
    found = pictures(tmp_path / "in")
    counts = folders.write(found, tmp_path / "out", parts, copy=copy)
    assert sum(counts) == 9
    assert max(counts) - min(counts) <= 1
    written = sorted((tmp_path / "out").rglob("*.jpg"))
    assert len(written) == 9
    originals = sorted(path.read_bytes() for path in (tmp_path / "in").rglob("*.jpg"))
    assert sorted(path.read_bytes() for path in written) == originals
    assert {path.stat().st_nlink for path in written} == {1 if copy else 2}
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(map(str, range(parts)))


def test_an_existing_folder_or_one_among_the_pictures_is_refused(tmp_path):
    found = pictures(tmp_path / "in")
    with pytest.raises(BadParams, match="one that exists"):
        folders.write(found, tmp_path, 2)
    with pytest.raises(BadParams, match="one inside"):
        folders.write(found, tmp_path / "in" / "parts", 2)


def test_links_that_cannot_be_made_leave_nothing(tmp_path, monkeypatch):
    found = pictures(tmp_path / "in")

    def refuse(*_):
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(type(tmp_path), "hardlink_to", refuse)
    with pytest.raises(BadFile, match="--copy"):
        folders.write(found, tmp_path / "out", 2)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_the_partition_command(tmp_path):
    pictures(tmp_path / "in")
    told = CliRunner().invoke(app, ["partition", str(tmp_path / "in"), str(tmp_path / "out"), "--parts", "4"])
    assert told.exit_code == 0
    assert "9 pictures in 4 parts of 2 to 3" in told.stdout


@pytest.fixture
def network(monkeypatch):
    """A small network under a name of the tool."""
    pytest.importorskip("onnxruntime")
    layers = [torch.nn.Conv2d(3, 8, 3, 2), torch.nn.ReLU(), torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten()]
    module = FromPixels(torch.nn.Sequential(*layers, torch.nn.Linear(8, 4))).eval()
    monkeypatch.setattr(networks, "load", lambda *_: Loaded(module, 32, False, 4))
    return module


@pytest.mark.parametrize("batch_size", [0, 3])
def test_a_prepared_file_computes_what_the_network_does(tmp_path, network, batch_size):
    import onnxruntime

    told = prepare.prepare("resnext50_32x4d", tmp_path / "out.onnx", batch_size=batch_size)
    assert "random weights" in told
    session = onnxruntime.InferenceSession(tmp_path / "out.onnx", providers=["CPUExecutionProvider"])
    given, answer = session.get_inputs()[0], session.get_outputs()[0]
    assert given.shape[1:] == [32, 32, 3]
    assert given.shape[0] == batch_size if batch_size else isinstance(given.shape[0], str)
    assert answer.shape[0] == given.shape[0]  # the original left the output at batch 1
    pixels = torch.randint(256, (3, 32, 32, 3), dtype=torch.uint8)
    with torch.inference_mode():
        expected = network(pixels).numpy()
    assert np.allclose(session.run(None, {given.name: pixels.numpy()})[0], expected, atol=1e-5)


def test_int8_takes_its_ranges_from_pictures(tmp_path, network):
    jobs.pictures(tmp_path / "in", 9)
    told = prepare.prepare(
        "resnext50_32x4d", tmp_path / "out.onnx", precision="int8", pictures=tmp_path / "in"
    )
    assert "int8" in told
    assert b"QuantizeLinear" in (tmp_path / "out.onnx").read_bytes()


@pytest.mark.parametrize(
    "options",
    [{"precision": "int8"}, {"precision": "float8"}, {"model": "network.onnx"}, {"model": "resnext101"}],
)
def test_what_cannot_be_prepared(tmp_path, options):
    chosen = {"model": "resnext50_32x4d", **options}
    with pytest.raises((BadParams, BadFile)):
        prepare.prepare(chosen.pop("model"), tmp_path / "out.onnx", **chosen)
    assert not (tmp_path / "out.onnx").exists()
