"""Measure the sections of one system on a CUDA GPU, on a machine that has little more than torch.

    PYTHONPATH=src python workflow/gpu_bench.py --system optical

The device is checked against float64; then every section that takes a device runs at each preset, and each record
becomes a line of $OUT/records.jsonl, for `reflop keep`. Exits 0, 1 when something failed, or 3 without a GPU.
"""

import argparse
import os
import signal
import sys
import time
from pathlib import Path
from typing import NoReturn

import numpy as np
import torch

from reflop import catalog, run
from reflop.errors import ReflopError
from reflop.files import records_folder, write_atomic
from reflop.params import PRESETS

LIMIT_S = 480
TOLERANCE = 1e-4  # of the mean value; float32 keeps it, a GPU's short formats (TF32, float16) do not


def main() -> int:
    """Parse the command line, check, measure; the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--system", required=True, choices=sorted(catalog.SYSTEMS))
    parser.add_argument("--presets", nargs="+", default=["book", "long"], choices=PRESETS)
    parser.add_argument("--device", default="cuda:0")
    chosen = parser.parse_args()
    if not torch.cuda.is_available():
        print("gpu_bench: no CUDA GPU that torch can use here", file=sys.stderr)
        return 3
    out = Path(os.environ.get("OUT", ".")) / "records.jsonl"
    good = checked(chosen.system, chosen.device) and measured(
        chosen.system, chosen.presets, chosen.device, out
    )
    return 0 if good else 1


def checked(system: str, device: str) -> bool:
    """Whether the device computes what float64 says, as far as this system has a check."""
    errors = CHECKS[system](device) if system in CHECKS else {}
    for name, error in errors.items():
        print(f"{name} on {device}: error {error:.1e} of the mean, allowed {TOLERANCE:.0e}", flush=True)
    return all(error <= TOLERANCE for error in errors.values())


def measured(system: str, presets: list[str], device: str, out: Path, limit_s: int = LIMIT_S) -> bool:
    """Run the sections, one preset after the other, until the time is up; whether all that began ended well."""
    signal.signal(signal.SIGALRM, _time_is_up)
    end, lines, ended = time.monotonic() + limit_s, "", set()
    known = {name: entry.params for name, entry in catalog.sections().items() if entry.system == system}
    for name, preset in [(n, p) for p in presets for n, params in known.items() if p in params.presets()]:
        if "device" not in known[name].model_fields or (left := end - time.monotonic()) <= 0:
            continue
        signal.setitimer(signal.ITIMER_REAL, left)
        try:
            record = run(name, preset, fresh=True, device=device)
            lines += (records_folder() / record.file_name).read_text(encoding="utf-8")
            write_atomic(out, lines)  # after each: whatever happens next, this much is there
            status, told = str(record.status), record.reason
        except ReflopError as error:
            status, told = "failed", str(error)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        ended.add(status)
        print(f"{name} ({preset}): {status} {told}".strip(), flush=True)
    return bool(ended) and "failed" not in ended


def _time_is_up(*_: object) -> NoReturn:
    raise TimeoutError("the time of the whole bench is over")  # noqa: EM101


def _optical(device: str) -> dict[str, float]:
    """Largest error of features: the Gaussian engines against float64, the structured one against the CPU."""
    from reflop.systems.optical import features
    from reflop.systems.optical.engines import gaussian

    n, m = 1000, 1500  # two blocks
    bits = torch.from_numpy(np.random.default_rng(0).integers(0, 2, (64, n), dtype=np.uint8))
    parts = [gaussian.matrix(n, np.random.SeedSequence(0, spawn_key=(block,))) for block in range(2)]
    product = bits.double() @ torch.from_numpy(np.concatenate(parts)).double().T  # real, imaginary, real, ...
    exact = product.view(len(bits), -1, 2).square().sum(-1)[:, :m]
    expected = {"dense": exact, "blocked": exact, "structured": features(bits, m).double()}
    found = {name: features(bits, m, name, device=device).cpu() for name in expected}
    return {name: float((found[name] - y).abs().max() / y.mean()) for name, y in expected.items()}


def _bulk(device: str) -> dict[str, float]:
    """Largest error of the logits of a network of fifty layers in float32, of their mean size, against float64.

    Rounding the factors of its convolutions as TF32 does gives 2e-3; float32 on a processor gives 2e-6.
    """
    from reflop.models import resnext
    from reflop.models.pixels import FromPixels

    generator = torch.Generator().manual_seed(0)
    pixels = torch.randint(256, (2, 224, 224, 3), dtype=torch.uint8, generator=generator)
    return _logits(FromPixels(resnext.build("resnext50_32x4d")), pixels, pixels, device)


def _folded(device: str) -> dict[str, float]:
    """Largest error of the logits of a game network at fold 4 in float32, of their mean size, against float64."""
    from reflop.systems.folded import build

    images = torch.rand(8, 12, 22, 52, generator=torch.Generator().manual_seed(0))
    return _logits(build("lol/goldnumber-fraction", 4), images, images.double(), device)


def _logits(
    network: torch.nn.Module, x: torch.Tensor, exactly: torch.Tensor, device: str
) -> dict[str, float]:
    """Largest error behind the device's engine, run and streamed; the network becomes one of float64."""
    from reflop.engines import ENGINES

    engine = "cuda" if device.startswith("cuda") else "torch"
    session = ENGINES[engine].prepare(network, x, "float32", device=device)
    found = {"run": session.run(x), "stream": list(session.stream([x] * 3))[-1]}
    with torch.inference_mode():
        exact = network.double()(exactly)
    return {
        f"{engine}, {name}": float((y - exact).abs().max() / exact.abs().mean()) for name, y in found.items()
    }


CHECKS = {"optical": _optical, "bulk": _bulk, "folded": _folded}

if __name__ == "__main__":
    sys.exit(main())
