"""The session of a GPU: as a whole on a GPU, and without one all but the recording of the graph."""

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn

from reflop.engines import ENGINES, cuda, cuda_compile
from reflop.errors import Unavailable
from reflop.models.pixels import FromPixels
from tests.engines.without_gpu import Stream, pretend

TOLERANCE = {"float32": 1e-5, "bfloat16": 0.05, "float16": 0.01}


@pytest.fixture(scope="module")
def pixels() -> tuple[nn.Module, list[Tensor]]:
    """A small network that takes pixels, and batches of them."""
    generator = torch.Generator().manual_seed(0)
    layers = [
        nn.Conv2d(3, 16, 3, padding=1),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(4),
        nn.Flatten(),
        nn.Linear(256, 10),
    ]
    sizes = (4, 4, 2, 4, 7, 4)
    batches = [torch.randint(256, (n, 16, 16, 3), dtype=torch.uint8, generator=generator) for n in sizes]
    return FromPixels(nn.Sequential(*layers)).eval(), batches


def agrees(name: str, precision: str, pixels: tuple[nn.Module, list[Tensor]]) -> None:
    """Every batch size, alone and in a stream, gives what the network gives, in the precision that it says."""
    model, batches = pixels
    with torch.inference_mode():
        expected = [model(batch) for batch in batches]
    session = {"cuda": cuda, "cuda_compile": cuda_compile}[name].prepare(model, batches[0], precision)
    for found in ([session.run(batch) for batch in batches], list(session.stream(iter(batches)))):
        for logits, wanted in zip(found, expected, strict=True):
            assert (logits.dtype, logits.device.type) == (torch.float32, "cpu")
            assert float((logits - wanted).norm() / wanted.norm()) < TOLERANCE[precision]
            assert (precision == "float32") or not torch.equal(logits, wanted)
    told = session.describe()
    assert told.precision == precision
    assert told.facts["device"]
    assert (session.engine, session.asked, session.batch) == (name, precision, None)


@pytest.mark.parametrize("name", ["cuda", "cuda_compile"])
@pytest.mark.parametrize("precision", ["float32", "bfloat16", "float16"])
def test_on_a_gpu(name: str, precision: str, pixels: tuple[nn.Module, list[Tensor]]) -> None:
    if reason := ENGINES[name].available():
        pytest.skip(reason)
    if not torch.cuda.is_available():
        pytest.skip("torch cannot use the GPU")
    agrees(name, precision, pixels)


@pytest.mark.parametrize("precision", ["float32", "bfloat16", "float16"])
def test_without_a_gpu(
    precision: str, pixels: tuple[nn.Module, list[Tensor]], monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(monkeypatch)
    agrees("cuda", precision, pixels)


def test_compiled_with_tuned_kernels_and_without_graphs_of_its_own(
    pixels: tuple[nn.Module, list[Tensor]], monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(monkeypatch)
    asked: dict[str, object] = {}

    def compiled(network: nn.Module, **how: object) -> nn.Module:
        asked.update(how)
        return network

    monkeypatch.setattr(torch, "compile", compiled)
    agrees("cuda_compile", "float32", pixels)
    assert asked == {"dynamic": False, "options": cuda.TUNED}
    mode = torch._inductor.list_mode_options("max-autotune-no-cudagraphs")
    assert {"freezing": True} | mode == cuda.TUNED


def test_numbers_are_brought_into_the_type_of_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch)
    model = nn.Conv2d(3, 4, 3)
    batch = torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    seen = []
    handle = model.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    session = cuda.prepare(model, batch, "bfloat16")
    handle.remove()
    with torch.inference_mode():
        torch.testing.assert_close(session.run(batch), model(batch), rtol=0.05, atol=0.05)
    assert seen[-1].dtype == torch.bfloat16
    assert seen[-1].is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_stream_takes_two_batches_before_it_gives_and_keeps_their_order(count: int) -> None:
    events: list[str] = []

    def start(batch: Tensor, number: int) -> cuda.Landing:
        events.append(f"start {int(batch)} in {number}")
        return lambda: events.append(f"land {int(batch)}") or batch

    def batches() -> Iterator[Tensor]:
        yield from torch.arange(count)

    assert [int(found) for found in cuda.overlapped(start, batches())] == list(range(count))
    if count > 1:
        assert events[:3] == ["start 0 in 0", "start 1 in 1", "land 0"]
    for before, after in zip(
        range(count), range(cuda.LANES, count), strict=False
    ):  # a lane is free when taken
        assert events.index(f"land {before}") < events.index(f"start {after} in {after % cuda.LANES}")


def test_a_lane_waits_for_its_last_batch_before_it_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch)
    lane = cuda.Lane(torch.zeros(3, 2), torch.device("cpu"))
    assert isinstance(lane.stream, Stream)
    first = lane.start(torch.ones(3, 2), lambda given: given.sum(1))
    second = lane.start(torch.full((2, 2), 5.0), lambda given: given.sum(1))  # the first has not been fetched
    assert first().tolist() == [2, 2, 2]
    assert second().tolist() == [10, 10]
    assert lane.stream.waits == 4


def test_float32_convolutions_are_not_shortened_and_the_setting_is_put_back() -> None:
    before = torch.backends.cudnn.allow_tf32, torch.backends.cudnn.benchmark
    with cuda.exact():
        assert (torch.backends.cudnn.allow_tf32, torch.backends.cudnn.benchmark) == (False, True)
    assert (torch.backends.cudnn.allow_tf32, torch.backends.cudnn.benchmark) == before


@pytest.mark.parametrize(
    ("name", "count", "told"),
    [("cuda", 0, "no CUDA GPU"), ("cuda:2", 2, "2 CUDA GPUs"), ("cpu", 1, "1 CUDA GPU")],
)
def test_device_that_is_not_there(name: str, count: int, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: count > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
    with pytest.raises(Unavailable, match=f"device {name}: found {told}"):
        cuda.device_of(name)
    if count > 1:
        assert cuda.device_of("cuda") == torch.device("cuda", 0)
        assert cuda.device_of("cuda:1") == torch.device("cuda", 1)
