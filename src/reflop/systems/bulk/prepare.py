"""A network as an ONNX file that takes pixels, for whoever serves it elsewhere."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch import Tensor

from reflop.engines import export, quantise
from reflop.errors import BadFile, BadParams
from reflop.files import require_writable, write_atomic
from reflop.systems.bulk import manifest, preprocess, sessions
from reflop.systems.bulk.sessions import Source

CALIBRATION_BATCH = 8
N_CALIBRATION = 64


def prepare(
    model: str,
    out: Path,
    weights: str = "",
    *,
    batch_size: int = 0,
    precision: str = "float32",
    pictures: Path | None = None,
) -> str:
    """Write `model` to `out`, for any batch size or for one; int8 takes its ranges from `pictures`.

    Every intermediate shape is exported for the batch size asked for (the original overwrote only the input's).

    Raises:
        BadParams: an unknown network or precision, or int8 without pictures.
    """
    if precision not in ("float32", "int8"):
        raise BadParams(what="--precision", expected="float32 or int8", found=precision)
    if (precision == "int8") != (pictures is not None):
        raise BadParams(
            what="--calibration", expected="a folder of pictures with int8, none else", found=str(pictures)
        )
    require_writable(out.parent)
    origin = sessions.source(model, weights)
    if isinstance(origin.model, Path):
        raise BadParams(what=model, expected="a network of `reflop list`", found="an ONNX file")
    example = torch.zeros((max(2, batch_size), origin.pixels, origin.pixels, 3), dtype=torch.uint8)
    with TemporaryDirectory(prefix="reflop-onnx-") as folder:
        path = export.onnx_file(origin.model, example, Path(folder) / "network.onnx", dynamic=batch_size == 0)
        if pictures is not None:
            path = quantise.static(path, _batches(pictures, origin, batch_size), Path(folder) / "int8.onnx")
        write_atomic(out, path.read_bytes())
    sizes = "any batch size" if batch_size == 0 else f"batches of {batch_size}"
    trained = "" if origin.trained else ", random weights"
    return f"{out}: {model} in {precision} for {sizes}, {out.stat().st_size:,} bytes{trained}"


def _batches(pictures: Path, origin: Source, batch_size: int) -> list[Tensor]:
    """The first readable pictures, in whole batches."""
    listed, found = manifest.listed(pictures), list[Tensor]()
    size = batch_size or CALIBRATION_BATCH
    wanted = max(1, round(N_CALIBRATION / size)) * size
    for position in range(len(listed)):
        try:
            found.append(preprocess.read(listed.path(position), origin.pixels))
        except BadFile:
            continue
        if len(found) == wanted:
            break
    if not found:
        raise BadFile(what=str(pictures), expected="pictures that can be read", found="none")
    found = [found[i % len(found)] for i in range(wanted)]
    return list(torch.stack(found).split(size))
