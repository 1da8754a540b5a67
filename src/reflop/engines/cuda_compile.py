"""PyTorch on an NVIDIA GPU, compiled by Inductor and recorded as a CUDA graph."""

from functools import partial

from reflop.engines import cuda

prepare = partial(cuda.prepare, compiled=True)
