"""Bulk inference: pictures per second of every engine, precision and batch size, nothing but the network running.

Source:   Graphcore, ResNeXt-101 bulk inference (2019 to 2023), whose rates were shown as charts only; the network is
          that of Xie et al., "Aggregated residual transformations for deep neural networks" (CVPR 2017)
Run:      reflop run bulk.throughput
Cost:     60 s on two CPU cores (book), 17 min (long)
Expected: fused engines beat eager float32 by half, bfloat16 and int8 by two to four times (AVX-512 BF16 and VNNI)
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import torch
from torch import Tensor, nn

from reflop.engines import ENGINES, ceiling
from reflop.engines.asked import asked, none_can_run
from reflop.engines.turns import WARMUP, Turn, cut
from reflop.errors import Unavailable
from reflop.measure import timing
from reflop.measure.peaks import peaks
from reflop.models import resnext
from reflop.models.pixels import FromPixels
from reflop.progress import track
from reflop.record import Measured
from reflop.systems.bulk import counts, networks
from reflop.systems.bulk.params import Throughput
from reflop.systems.bulk.rates import Rates, Row

N_CALIBRATION = 16


def throughput(params: Throughput, work: Path) -> Measured:
    """Images per second with random weights (speed does not follow from them) and pixels that lie in memory.

    Mode "compute": nothing is read or decoded; `bulk.scaling` has the way from files. Turns of all contenders are
    interleaved; ratios are to PyTorch's eager float32 at its own best batch size, round by round. int8 takes its ranges
    from random pixels, which serves for speed only. All engines get as many threads as PyTorch has: all cores, unless
    OMP_NUM_THREADS says less.

    Run:      reflop run bulk.throughput -p contenders='["torch-float32", "openvino-bfloat16"]'
    Cost:     60 s on two CPU cores (book), 17 min (long)
    Expected: see the module

    Raises:
        BadParams: an engine that does not exist, or a precision that it does not have.
        Unavailable: no contender can run here.
    """
    turns, missing = _prepared(params, work)
    if not turns:
        raise none_can_run((str(row["unavailable"]) for row in missing), params.device)
    told = {turn.name: turn.session.describe() for turn in turns}
    roofs = ceiling.roofs(params.device, work=work)
    times = timing.interleaved({turn.name: turn for turn in turns}, params.rounds, WARMUP)
    rates, work_done = Rates(turns, times), counts.counted(params.model)
    macs = int(work_done["macs"].value)
    rows = [rates.row(turn, told[turn.name], macs, roofs) for turn in turns]
    machine = {f"roof_{precision}": roof.rate for precision, roof in roofs.items()}
    machine["memory_copy"] = peaks(params.device)["copy"]
    return Measured(rates.metrics(work_done) | counts.published() | machine, rows + missing)


def _prepared(params: Throughput, work: Path) -> tuple[list[Turn], list[Row]]:
    """The turns of all contenders, and a row with the reason for each that cannot run here."""
    network, size = _network(params.model), resnext.SIZES[params.model].pixels
    shape = (max(2 * max(params.batch_sizes), N_CALIBRATION), size, size, 3)
    generator = torch.Generator().manual_seed(params.seed)
    pixels = torch.randint(256, shape, dtype=torch.uint8, generator=generator)
    turns, missing = list[Turn](), list[Row]()
    for pair in track(asked(params.contenders, params.device), "engines prepared"):
        try:
            turns += _contender(network, pixels, pair, params, work)
        except Unavailable as reason:
            missing.append({"engine": pair[0], "precision": pair[1], "unavailable": str(reason)})
    return turns, missing


def _network(model: str) -> nn.Module:
    """The network with random weights, whose activations neither grow nor vanish."""
    network = FromPixels(resnext.build(model, counts.classes(model))).eval()
    networks.settle(network)
    return network


def _contender(
    network: nn.Module, pixels: Tensor, pair: tuple[str, str], params: Throughput, work: Path
) -> Iterator[Turn]:
    """A turn for each batch size, with one session for all of them unless it is made for one."""
    engine, precision = pair
    session, prepare_s, fitted = None, 0.0, ENGINES[engine].device == "cuda"  # at its best in one size only
    calibration = pixels[:N_CALIBRATION].split(N_CALIBRATION // 2) if precision == "int8" else ()
    for size in sorted(set(params.batch_sizes), reverse=True):
        if session is None or fitted or session.batch not in (None, size):
            start = perf_counter()
            session = ENGINES[engine].prepare(
                network, pixels[:size], precision, threads=torch.get_num_threads(), calibration=calibration,
                store=work, device=params.device,
            )  # fmt: skip
            prepare_s = perf_counter() - start
        yield Turn(engine, precision, session, cut(pixels, size, params.images, session), prepare_s)
