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
    kind = rows.dtype.element_ty
    row, which = tl.arange(0, ROWS), tl.arange(0, 16)
    found = tl.zeros((ROWS, 16), tl.float32)
    for start in range(0, CHUNK, TILE):
        column = start + tl.arange(0, TILE)
        place = chunk * CHUNK + column
        inside = place < length
        vector = picture.to(tl.int64) * length + place
        now = tl.load(slope + vector, mask=inside, other=0.0)
        bend = (now - tl.load(last + vector, mask=inside, other=0.0)).to(kind)
        tl.store(last + vector, now, mask=inside)
        tl.store(base + (PAIRS + slot) * CHUNK + column, bend)
        change = tl.load(base + slot * CHUNK + column)
        # The slope in two parts, since one has too few digits.
        high = now.to(kind)
        low = (now - high.to(tl.float32)).to(kind)
        tile = tl.load(
            base + row[:, None] * CHUNK + column[None, :], mask=row[:, None] < 2 * PAIRS, other=0.0
        )
        tile = tl.where(row[:, None] == PAIRS + slot, bend[None, :], tile)
        vectors = tl.where(which[None, :] == 0, change[:, None], bend[:, None])
        vectors = tl.where(which[None, :] == 2, high[:, None], vectors)
        vectors = tl.where(which[None, :] == 3, low[:, None], vectors)
        found = tl.dot(tile, vectors, found, input_precision="ieee")
    place = out + ((picture * chunks + chunk) * 2 * PAIRS + row[:, None]) * 4 + which[None, :]
    tl.store(place, found, mask=(row[:, None] < 2 * PAIRS) & (which[None, :] < 4))


def learn_(rows: Tensor, slope: Tensor, last: Tensor, slots: Tensor) -> Tensor:
    """Put the bend `slope - last` into its row, `slope` into `last`, and give the rows' products.

    Rows (B, c, 2P, n), slope and last (B, N), slots (B,) of the changes. The products (B, 2P, 3)
    are those with the change, the bend and the slope.
    """
    pictures, chunks, count, chunk = rows.shape
    out = slope.new_empty((pictures, chunks, count, 4))
    _dots[(pictures, chunks)](
        rows, slope, last, slots, out, slope.shape[1], chunks,
        PAIRS=count // 2, ROWS=triton.next_power_of_2(count), CHUNK=chunk, TILE=_TILE, num_warps=4,
    )  # fmt: skip
    dots = out.double().sum(dim=1)
    return torch.cat([dots[..., :2], dots[..., 2:].sum(dim=2, keepdim=True)], dim=2)


@triton.jit
def _combine(
    rows, slope, coordinates, own, out,
    length, chunks,
    COUNT: tl.constexpr, CHUNK: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    picture = tl.program_id(0)
    place = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    inside = place < length
    vector = picture.to(tl.int64) * length + place
    found = tl.load(own + picture) * tl.load(slope + vector, mask=inside, other=0.0)
    chunk = tl.program_id(1) * BLOCK // CHUNK
    base = rows + (picture * chunks + chunk).to(tl.int64) * COUNT * CHUNK + place % CHUNK
    for row in tl.static_range(COUNT):
        factor = tl.load(coordinates + picture * COUNT + row)
        found += factor * tl.load(base + row * CHUNK).to(tl.float32)
    tl.store(out + vector, found, mask=inside)


def combined(rows: Tensor, slope: Tensor, coordinates: Tensor, own: Tensor) -> Tensor:
    """(B, N): rows (B, c, 2P, n) times coordinates (B, 2P), and `own` (B,) times slope (B, N)."""
    pictures, chunks, count, chunk = rows.shape
    out = torch.empty_like(slope)
    assert chunk % _BLOCK == 0
    _combine[(pictures, chunks * chunk // _BLOCK)](
        rows, slope, coordinates.float().contiguous(), own.float().contiguous(), out,
        slope.shape[1], chunks,
        COUNT=count, CHUNK=chunk, BLOCK=_BLOCK,
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
