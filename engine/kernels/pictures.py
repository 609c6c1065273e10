"""How smooth pictures (B, 3, H, W) are."""

import torch
import triton
import triton.language as tl
from torch import Tensor

_BLOCK = 1024


@triton.jit
def _neighbours(x, out, height, width, blocks, BLOCK: tl.constexpr):
    plane, block = tl.program_id(0), tl.program_id(1)
    place = block * BLOCK + tl.arange(0, BLOCK)
    row, column = place // width, place % width
    base = x + plane.to(tl.int64) * height * width
    here = tl.load(base + place, mask=row < height, other=0.0)
    right = tl.load(base + place + 1, mask=(row < height) & (column + 1 < width), other=0.0)
    below = tl.load(base + place + width, mask=row + 1 < height, other=0.0)
    across = tl.where((row < height) & (column + 1 < width), right - here, 0.0)
    down = tl.where(row + 1 < height, below - here, 0.0)
    tl.store(out + (plane * blocks + block) * 2, tl.sum(across * across, 0))
    tl.store(out + (plane * blocks + block) * 2 + 1, tl.sum(down * down, 0))


def neighbour_squares(x: Tensor) -> Tensor:
    """(B, 2): the sums of squared differences of neighbours of (B, 3, H, W), across and down."""
    x = x.contiguous()
    batch, channels, height, width = x.shape
    blocks = triton.cdiv(height * width, _BLOCK)
    out = x.new_empty((batch, channels * blocks, 2))
    _neighbours[(batch * channels, blocks)](x, out, height, width, blocks, BLOCK=_BLOCK)
    return out.sum(dim=1)


@triton.jit
def _smooth(x, factors, out, height, width, channels, BLOCK: tl.constexpr):
    plane = tl.program_id(0)
    place = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    row, column = place // width, place % width
    base = x + plane.to(tl.int64) * height * width
    across = tl.load(factors + plane // channels * 2)
    down = tl.load(factors + plane // channels * 2 + 1)
    inside = row < height
    here = tl.load(base + place, mask=inside, other=0.0)
    found = tl.zeros((BLOCK,), tl.float32)
    there = inside & (column > 0)
    found += tl.where(
        there, across * (here - tl.load(base + place - 1, mask=there, other=0.0)), 0.0
    )
    there = inside & (column + 1 < width)
    found += tl.where(
        there, across * (here - tl.load(base + place + 1, mask=there, other=0.0)), 0.0
    )
    there = inside & (row > 0)
    found += tl.where(
        there, down * (here - tl.load(base + place - width, mask=there, other=0.0)), 0.0
    )
    there = row + 1 < height
    found += tl.where(
        there, down * (here - tl.load(base + place + width, mask=there, other=0.0)), 0.0
    )
    tl.store(out + plane.to(tl.int64) * height * width + place, found, mask=inside)


def neighbour_pull(x: Tensor, factors: Tensor) -> Tensor:
    """Each pixel less its neighbours, times factors (B, 2) across and down, of (B, 3, H, W)."""
    x = x.contiguous()
    batch, channels, height, width = x.shape
    out = torch.empty_like(x)
    blocks = triton.cdiv(height * width, _BLOCK)
    _smooth[(batch * channels, blocks)](
        x, factors.float().contiguous(), out, height, width, channels, BLOCK=_BLOCK
    )
    return out
