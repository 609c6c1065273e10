"""Where the kernels run: on a GPU, or where there is none in Triton's interpreter."""

import importlib.util
import os

import pytest
import torch
from torch import Tensor

if importlib.util.find_spec("triton") is None:
    pytest.skip("Triton comes with torch for CUDA only", allow_module_level=True)
CUDA = torch.cuda.is_available()
if not CUDA:
    os.environ["TRITON_INTERPRET"] = "1"

from engine import kernels

__all__ = ["CUDA", "DEVICE", "kernels", "nhwc", "noise"]

DEVICE = "cuda" if CUDA else "cpu"


def noise(*shape: int, seed: int = 0) -> Tensor:
    """Random numbers of a normal distribution."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed)).to(DEVICE)


def nhwc(tensor: Tensor) -> Tensor:
    """As a GPU has features."""
    return tensor.contiguous(memory_format=torch.channels_last)
