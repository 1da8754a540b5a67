"""ONNX files from anywhere: checked in memory, before any runtime parses them.

Every byte of a network has to be in the one file. Weights in other files are where hostile paths, links and sizes come
in, and runtimes open these files themselves, so such networks are refused, wherever they point.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reflop.errors import BadFile, BadParams, ReflopError, RunFailed

if TYPE_CHECKING:
    from onnx import ModelProto

LIMIT_BYTES = 2**30  # three times the largest ResNeXt
RUNTIME = {"com.microsoft"}  # operators that only ONNX Runtime knows; it refuses what it does not
EMBED = "where the file was made: onnx.save(model, path, save_as_external_data=False)"


@dataclass(frozen=True)
class Input:
    """What a network takes; a number in `shape` is fixed, a name is not."""

    name: str
    dtype: str
    shape: tuple[int | str, ...]


def checked(path: Path, example: Any = None) -> bytes:
    """The content of a self-contained ONNX file with one input, all of whose operators are known.

    Its network takes batches like `example` (B, ...), if one is given.

    Raises:
        BadFile: anything else, in one line.
        BadParams: batches of another number type, or of a size other than the one that the file fixes.
    """
    content, model = _read(path)
    if example is None:
        return content
    given, dtype = _input(path, model), str(example.dtype).removeprefix("torch.")
    sizes = zip(given.shape, example.shape, strict=False)
    same = len(given.shape) == example.ndim and all(isinstance(a, str) or a == b for a, b in sizes)
    if not same or dtype != given.dtype:
        wanted = f"{given.dtype} ({', '.join(map(str, given.shape))})"
        raise BadParams(what=str(path), expected=wanted, found=f"{dtype} {tuple(example.shape)}")
    return content


def input_of(path: Path) -> Input:
    """Name, number type and shape of the input of a file that `checked` accepts.

    Raises:
        BadFile: any other file.
    """
    return _input(path, _read(path)[1])


def _input(path: Path, model: ModelProto) -> Input:
    import onnx

    given = _inputs(model)[0]
    kind = given.type.tensor_type
    try:
        dtype = onnx.helper.tensor_dtype_to_np_dtype(kind.elem_type).name
    except KeyError:
        raise BadFile(what=str(path), expected="an input of numbers", found=_shown(given.name)) from None
    shape = tuple(d.dim_value if d.dim_value > 0 else d.dim_param or "?" for d in kind.shape.dim)
    return Input(given.name, dtype, shape)


@contextmanager
def told_by(runtime: str) -> Iterator[None]:
    """Tell in one line why a runtime does not take a network: it may lack an operator that others have.

    Raises:
        RunFailed: with the last lines of what it says, which name the operator.
    """
    try:
        yield
    except (ReflopError, MemoryError):
        raise
    except Exception as error:  # each runtime has classes of its own
        lines = [line for line in str(error).splitlines() if line and "https://" not in line]
        found = " ".join(lines[-2:])[:200] or type(error).__name__
        raise RunFailed(what=runtime, expected="a network that it can run", found=found) from None


def _read(path: Path) -> tuple[bytes, ModelProto]:
    """Content and meaning of a good file."""
    import onnx
    from google.protobuf.message import DecodeError

    content = _content(path)
    try:
        model = onnx.load_model_from_string(content)
    except DecodeError:
        raise BadFile(what=str(path), expected="an ONNX file", found="a damaged or different one") from None
    _require_data(path, model)
    _require_operators(path, model)
    inputs, outputs = len(_inputs(model)), len(model.graph.output)
    if inputs != 1 or not outputs:
        found = f"{inputs} and {outputs}"
        raise BadFile(what=str(path), expected="a network of one input and at least one output", found=found)
    try:
        onnx.checker.check_model(content)
    except onnx.checker.ValidationError as error:
        found = str(error).strip().partition("\n")[0][:200]
        raise BadFile(what=str(path), expected="a valid ONNX graph", found=found) from None
    return content, model


def _content(path: Path) -> bytes:
    if not path.is_file():
        raise BadFile(
            what=str(path), expected="an ONNX file", found="no file" if path.exists() else "nothing"
        )
    try:
        with path.open("rb") as file:
            content = file.read(LIMIT_BYTES + 1)
    except OSError as error:
        raise BadFile(what=str(path), expected="a readable file", found=str(error.strerror)) from None
    if len(content) > LIMIT_BYTES:
        found = f"{path.stat().st_size:,}"
        raise BadFile(what=str(path), expected=f"at most {LIMIT_BYTES:,} bytes", found=found)
    return content


def _require_data(path: Path, model: ModelProto) -> None:
    """Every tensor, wherever it hides, lies in this file and is as large as it says."""
    from onnx import TensorProto, numpy_helper

    for tensor in _messages(model, TensorProto):
        name = _shown(tensor.name)
        if tensor.external_data or tensor.data_location == TensorProto.EXTERNAL:
            place = {entry.key: entry.value for entry in tensor.external_data}.get("location", "")
            found = f"{name} in another file, {_shown(place)}"
            raise BadFile(what=str(path), expected="all weights in the one file", found=found, then=EMBED)
        try:
            fits = numpy_helper.to_array(tensor).shape == tuple(tensor.dims)
        except (ValueError, TypeError, KeyError):
            fits = False
        if not fits:
            found = f"{name} of {list(tensor.dims)[:8]} with other data"
            raise BadFile(what=str(path), expected="tensors as large as they say", found=found)


def _require_operators(path: Path, model: ModelProto) -> None:
    """Every operator is one of the standard's, of ONNX Runtime's, or a function that the file defines itself."""
    from onnx import NodeProto, defs

    own = {(function.domain, function.name) for function in model.functions}
    for node in _messages(model, NodeProto):
        domain = "" if node.domain == "ai.onnx" else node.domain
        if domain not in RUNTIME and (domain, node.op_type) not in own and not defs.has(node.op_type, domain):
            found = f"{_shown(node.op_type)} of domain {_shown(domain)}"
            raise BadFile(what=str(path), expected="known operators", found=found)


def _inputs(model: ModelProto) -> list[Any]:
    """The inputs that no weight of the file fills."""
    filled = {tensor.name for tensor in model.graph.initializer}
    filled |= {tensor.values.name for tensor in model.graph.sparse_initializer}
    return [given for given in model.graph.input if given.name not in filled]


def _messages(root: Any, kind: type) -> Iterator[Any]:
    """Every message of a kind at any depth: in attributes, subgraphs, functions, sparse tensors, training."""
    if isinstance(root, kind):
        yield root
    for field, value in root.ListFields():
        if field.message_type is not None:
            for part in [value] if hasattr(value, "ListFields") else value:
                yield from _messages(part, kind)


def _shown(text: str) -> str:
    return repr(text[:60])
