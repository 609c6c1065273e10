"""Features as the networks leave them, channels last: pooling, and the distance of a target."""

import torch
import triton
import triton.language as tl
from torch import Tensor

_BLOCK = 1024
_NONE = 255
"""Where no number of a window was taken."""


@triton.jit
def _pool(
    x, out, taken,
    height, width, low, short,
    CHANNELS: tl.constexpr, WINDOW: tl.constexpr, NONE: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    line = tl.program_id(0)
    picture, row = line // low, line % low
    place = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    column, channel = place // CHANNELS, place % CHANNELS
    inside = column < short
    best = tl.full((BLOCK,), -float("inf"), tl.float32)
    which = tl.zeros((BLOCK,), tl.int32)
    for dy in tl.static_range(WINDOW):
        y = 2 * row + dy
        above = x + (picture.to(tl.int64) * height + y) * width * CHANNELS
        for dx in tl.static_range(WINDOW):
            left = 2 * column + dx
            there = inside & (y < height) & (left < width)
            value = tl.load(above + left * CHANNELS + channel, mask=there, other=-float("inf"))
            value = value.to(tl.float32)
            # What is not a number is taken, as torch does.
            better = (value > best) | (value != value)
            best = tl.where(better, value, best)
            which = tl.where(better, dy * WINDOW + dx, which)
    which = tl.where(best <= 0.0, NONE, which)
    place += line.to(tl.int64) * short * CHANNELS
    tl.store(out + place, best.to(out.dtype.element_ty), mask=inside)
    tl.store(taken + place, which.to(tl.uint8), mask=inside)


@triton.jit
def _unpool(
    at, taken, out,
    height, width, low, short, rows,
    CHANNELS: tl.constexpr, WINDOW: tl.constexpr, NONE: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    # Two rows and two columns at a time: no more than four windows reach them, read once each.
    line = tl.program_id(0)
    picture, row = line // rows, line % rows
    place = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    column, channel = place // CHANNELS, place % CHANNELS
    here = tl.zeros((BLOCK,), tl.float32)
    right = tl.zeros((BLOCK,), tl.float32)
    below = tl.zeros((BLOCK,), tl.float32)
    beyond = tl.zeros((BLOCK,), tl.float32)
    for dy in tl.static_range(0, WINDOW, 2):
        y = row - dy // 2
        above = (picture.to(tl.int64) * low + y) * short * CHANNELS
        for dx in tl.static_range(0, WINDOW, 2):
            x = column - dx // 2
            there = (y >= 0) & (y < low) & (x >= 0) & (x < short)
            source = above + x * CHANNELS + channel
            which = tl.load(taken + source, mask=there, other=NONE).to(tl.int32)
            # All are read: loads that hang on a number of their own come one by one.
            value = tl.load(at + source, mask=there, other=0.0).to(tl.float32)
            here += tl.where(which == dy * WINDOW + dx, value, 0.0)
            if dx + 1 < WINDOW:
                right += tl.where(which == dy * WINDOW + dx + 1, value, 0.0)
            if dy + 1 < WINDOW:
                below += tl.where(which == (dy + 1) * WINDOW + dx, value, 0.0)
            if dy + 1 < WINDOW and dx + 1 < WINDOW:
                beyond += tl.where(which == (dy + 1) * WINDOW + dx + 1, value, 0.0)
    kind = out.dtype.element_ty
    to = (picture.to(tl.int64) * height + 2 * row) * width * CHANNELS
    to = out + to + 2 * column * CHANNELS + channel
    first, second = 2 * column < width, 2 * column + 1 < width
    tl.store(to, here.to(kind), mask=first)
    tl.store(to + CHANNELS, right.to(kind), mask=second)
    to += width * CHANNELS
    lower = 2 * row + 1 < height
    tl.store(to, below.to(kind), mask=first & lower)
    tl.store(to + CHANNELS, beyond.to(kind), mask=second & lower)


def pooled(x: Tensor, window: int, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Max pooling with stride 2 of (B, C, h, w), channels last, to `size`; and which were taken.

    What is pooled is a ReLU's output. Of a window of zeros none is taken, so that the gradient that
    `unpooled` gives is already that before the ReLU.
    """
    batch, channels, height, width = x.shape
    out = _channels_last(x, (batch, channels, *size))
    taken = _channels_last(x, (batch, channels, *size), torch.uint8)
    grid = batch * size[0], triton.cdiv(size[1] * channels, _BLOCK)
    _pool[grid](
        x, out, taken, height, width, *size,
        CHANNELS=channels, WINDOW=window, NONE=_NONE, BLOCK=_BLOCK,
    )  # fmt: skip
    return out, taken


def unpooled(at: Tensor, taken: Tensor, window: int, size: tuple[int, int]) -> Tensor:
    """The gradient (B, C, h, w) at what was pooled, of that at the result; `size` is (h, w)."""
    at = at.contiguous(memory_format=torch.channels_last)
    batch, channels, low, short = at.shape
    out = _channels_last(at, (batch, channels, *size))
    rows, columns = ((side + 1) // 2 for side in size)
    grid = batch * rows, triton.cdiv(columns * channels, _BLOCK)
    _unpool[grid](
        at, taken, out, *size, low, short, rows,
        CHANNELS=channels, WINDOW=window, NONE=_NONE, BLOCK=_BLOCK,
    )  # fmt: skip
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
    """(B,): |x - target|^2 of features, channels last, without keeping the difference."""
    x, target = (each.contiguous(memory_format=torch.channels_last) for each in (x, target))
    numel, loops = x[0].numel(), 8
    blocks = triton.cdiv(numel, _BLOCK * loops)
    out = torch.empty((len(x), blocks), dtype=torch.float32, device=x.device)
    _differ[(len(x), blocks)](x, target, out, numel, blocks, BLOCK=_BLOCK, LOOPS=loops)
    return out.sum(dim=1)
