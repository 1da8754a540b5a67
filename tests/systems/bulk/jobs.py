"""A bulk run in little: pictures whose colour is their class, a network of three operators, the command itself.

A picture that is a named pipe blocks whoever reads it until somebody writes: so a run can be stopped in its middle,
at a known place, without a clock.
"""

import os
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

from reflop.systems.bulk import plan, results, status
from tests import project

SIDE, CLASSES = 8, 6
START_S = 90


def network(path: Path, *, batch: int | str = "batch", answers: str = "") -> Path:
    """An ONNX file: mean red of uint8 pixels (B, 8, 8, 3), and class = the nearest of six levels.

    `answers` changes what it says: "one" row for the whole batch, or "nan" for bright pictures.
    """
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    levels = np.arange(CLASSES, dtype=np.float32)[None] * 40
    red = np.array([[1], [0], [0]], dtype=np.float32)
    nodes = [
        helper.make_node("Cast", ["input"], ["x"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["x", "axes"], ["mean"], keepdims=0),
        helper.make_node("MatMul", ["mean", "red"], ["level"]),
        helper.make_node("Sub", ["level", "levels"], ["far"]),
        helper.make_node("Mul", ["far", "far"], ["square"]),
        helper.make_node("Neg", ["square"], ["near"]),
    ]
    last = "near"
    if answers == "one":
        nodes.append(helper.make_node("ReduceMax", [last, "first"], ["logits"], keepdims=1))
    elif answers == "nan":
        nodes.append(helper.make_node("Sub", ["limit", "level"], ["dark"]))
        nodes.append(helper.make_node("Sqrt", ["dark"], ["root"]))  # of a negative number
        nodes.append(helper.make_node("Add", [last, "root"], ["logits"]))
    else:
        nodes.append(helper.make_node("Identity", [last], ["logits"]))
    constants = {
        "axes": np.array([1, 2]), "first": np.array([0]), "red": red, "levels": levels,
        "limit": np.array([[150]], dtype=np.float32),
    }  # fmt: skip
    used = {name for node in nodes for name in node.input}
    graph = helper.make_graph(
        nodes,
        "levels",
        [helper.make_tensor_value_info("input", TensorProto.UINT8, [batch, SIDE, SIDE, 3])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["rows", CLASSES])],
        [numpy_helper.from_array(value, name) for name, value in constants.items() if name in used],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())
    return path


def pictures(folder: Path, n: int) -> Path:
    """`n` JPEG files; picture i has level 40 (i mod 6)."""
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(n):
        Image.new("RGB", (12, 10), (40 * (i % CLASSES), 90, 30)).save(folder / f"{i:04d}.jpg", quality=95)
    return folder


def block(folder: Path, i: int) -> bytes:
    """Lay the job out, then put a named pipe in the place of picture `i`; its content, to be put back with `free`."""
    wish = plan.Wish(
        str(folder / "network.onnx"),
        engine="onnxruntime",
        precision="float32",
        batch_size=2,
        batches_per_step=4,
    )
    plan.lay_out(folder / "in", folder / "out", wish)
    path = folder / "in" / f"{i:04d}.jpg"
    content = path.read_bytes()
    path.unlink()
    os.mkfifo(path)
    return content


def free(folder: Path, i: int, content: bytes) -> None:
    """Put picture `i` back."""
    path = folder / "in" / f"{i:04d}.jpg"
    path.unlink()
    path.write_bytes(content)


def words(folder: Path, **options: object) -> list[str]:
    """The command line: pictures and network of `folder`, results in `folder/out`; options replace or add."""
    chosen: dict[str, object] = {
        "model": folder / "network.onnx", "engine": "onnxruntime", "precision": "float32", "batch_size": 2,
        "batches_per_step": 4, "decoders": 2, **options,
    }  # fmt: skip
    told = [word for name, value in chosen.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    return ["bulk", "run", str(folder / "in"), str(folder / "out"), *told]


def start(folder: Path, **options: object) -> subprocess.Popen[str]:
    """Start the command beside the test."""
    return project.command(folder, *words(folder, **options), PYTHONPATH=str(project.CHECKOUT / "src"))


def run(folder: Path, **options: object) -> tuple[int, str, str]:
    """Run the command; exit code, stdout, stderr."""
    command = start(folder, **options)
    out, err = command.communicate(timeout=240)
    return command.returncode, out, err


def wait_for(
    command: subprocess.Popen[str], folder: Path, finished: int, workers: int = 1
) -> list[status.Status]:
    """Until so many steps are finished and as many workers are known; what the workers say."""
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        assert command.poll() is None, command.communicate()
        told = status.read(folder / "out")
        steps = len(list((folder / "out" / "results").glob("[0-9]*.parquet")))
        if steps >= finished and len(told) >= workers:
            return told
        time.sleep(0.1)
    command.send_signal(signal.SIGKILL)
    raise AssertionError(command.communicate())


def table(folder: Path) -> list[dict[str, object]]:
    """The rows."""
    return results.read(folder / "out").to_pylist()


def right(rows: list[dict[str, object]]) -> bool:
    """Whether every picture has its own answer, once, in order."""
    indices = [row["index"] for row in rows] == list(range(len(rows)))
    return indices and all(
        row["status"] == "ok" and row["classes"][0] == i % CLASSES for i, row in enumerate(rows)
    )


def orphans(folder: Path) -> list[psutil.Process]:
    """Workers of this folder that are still there after the time in which they have to be gone."""
    end = time.monotonic() + 15
    while found := [process for process in psutil.process_iter(["cmdline"]) if _is_worker(process, folder)]:
        if time.monotonic() > end:
            return found
        time.sleep(0.1)
    return []


def _is_worker(process: psutil.Process, folder: Path) -> bool:
    line = process.info["cmdline"] or []
    return "reflop.systems.bulk.worker" in line and str(folder / "out") in line
