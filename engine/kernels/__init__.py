"""Triton kernels for what a GPU would otherwise do in many passes over memory.

Each does what plain torch does elsewhere, and `tests/engine/kernels` holds it against that.
Imported by `engine.gpu` alone, since Triton comes with torch for CUDA only.
"""

from engine.kernels.curvature import combined, learn_, walk_
from engine.kernels.features import pooled, squared_distance, unpooled
from engine.kernels.pictures import neighbour_pull, neighbour_squares, undoubled
from engine.kernels.pulls import pulled

__all__ = [
    "combined",
    "learn_",
    "neighbour_pull",
    "neighbour_squares",
    "pooled",
    "pulled",
    "squared_distance",
    "undoubled",
    "unpooled",
    "walk_",
]
