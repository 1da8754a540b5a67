"""Fault 54: extracted features are used again only while code, network, data and precision are the same."""

from pathlib import Path

import pytest

from reflop import source
from reflop.systems.optical import extraction
from reflop.systems.optical.image_params import Transfer

SMALL = {"per_class": 10, "source_epochs": 1, "n_components": 64, "draws": 2}


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The precisions for which a network really ran."""
    ran: list[str] = []
    compute = extraction.transfer_sections.network_features

    def watched(body: object, task: object, scaling: object, dtype: str) -> object:
        ran.append(dtype)
        return compute(body, task, scaling, dtype)

    monkeypatch.setattr(extraction.transfer_sections, "network_features", watched)
    return ran


def extract(folder: Path, **changed: object) -> dict[str, bytes]:
    inside = extraction.extract(folder, Transfer.of("smoke", SMALL | changed))
    return {path.name: path.read_bytes() for path in inside.iterdir()}


def test_fault_54_nothing_changed(tmp_path: Path, computed: list[str]) -> None:
    assert extract(tmp_path) == extract(tmp_path)
    assert len(computed) == 1


def test_fault_54_code_changed(tmp_path: Path, computed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    extract(tmp_path)
    monkeypatch.setattr(source, "fingerprint", lambda module, data=None: "another code")
    extract(tmp_path)
    assert len(computed) == 2


@pytest.mark.parametrize(
    "changed",
    [{"source_epochs": 2}, {"seed": 1}, {"dtype": "float16"}, {"per_class": 12}, {"option": "full"}],
)
def test_fault_54_network_data_or_precision_changed(
    tmp_path: Path, computed: list[str], changed: dict[str, object]
) -> None:
    before, after = extract(tmp_path), extract(tmp_path, **changed)
    assert len(computed) == 2
    assert before["key.json"] != after["key.json"]


def test_fault_54_data_digest_changed(
    tmp_path: Path, computed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    extract(tmp_path)
    monkeypatch.setattr(Transfer, "data_digests", lambda self: {"digits": "f" * 64})
    extract(tmp_path)
    assert len(computed) == 2


def test_fault_54_damaged_features(tmp_path: Path, computed: list[str]) -> None:
    inside = extraction.extract(tmp_path, Transfer.of("smoke", SMALL))
    content = bytearray((inside / "features.npz").read_bytes())
    content[len(content) // 2] ^= 1
    (inside / "features.npz").write_bytes(content)
    extract(tmp_path)
    assert len(computed) == 2
