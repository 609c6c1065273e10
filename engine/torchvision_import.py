"""Importing torchvision where its compiled half does not fit the torch beside it.

PyPI's torchvision is built against CUDA's torch. Beside a CPU-only torch its library of operators
does not load, and its import then fails since it describes two operators that nobody has declared.
Atelier uses neither, so declaring them is enough.
"""

import sys
import warnings
from types import ModuleType

import torch

_BOXES = "Tensor dets, Tensor scores, float iou_threshold"


def torchvision_models() -> ModuleType:
    """The module `torchvision.models`. Raises ImportError where torchvision is not installed."""
    with warnings.catch_warnings():
        # It warns that it cannot read image files, which Pillow does here.
        warnings.simplefilter("ignore")
        try:
            import torchvision.models
        except RuntimeError as error:
            if "torchvision::nms" not in str(error):
                raise
            _declare_operators()
            import torchvision.models
    models: ModuleType = torchvision.models
    return models


def _declare_operators() -> None:
    """Declare what is missing, and forget the half of torchvision that was imported."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        del sys.modules[name]
    for name in ("nms", "qnms"):
        torch.library.define(f"torchvision::{name}", f"({_BOXES}) -> Tensor")
