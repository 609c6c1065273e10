"""What L-BFGS does with its pairs, which are most of what it reads."""

import torch
import triton
import triton.language as tl
from torch import Tensor

_TILE = 256
_BLOCK = 1024


@triton.jit
def _dots(
    rows, slope, last, count, out,
    length, chunks,
    PAIRS: tl.constexpr, ROWS: tl.constexpr, CHUNK: tl.constexpr, TILE: tl.constexpr,
):  # fmt: skip
    picture, chunk = tl.program_id(0), tl.program_id(1)
    slot = (tl.load(count + picture) + PAIRS - 1) % PAIRS
    base = rows + (picture * chunks + chunk).to(tl.int64) * 2 * PAIRS * CHUNK
    kind = rows.dtype.element_ty
    row, other = tl.arange(0, ROWS)[:, None], tl.arange(0, ROWS)[None, :]
    # The bend replaces what is there.
    there = (row < 2 * PAIRS) & (row != PAIRS + slot)
    found = tl.zeros((ROWS, ROWS), tl.float32)
    for start in range(0, CHUNK, TILE):
        column = start + tl.arange(0, TILE)
        place = chunk * CHUNK + column
        inside = place < length
        vector = picture.to(tl.int64) * length + place
        now = tl.load(slope + vector, mask=inside, other=0.0)
        bend = (now - tl.load(last + vector, mask=inside, other=0.0)).to(kind)
        tl.store(last + vector, now, mask=inside)
        tl.store(base + (PAIRS + slot) * CHUNK + column, bend)
        # The slope in two parts, since one has too few digits.
        high = now.to(kind)
        low = (now - high.to(tl.float32)).to(kind)
        tile = tl.load(base + row * CHUNK + column[None, :], mask=there, other=0.0)
        tile = tl.where(row == PAIRS + slot, bend[None, :], tile)
        tile = tl.where(row == 2 * PAIRS, high[None, :], tile)
        tile = tl.where(row == 2 * PAIRS + 1, low[None, :], tile)
        # All with all, of which few are wanted, costs nothing beside reading the rows.
        found = tl.dot(tile, tl.trans(tile), found, input_precision="ieee")
    which = tl.where(other == slot, 0, tl.where(other == PAIRS + slot, 1, other - 2 * PAIRS + 2))
    wanted = (other == slot) | (other == PAIRS + slot) | (other >= 2 * PAIRS)
    wanted = wanted & (other < 2 * PAIRS + 2) & (row < 2 * PAIRS)
    place = out + ((picture * chunks + chunk) * 4 + which) * 2 * PAIRS + row
    tl.store(place, found, mask=wanted)


def learn_(rows: Tensor, slope: Tensor, last: Tensor, count: Tensor) -> Tensor:
    """Put the bend `slope - last` into its row, `slope` into `last`, and give the rows' products.

    Rows (B, c, 2P, n), slope and last (B, N), count (B,) of the changes so far. The products
    (B, c, 4, 2P) of each chunk are with the last change, the bend, and two parts of the slope.
    """
    pictures, chunks, rows_count, chunk = rows.shape
    out = slope.new_empty((pictures, chunks, 4, rows_count))
    _dots[(pictures, chunks)](
        rows, slope, last, count, out, slope.shape[1], chunks,
        PAIRS=rows_count // 2, ROWS=triton.next_power_of_2(rows_count + 2), CHUNK=chunk,
        TILE=_TILE, num_warps=4,
    )  # fmt: skip
    return out


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
    image, moved, direction, steps, count, rows,
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
    slot = (tl.load(count + picture) + COUNT // 2 - 1) % (COUNT // 2)
    row = rows + ((wide * chunks + place // CHUNK) * COUNT + slot) * CHUNK
    tl.store(row + place % CHUNK, change.to(rows.dtype.element_ty), mask=place < chunks * CHUNK)


def walk_(
    image: Tensor, moved: Tensor, direction: Tensor, steps: Tensor, count: Tensor, rows: Tensor
) -> None:
    """Move `image` (B, 3, H, W) by steps (B,) times `moved`, clamped, and keep the change's row.

    The change is that of the coefficients, steps times direction (B, N), with the finest corrected
    by what the clamp took; it is the last of count (B,) changes in rows (B, c, 2P, n).
    """
    pictures, chunks, rows_count, chunk = rows.shape
    blocks = triton.cdiv(chunks * chunk, _BLOCK)
    _walk[(pictures, blocks)](
        image, moved, direction, steps, count, rows,
        image[0].numel(), direction.shape[1], chunks,
        COUNT=rows_count, CHUNK=chunk, BLOCK=_BLOCK,
    )  # fmt: skip
