"""Triton kernels for what a GPU would otherwise do in many passes over memory.

Each does what plain torch does elsewhere, and `tests/engine/test_kernels.py` holds it against that.
Imported by `engine.gpu` alone, since Triton comes with torch for CUDA only.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

_TILE = 256
_BLOCK = 1024


@triton.jit
def _dots(
    rows, slope, last, slots, out,
    length, chunks,
    PAIRS: tl.constexpr, ROWS: tl.constexpr, CHUNK: tl.constexpr, TILE: tl.constexpr,
):  # fmt: skip
    picture, chunk = tl.program_id(0), tl.program_id(1)
    slot = tl.load(slots + picture)
    base = rows + (picture * chunks + chunk).to(tl.int64) * 2 * PAIRS * CHUNK
    row = tl.arange(0, ROWS)
    with_change = tl.zeros((ROWS, TILE), tl.float32)
    with_bend = tl.zeros((ROWS, TILE), tl.float32)
    with_slope = tl.zeros((ROWS, TILE), tl.float32)
    for start in range(0, CHUNK, TILE):
        column = start + tl.arange(0, TILE)
        place = chunk * CHUNK + column
        inside = place < length
        vector = picture.to(tl.int64) * length + place
        now = tl.load(slope + vector, mask=inside, other=0.0)
        bend = now - tl.load(last + vector, mask=inside, other=0.0)
        tl.store(last + vector, now, mask=inside)
        change = tl.load(base + slot * CHUNK + column).to(tl.float32)
        bend = bend.to(rows.dtype.element_ty)
        tl.store(base + (PAIRS + slot) * CHUNK + column, bend)
        bend = bend.to(tl.float32)
        tile = tl.load(
            base + row[:, None] * CHUNK + column[None, :], mask=row[:, None] < 2 * PAIRS, other=0.0
        ).to(tl.float32)
        tile = tl.where(row[:, None] == PAIRS + slot, bend[None, :], tile)
        with_change += tile * change[None, :]
        with_bend += tile * bend[None, :]
        with_slope += tile * now[None, :]
    place = out + (picture * chunks + chunk) * 2 * PAIRS * 3 + row * 3
    tl.store(place, tl.sum(with_change, 1), mask=row < 2 * PAIRS)
    tl.store(place + 1, tl.sum(with_bend, 1), mask=row < 2 * PAIRS)
    tl.store(place + 2, tl.sum(with_slope, 1), mask=row < 2 * PAIRS)


def learn_(rows: Tensor, slope: Tensor, last: Tensor, slots: Tensor) -> Tensor:
    """Put the bend `slope - last` into its row, `slope` into `last`, and give the rows' products.

    Rows (B, c, 2P, n), slope and last (B, N), slots (B,) of the changes. The products (B, 2P, 3)
    are those with the change, the bend and the slope.
    """
    pictures, chunks, count, chunk = rows.shape
    out = slope.new_empty((pictures, chunks, count, 3))
    _dots[(pictures, chunks)](
        rows, slope, last, slots, out, slope.shape[1], chunks,
        PAIRS=count // 2, ROWS=triton.next_power_of_2(count), CHUNK=chunk, TILE=_TILE, num_warps=8,
    )  # fmt: skip
    return out.double().sum(dim=1)


@triton.jit
def _combine(
    rows, slope, coordinates, own, out,
    length, chunks,
    COUNT: tl.constexpr, ROWS: tl.constexpr, CHUNK: tl.constexpr, TILE: tl.constexpr,
):  # fmt: skip
    picture, chunk = tl.program_id(0), tl.program_id(1)
    base = rows + (picture * chunks + chunk).to(tl.int64) * COUNT * CHUNK
    row = tl.arange(0, ROWS)
    factors = tl.load(coordinates + picture * COUNT + row, mask=row < COUNT, other=0.0)
    share = tl.load(own + picture)
    for start in range(0, CHUNK, TILE):
        column = start + tl.arange(0, TILE)
        place = chunk * CHUNK + column
        inside = place < length
        vector = picture.to(tl.int64) * length + place
        tile = tl.load(
            base + row[:, None] * CHUNK + column[None, :], mask=row[:, None] < COUNT, other=0.0
        ).to(tl.float32)
        found = tl.sum(tile * factors[:, None], 0)
        found += share * tl.load(slope + vector, mask=inside, other=0.0)
        tl.store(out + vector, found, mask=inside)


def combined(rows: Tensor, slope: Tensor, coordinates: Tensor, own: Tensor) -> Tensor:
    """(B, N): rows (B, c, 2P, n) times coordinates (B, 2P), and `own` (B,) times slope (B, N)."""
    pictures, chunks, count, chunk = rows.shape
    out = torch.empty_like(slope)
    _combine[(pictures, chunks)](
        rows, slope, coordinates.float().contiguous(), own.float().contiguous(), out,
        slope.shape[1], chunks,
        COUNT=count, ROWS=triton.next_power_of_2(count), CHUNK=chunk, TILE=_TILE, num_warps=8,
    )  # fmt: skip
    return out


@triton.jit
def _walk(
    image, moved, direction, steps, slots, rows,
    pixels, length, chunks,
    COUNT: tl.constexpr, CHUNK: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    picture = tl.program_id(0)
    place = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    wide = picture.to(tl.int64)
    step = tl.load(steps + picture)
    inside = place < length
    change = step * tl.load(direction + wide * length + place, mask=inside, other=0.0)
    fine = place < pixels
    before = tl.load(image + wide * pixels + place, mask=fine, other=0.0)
    after = before + step * tl.load(moved + wide * pixels + place, mask=fine, other=0.0)
    # Comparisons are false for what is not a number, which then stays.
    clamped = tl.where(after < 0.0, 0.0, tl.where(after > 1.0, 1.0, after))
    tl.store(image + wide * pixels + place, clamped, mask=fine)
    change += tl.where(fine, clamped - after, 0.0)
    row = rows + ((wide * chunks + place // CHUNK) * COUNT + tl.load(slots + picture)) * CHUNK
    tl.store(row + place % CHUNK, change.to(rows.dtype.element_ty), mask=place < chunks * CHUNK)


def walk_(
    image: Tensor, moved: Tensor, direction: Tensor, steps: Tensor, slots: Tensor, rows: Tensor
) -> None:
    """Move `image` (B, 3, H, W) by steps (B,) times `moved`, clamped, and keep the change's row.

    The change is that of the coefficients, steps times direction (B, N), with the finest corrected
    by what the clamp took; it goes into slots (B,) of rows (B, c, 2P, n).
    """
    pictures, chunks, count, chunk = rows.shape
    blocks = triton.cdiv(chunks * chunk, _BLOCK)
    _walk[(pictures, blocks)](
        image, moved, direction, steps, slots, rows,
        image[0].numel(), direction.shape[1], chunks,
        COUNT=count, CHUNK=chunk, BLOCK=_BLOCK,
    )  # fmt: skip


@triton.jit
def _halve(at, out, height, width, low, short, BLOCK: tl.constexpr):
    plane = tl.program_id(0).to(tl.int64)
    place = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    y, x = place // short, place % short
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
            value = tl.load(at + (plane * height + row) * width + column, mask=there, other=0.0)
            found += down * across * value
    tl.store(out + plane * low * short + place, found, mask=y < low)


def undoubled(image: Tensor) -> Tensor:
    """The transpose of the pyramid's doubling, of (B, 3, H, W), rounded up where it is odd."""
    image = image.contiguous()
    batch, channels, height, width = image.shape
    low, short = (height + 1) // 2, (width + 1) // 2
    out = image.new_empty((batch, channels, low, short))
    blocks = triton.cdiv(low * short, 256)
    _halve[(batch * channels, blocks)](image, out, height, width, low, short, BLOCK=256)
    return out


@triton.jit
def _pool(
    x, out, taken,
    height, width, low, short, channels, total,
    WINDOW: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    place = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    channel, rest = place % channels, place // channels
    column, rest = rest % short, rest // short
    row, picture = rest % low, rest // low
    best = tl.full((BLOCK,), -float("inf"), tl.float32)
    which = tl.zeros((BLOCK,), tl.int32)
    for dy in tl.static_range(WINDOW):
        for dx in tl.static_range(WINDOW):
            y, x_ = 2 * row + dy, 2 * column + dx
            there = (y < height) & (x_ < width) & (place < total)
            source = ((picture * height + y) * width + x_) * channels + channel
            value = tl.load(x + source, mask=there, other=-float("inf")).to(tl.float32)
            # A number that is none is taken, as torch does.
            better = (value > best) | (value != value)
            best = tl.where(better, value, best)
            which = tl.where(better, dy * WINDOW + dx, which)
    tl.store(out + place, best.to(out.dtype.element_ty), mask=place < total)
    tl.store(taken + place, which.to(tl.uint8), mask=place < total)


@triton.jit
def _unpool(
    at, taken, out,
    height, width, low, short, channels, total,
    WINDOW: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    place = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    channel, rest = place % channels, place // channels
    column, rest = rest % width, rest // width
    row, picture = rest % height, rest // height
    found = tl.zeros((BLOCK,), tl.float32)
    for back_y in tl.static_range((WINDOW + 1) // 2):
        for back_x in tl.static_range((WINDOW + 1) // 2):
            y, x = row // 2 - back_y, column // 2 - back_x
            dy, dx = row - 2 * y, column - 2 * x
            there = (y >= 0) & (y < low) & (x >= 0) & (x < short)
            there = there & (dy < WINDOW) & (dx < WINDOW) & (place < total)
            source = ((picture * low + y) * short + x) * channels + channel
            which = tl.load(taken + source, mask=there, other=255).to(tl.int32)
            value = tl.load(at + source, mask=there & (which == dy * WINDOW + dx), other=0.0)
            found += value.to(tl.float32)
    tl.store(out + place, found.to(out.dtype.element_ty), mask=place < total)


def pooled(x: Tensor, window: int, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Max pooling with stride 2 of (B, C, h, w), channels last, to `size`; and which were taken."""
    batch, channels, height, width = x.shape
    out = _channels_last(x, (batch, channels, *size))
    taken = _channels_last(x, (batch, channels, *size), torch.uint8)
    _pool[(triton.cdiv(out.numel(), _BLOCK),)](
        x, out, taken, height, width, *size, channels, out.numel(), WINDOW=window, BLOCK=_BLOCK
    )
    return out, taken


def unpooled(at: Tensor, taken: Tensor, window: int, size: tuple[int, int]) -> Tensor:
    """The gradient (B, C, h, w) at what was pooled, of that at the result; `size` is (h, w)."""
    at = at.contiguous(memory_format=torch.channels_last)
    batch, channels, low, short = at.shape
    out = _channels_last(at, (batch, channels, *size))
    _unpool[(triton.cdiv(out.numel(), _BLOCK),)](
        at, taken, out, *size, low, short, channels, out.numel(), WINDOW=window, BLOCK=_BLOCK
    )
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
