"""Each engine says in one line why it cannot be used here; asking loads none of them."""

import subprocess
import sys

import pytest

from reflop import engines
from reflop.engines import ENGINES

PACKAGES = {"torch", "onnx", "onnxscript", "onnxruntime", "openvino", "tensorrt"}


def with_packages(
    monkeypatch: pytest.MonkeyPatch, *names: str, gpus: int = 0, tools: tuple[str, ...] = ()
) -> None:
    """A machine with these packages, GPUs and commands only."""
    monkeypatch.setattr(engines, "version", lambda name: "1.0" if name in names else None)
    monkeypatch.setattr(engines, "gpu_list", lambda: [{"name": "GPU", "driver": "1"}] * gpus)
    monkeypatch.setattr(engines.shutil, "which", lambda name: name if name in tools else None)
    monkeypatch.delenv("CXX", raising=False)


def usable() -> set[str]:
    return {name for name, engine in ENGINES.items() if engine.available() is None}


def test_machine_with_everything_lacks_only_the_discontinued(monkeypatch: pytest.MonkeyPatch) -> None:
    with_packages(monkeypatch, *PACKAGES, gpus=1, tools=("g++",))
    assert usable() == ENGINES.keys() - {"ipu"}
    assert ENGINES["ipu"].available() == ("unavailable: Graphcore's software is discontinued; not reproduced")


def test_machine_with_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with_packages(monkeypatch)
    assert usable() == set()
    assert ENGINES["onnxruntime"].available() == "not installed; try: pip install onnx onnxscript onnxruntime"


def test_graphics_processor_is_needed_and_not_substituted(monkeypatch: pytest.MonkeyPatch) -> None:
    with_packages(monkeypatch, *PACKAGES)
    assert usable() == {"torch", "onnxruntime", "openvino"}
    assert (
        ENGINES["cuda"].available() == ENGINES["tensorrt"].available() == "no NVIDIA GPU, or no driver for it"
    )


def test_compiler_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with_packages(monkeypatch, "torch", tools=("clang++",))
    assert ENGINES["torch_compile"].available() == "needs a C++ compiler, and there is no g++"
    monkeypatch.setenv("CXX", "clang++")
    assert ENGINES["torch_compile"].available() is None


def test_names_are_their_keys_and_asking_loads_nothing() -> None:
    assert all(name == engine.name for name, engine in ENGINES.items())
    code = (
        "import sys; from reflop.engines import ENGINES; [e.available() for e in ENGINES.values()];"
        "loaded = {'torch', 'numpy', 'onnxruntime', 'openvino', 'tensorrt'} & set(sys.modules); assert not loaded"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
