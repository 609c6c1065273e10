"""Whether there are kernels of our own for a tensor's device."""

import importlib
import importlib.util
from functools import cache
from typing import Any

import structlog
import torch
from torch import Tensor

log = structlog.get_logger(__name__)


def kernels_for(tensor: Tensor) -> Any:
    """`engine.kernels` for a tensor on a GPU where they work, else None: then torch's own do it."""
    return _kernels(tensor.device) if tensor.device.type == "cuda" else None


@cache
def _kernels(device: torch.device) -> Any:
    if importlib.util.find_spec("triton") is None:
        return None
    try:
        kernels = importlib.import_module("engine.kernels")
        kernels.neighbour_squares(torch.zeros(1, 3, 8, 8, device=device))
    except Exception as error:  # it compiles at run time, and lacks a compiler in many ways
        why = str(error).strip().splitlines()[:1]
        log.warning("no_kernels", why=why, next="torch's own are used; install a C compiler (gcc)")
        return None
    return kernels
