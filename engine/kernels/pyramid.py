"""The pyramid of pictures (B, 3, H, W), level by level: a pass over each, and no more."""

from collections.abc import Sequence
from itertools import pairwise

import torch
import triton
import triton.language as tl
from torch import Tensor

_SIZES = [
    "height",
    "width",
    "low",
    "short",
    "fine_stride",
    "coarse_stride",
    "at_stride",
    "out_stride",
    "kept_stride",
]
"""One kernel does for all canvases: to compile another takes as long as hundreds of steps."""
_DOUBLE_BLOCK = 1024
_HALVE_BLOCK = 256


@triton.jit(do_not_specialize=_SIZES, do_not_specialize_on_alignment=["fine", "coarse"])
def _double(
    fine, coarse, out, fine_stride, coarse_stride, gain,
    height, width, low, short,
    CHANNELS: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    plane = tl.program_id(0)
    picture, channel = (plane // CHANNELS).to(tl.int64), plane % CHANNELS
    place = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    y, x = place // width, place % width
    inside = y < height
    # Three quarters of the pixel in which it lies, and a quarter of the next one to its side.
    near_y, near_x = y // 2, x // 2
    far_y = tl.minimum(tl.maximum(near_y + y % 2 * 2 - 1, 0), low - 1) * short
    far_x = tl.minimum(tl.maximum(near_x + x % 2 * 2 - 1, 0), short - 1)
    near_y *= short
    coarse += picture * coarse_stride + channel * low * short
    found = 0.5625 * tl.load(coarse + near_y + near_x, mask=inside, other=0.0)
    found += 0.1875 * tl.load(coarse + near_y + far_x, mask=inside, other=0.0)
    found += 0.1875 * tl.load(coarse + far_y + near_x, mask=inside, other=0.0)
    found += 0.0625 * tl.load(coarse + far_y + far_x, mask=inside, other=0.0)
    pixels = height * width
    own = tl.load(fine + picture * fine_stride + channel * pixels + place, mask=inside, other=0.0)
    tl.store(out + plane.to(tl.int64) * pixels + place, own + gain * found, mask=inside)


def composed(levels: Sequence[Tensor], gain: float) -> Tensor:
    """The picture of levels (B, 3, h, w), the finest first: each is added to the coarser, doubled.

    A coarser level counts `gain`. The levels may be views of one vector a picture.
    """
    image = levels[-1]
    for level in reversed(levels[:-1]):
        batch, channels, height, width = level.shape
        out = torch.empty_like(level, memory_format=torch.contiguous_format)
        _double[(batch * channels, triton.cdiv(height * width, _DOUBLE_BLOCK))](
            level, image, out, level.stride(0), image.stride(0), gain, height, width,
            *image.shape[2:], CHANNELS=channels, BLOCK=_DOUBLE_BLOCK,
        )  # fmt: skip
        image = out
    return image


@triton.jit(do_not_specialize=_SIZES, do_not_specialize_on_alignment=["at", "out", "kept"])
def _halve(
    at, out, kept, at_stride, out_stride, kept_stride, gain,
    height, width, low, short,
    CHANNELS: tl.constexpr, KEEP: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    plane = tl.program_id(0)
    picture, channel = (plane // CHANNELS).to(tl.int64), plane % CHANNELS
    place = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    y, x = place // short, place % short
    at += picture * at_stride + channel * height * width
    kept += picture * kept_stride + channel * height * width
    found = tl.zeros((BLOCK,), tl.float32)
    for dy in tl.static_range(4):
        row = 2 * y - 1 + dy
        down = 0.75 if (dy == 1 or dy == 2) else 0.25
        # What lies beyond an end is the end itself.
        edge = ((dy == 1) & (y == 0)) | ((dy == 2) & (y == low - 1))
        down = tl.where(edge, 1.0, down)
        for dx in tl.static_range(4):
            column = 2 * x - 1 + dx
            across = 0.75 if (dx == 1 or dx == 2) else 0.25
            end = ((dx == 1) & (x == 0)) | ((dx == 2) & (x == short - 1))
            across = tl.where(end, 1.0, across)
            there = (row >= 0) & (row < height) & (column >= 0) & (column < width) & (y < low)
            value = tl.load(at + row * width + column, mask=there, other=0.0)
            found += down * across * value
            if KEEP and (dy == 1 or dy == 2) and (dx == 1 or dx == 2):
                tl.store(kept + row * width + column, value, mask=there)
    out += picture * out_stride + channel * low * short
    tl.store(out + place, gain * found, mask=y < low)


def decompose_(at: Tensor, levels: Sequence[Tensor], gain: float) -> None:
    """The transpose of `composed`: puts into the levels what `at` (B, 3, H, W) is at each."""
    at = at.contiguous()
    if len(levels) == 1:
        levels[0].copy_(at)
    for fine, coarse in pairwise(levels):
        first = fine is levels[0]
        source = at if first else fine
        batch, channels, low, short = coarse.shape
        _halve[(batch * channels, triton.cdiv(low * short, _HALVE_BLOCK))](
            source, coarse, fine, source.stride(0), coarse.stride(0), fine.stride(0), gain,
            *fine.shape[2:], low, short,
            CHANNELS=channels, KEEP=first, BLOCK=_HALVE_BLOCK,
        )  # fmt: skip
