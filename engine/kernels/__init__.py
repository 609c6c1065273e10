"""Triton kernels for what a GPU would otherwise do in many passes over memory.

Each does what plain torch does elsewhere, and `tests/engine/kernels` holds it against that.
Imported by `engine.gpu` alone, since Triton comes with torch for CUDA only.
"""

from engine.kernels.advice import advise_
from engine.kernels.curvature import combined, learn_, walk_
from engine.kernels.features import pooled, squared_distance, unpooled
from engine.kernels.pace import paced_
from engine.kernels.pictures import neighbour_pull, neighbour_squares
from engine.kernels.pulls import pulled
from engine.kernels.pyramid import composed, decompose_
from engine.kernels.stem import folded, unfolded

__all__ = [
    "advise_",
    "combined",
    "composed",
    "decompose_",
    "folded",
    "learn_",
    "neighbour_pull",
    "neighbour_squares",
    "paced_",
    "pooled",
    "pulled",
    "squared_distance",
    "unfolded",
    "unpooled",
    "walk_",
]
