"""What L-BFGS makes of its pairs' products: few numbers, for which a program a picture is enough.

Pairs lie in slots that are used in turn, and are never sorted: their ages say who comes first.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

_TILE = 64


@triton.jit
def _part(parts, chunk, inside, WHICH: tl.constexpr, COUNT: tl.constexpr, SIDE: tl.constexpr):
    place = (chunk * 4 + WHICH) * COUNT + tl.arange(0, SIDE)[None, :]
    return tl.load(parts + place, mask=inside, other=0.0).to(tl.float64)


@triton.jit
def _summed(parts, chunks, PAIRS: tl.constexpr, SIDE: tl.constexpr, TILE: tl.constexpr):
    """Of the pairs (SIDE,) from `parts` on, the products with last change, its bend, and slope."""
    with_change = tl.zeros((TILE, SIDE), tl.float64)
    with_bend = tl.zeros((TILE, SIDE), tl.float64)
    with_slope = tl.zeros((TILE, SIDE), tl.float64)
    start = 0
    while start < chunks:
        chunk = start + tl.arange(0, TILE)[:, None]
        inside = (chunk < chunks) & (tl.arange(0, SIDE)[None, :] < PAIRS)
        with_change += _part(parts, chunk, inside, 0, 2 * PAIRS, SIDE)
        with_bend += _part(parts, chunk, inside, 1, 2 * PAIRS, SIDE)
        # The slope comes in two parts.
        with_slope += _part(parts, chunk, inside, 2, 2 * PAIRS, SIDE)
        with_slope += _part(parts, chunk, inside, 3, 2 * PAIRS, SIDE)
        start += TILE
    return tl.sum(with_change, 0), tl.sum(with_bend, 0), tl.sum(with_slope, 0)


@triton.jit
def _replaced(matrix, slot, row, column, SIDE: tl.constexpr):
    """The matrix (SIDE, SIDE) with other numbers in the row and the column of `slot`."""
    place = tl.arange(0, SIDE)
    matrix = tl.where(place[:, None] == slot, row[None, :], matrix)
    return tl.where(place[None, :] == slot, column[:, None], matrix)


@triton.jit
def _at(numbers, slot, SIDE: tl.constexpr):
    return tl.sum(tl.where(tl.arange(0, SIDE) == slot, numbers, 0.0), 0)


@triton.jit
def _coordinates(
    changes_bends, bends_bends, with_changes, with_bends, held, slot,
    PAIRS: tl.constexpr, SIDE: tl.constexpr,
):  # fmt: skip
    """Along changes and bends (SIDE,), and of the first guess: see Curvature's."""
    pair = tl.arange(0, SIDE)
    i, j = pair[:, None], pair[None, :]
    keep = held.to(tl.float64)
    bends_bends *= keep[:, None] * keep[None, :]
    age = (pair + PAIRS - 1 - slot) % PAIRS
    before = (age[:, None] < age[None, :]) & (held[:, None] != 0) & (held[None, :] != 0)
    upper = tl.where(before, changes_bends, 0.0)
    diagonal = tl.sum(tl.where(i == j, changes_bends, 0.0), 1)
    pivot = tl.where(held != 0, diagonal, 1.0)
    share = 1.0 / pivot  # a division takes long, and each waits for the one before

    last = tl.max(tl.where(held != 0, age + 1, 0), 0)
    newest = (held != 0) & (age + 1 == last)
    along = tl.sum(tl.where(newest, diagonal, 0.0), 0)
    bent = tl.sum(tl.where(newest, tl.sum(tl.where(i == j, bends_bends, 0.0), 1), 0.0), 0)
    scale = tl.where(last > 0, along / tl.where(last > 0, bent, 1.0), 1.0)

    left = with_changes * keep
    first = tl.zeros((SIDE,), tl.float64)
    for step in range(PAIRS):  # the newest first
        this = (slot + PAIRS - step) % PAIRS
        found = _at(left * share, this, SIDE)
        first = tl.where(pair == this, found, first)
        left -= found * tl.sum(tl.where(j == this, upper, 0.0), 1)
    left = pivot * keep * first
    left += scale * (tl.sum(bends_bends * first[None, :], 1) - with_bends * keep)
    second = tl.zeros((SIDE,), tl.float64)
    for step in range(PAIRS):  # the oldest first
        this = (slot + 1 + step) % PAIRS
        found = _at(left * share, this, SIDE)
        second = tl.where(pair == this, found, second)
        left -= found * tl.sum(tl.where(i == this, upper, 0.0), 0)
    return -second * keep, scale * first * keep, scale


@triton.jit
def _put(products, row, columns, numbers, mask, COUNT: tl.constexpr):
    """Keep products (COUNT, COUNT) of a row with others, which are theirs with it."""
    tl.store(products + row * COUNT + columns, numbers, mask=mask)
    tl.store(products + columns * COUNT + row, numbers, mask=mask)


@triton.jit(do_not_specialize=["chunks"])
def _advise(
    parts, products, known, count, coordinates, own, any_known,
    chunks,
    PAIRS: tl.constexpr, SIDE: tl.constexpr, TILE: tl.constexpr,
):  # fmt: skip
    COUNT: tl.constexpr = 2 * PAIRS
    picture = tl.program_id(0)
    made = tl.load(count + picture)
    slot = ((made + PAIRS - 1) % PAIRS).to(tl.int32)
    pair = tl.arange(0, SIDE)
    inside = pair < PAIRS
    held = tl.load(known + picture * PAIRS + pair, mask=inside, other=0).to(tl.int32)
    products += picture * COUNT * COUNT
    block = products + pair[:, None] * COUNT + PAIRS + pair[None, :]
    both = inside[:, None] & inside[None, :]
    changes_bends = tl.load(block, mask=both, other=0.0)
    bends_bends = tl.load(block + PAIRS * COUNT, mask=both, other=0.0)

    parts += picture * chunks * 4 * COUNT
    c_change, c_bend, c_slope = _summed(parts, chunks, PAIRS, SIDE, TILE)
    b_change, b_bend, b_slope = _summed(parts + PAIRS, chunks, PAIRS, SIDE, TILE)
    changes_bends = _replaced(changes_bends, slot, b_change, c_bend, SIDE)
    bends_bends = _replaced(bends_bends, slot, b_bend, b_bend, SIDE)
    square = _at(c_change, slot, SIDE) * _at(b_bend, slot, SIDE)
    says = (_at(c_bend, slot, SIDE) > 1e-8 * tl.sqrt(square)) & (made > 0)
    held = tl.where(pair == slot, says.to(tl.int32), held)
    along_changes, along_bends, scale = _coordinates(
        changes_bends, bends_bends, c_slope, b_slope, held, slot, PAIRS, SIDE
    )

    coordinates += picture * COUNT + pair
    tl.store(coordinates, along_changes.to(tl.float32), mask=inside)
    tl.store(coordinates + PAIRS, along_bends.to(tl.float32), mask=inside)
    tl.store(own + picture, (-scale).to(tl.float32))
    tl.store(any_known + picture, tl.max(held, 0).to(tl.uint8))
    _put(products, slot, pair, c_change, inside, COUNT)
    # That of the last change with its own bend is put once.
    _put(products, slot, PAIRS + pair, b_change, inside & (pair != slot), COUNT)
    _put(products, PAIRS + slot, pair, c_bend, inside, COUNT)
    _put(products, PAIRS + slot, PAIRS + pair, b_bend, inside, COUNT)
    # The change that comes next takes the place of the oldest.
    held = tl.where(pair == made % PAIRS, 0, held)
    tl.store(known + picture * PAIRS + pair, held.to(tl.uint8), mask=inside)
    tl.store(count + picture, made + 1)


def advise_(
    parts: Tensor, products: Tensor, known: Tensor, count: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Take in what `learn_` gave (B, c, 4, 2P), and give the direction's coordinates.

    Products (B, 2P, 2P) float64, known (B, P) bool and count (B,) int64 are as Curvature has them.
    The coordinates are (B, 2P) of the rows and (B,) of the slope; the third is which points (B,)
    know any pair. From then on the oldest pair's slot waits for the next change.
    """
    pictures, chunks, _, rows_count = parts.shape
    coordinates = parts.new_empty((pictures, rows_count))
    own = parts.new_empty(pictures)
    any_known = torch.empty(pictures, dtype=torch.bool, device=parts.device)
    _advise[(pictures,)](
        parts, products, known.view(torch.uint8), count,
        coordinates, own, any_known.view(torch.uint8), chunks,
        PAIRS=rows_count // 2, SIDE=triton.next_power_of_2(rows_count // 2), TILE=_TILE,
        num_warps=4,
    )  # fmt: skip
    return coordinates, own, any_known
