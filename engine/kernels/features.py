"""Features as the networks leave them, channels last: pooling, and losses without a unit."""

import torch
import triton
import triton.language as tl
from torch import Tensor

_BLOCK = 1024


@triton.jit
def _pool(
    x, out, taken,
    height, width, low, short, channels,
    WINDOW: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    line = tl.program_id(0)
    picture, row = line // low, line % low
    place = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    column, channel = place // channels, place % channels
    inside = column < short
    best = tl.full((BLOCK,), -float("inf"), tl.float32)
    which = tl.zeros((BLOCK,), tl.int32)
    for dy in tl.static_range(WINDOW):
        y = 2 * row + dy
        above = x + (picture.to(tl.int64) * height + y) * width * channels
        for dx in tl.static_range(WINDOW):
            left = 2 * column + dx
            there = inside & (y < height) & (left < width)
            value = tl.load(above + left * channels + channel, mask=there, other=-float("inf"))
            value = value.to(tl.float32)
            # What is not a number is taken, as torch does.
            better = (value > best) | (value != value)
            best = tl.where(better, value, best)
            which = tl.where(better, dy * WINDOW + dx, which)
    place += line.to(tl.int64) * short * channels
    tl.store(out + place, best.to(out.dtype.element_ty), mask=inside)
    tl.store(taken + place, which.to(tl.uint8), mask=inside)


@triton.jit
def _unpool(
    at, taken, out,
    height, width, low, short, channels,
    WINDOW: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    line = tl.program_id(0)
    picture, row = line // height, line % height
    place = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    column, channel = place // channels, place % channels
    inside = column < width
    found = tl.zeros((BLOCK,), tl.float32)
    for back_y in tl.static_range((WINDOW + 1) // 2):
        y = row // 2 - back_y
        dy = row - 2 * y
        above = (picture.to(tl.int64) * low + y) * short * channels
        for back_x in tl.static_range((WINDOW + 1) // 2):
            x = column // 2 - back_x
            dx = column - 2 * x
            there = inside & (y >= 0) & (y < low) & (x >= 0) & (x < short)
            there = there & (dy < WINDOW) & (dx < WINDOW)
            source = above + x * channels + channel
            which = tl.load(taken + source, mask=there, other=255).to(tl.int32)
            value = tl.load(at + source, mask=there & (which == dy * WINDOW + dx), other=0.0)
            found += value.to(tl.float32)
    place += line.to(tl.int64) * width * channels
    tl.store(out + place, found.to(out.dtype.element_ty), mask=inside)


def pooled(x: Tensor, window: int, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Max pooling with stride 2 of (B, C, h, w), channels last, to `size`; and which were taken."""
    batch, channels, height, width = x.shape
    out = _channels_last(x, (batch, channels, *size))
    taken = _channels_last(x, (batch, channels, *size), torch.uint8)
    grid = batch * size[0], triton.cdiv(size[1] * channels, _BLOCK)
    _pool[grid](x, out, taken, height, width, *size, channels, WINDOW=window, BLOCK=_BLOCK)
    return out, taken


def unpooled(at: Tensor, taken: Tensor, window: int, size: tuple[int, int]) -> Tensor:
    """The gradient (B, C, h, w) at what was pooled, of that at the result; `size` is (h, w)."""
    at = at.contiguous(memory_format=torch.channels_last)
    batch, channels, low, short = at.shape
    out = _channels_last(at, (batch, channels, *size))
    grid = batch * size[0], triton.cdiv(size[1] * channels, _BLOCK)
    _unpool[grid](at, taken, out, *size, low, short, channels, WINDOW=window, BLOCK=_BLOCK)
    return out


def _channels_last(
    like: Tensor, shape: tuple[int, ...], dtype: torch.dtype | None = None
) -> Tensor:
    return torch.empty(
        shape,
        dtype=dtype or like.dtype,
        device=like.device,
        memory_format=torch.channels_last,
    )


@triton.jit
def _differ(x, target, out, numel, blocks, BLOCK: tl.constexpr, LOOPS: tl.constexpr):
    picture, block = tl.program_id(0), tl.program_id(1)
    found = tl.zeros((BLOCK,), tl.float32)
    for loop in range(LOOPS):
        place = (block * LOOPS + loop) * BLOCK + tl.arange(0, BLOCK)
        inside = place < numel
        vector = picture.to(tl.int64) * numel + place
        a = tl.load(x + vector, mask=inside, other=0.0).to(tl.float32)
        b = tl.load(target + vector, mask=inside, other=0.0).to(tl.float32)
        found += (a - b) * (a - b)
    tl.store(out + picture * blocks + block, tl.sum(found, 0))


def squared_distance(x: Tensor, target: Tensor) -> Tensor:
    """(B,): |x - target|^2 of features that lie alike, without keeping the difference."""
    numel, loops = x[0].numel(), 8
    blocks = triton.cdiv(numel, _BLOCK * loops)
    out = torch.empty((len(x), blocks), dtype=torch.float32, device=x.device)
    _differ[(len(x), blocks)](x, target, out, numel, blocks, BLOCK=_BLOCK, LOOPS=loops)
    return out.sum(dim=1)


@triton.jit
def _pull(gradient, x, target, factors, out, numel, HAS: tl.constexpr, BLOCK: tl.constexpr):
    picture = tl.program_id(0)
    place = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    inside = place < numel
    vector = picture.to(tl.int64) * numel + place
    factor = tl.load(factors + picture)
    a = tl.load(x + vector, mask=inside, other=0.0).to(tl.float32)
    b = tl.load(target + vector, mask=inside, other=0.0).to(tl.float32)
    found = factor * (a - b)
    if HAS:
        found += tl.load(gradient + vector, mask=inside, other=0.0).to(tl.float32)
    tl.store(out + vector, found.to(out.dtype.element_ty), mask=inside)


def pulled(gradient: Tensor | None, x: Tensor, target: Tensor, factors: Tensor) -> Tensor:
    """gradient + factors (B,) * (x - target), for tensors (B, C, h, w) that lie alike."""
    out = torch.empty_like(x)
    numel = x[0].numel()
    _pull[(len(x), triton.cdiv(numel, _BLOCK))](
        x if gradient is None else gradient, x, target, factors.float().contiguous(), out, numel,
        HAS=gradient is not None, BLOCK=_BLOCK,
    )  # fmt: skip
    return out
