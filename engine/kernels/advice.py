"""What L-BFGS makes of its pairs' products: few numbers, for which a program a picture is enough.

Pairs lie in slots that are used in turn, and are never sorted: their ages say who comes first.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

_TILE = 64


@triton.jit
def _part(parts, line, inside, WHICH: tl.constexpr, COUNT: tl.constexpr, SIDE: tl.constexpr):
    """Of some chunks (TILE, 1), the products of the rows from `parts` on with a vector."""
    place = line * 4 * COUNT + WHICH * COUNT + tl.arange(0, SIDE)[None, :]
    return tl.load(parts + place, mask=inside, other=0.0).to(tl.float64)


@triton.jit
def _put(products, row, columns, numbers, mask, COUNT: tl.constexpr):
    """Keep products (COUNT, COUNT) of a row with others, which are theirs with it."""
    tl.store(products + row * COUNT + columns, numbers, mask=mask)
    tl.store(products + columns * COUNT + row, numbers, mask=mask)


@triton.jit
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
    i, j = pair[:, None], pair[None, :]
    held = tl.load(known + picture * PAIRS + pair, mask=inside, other=0).to(tl.int32)
    products += picture * COUNT * COUNT
    both = (i < PAIRS) & (j < PAIRS)
    changes_bends = tl.load(products + i * COUNT + PAIRS + j, mask=both, other=0.0)
    bends_bends = tl.load(products + (PAIRS + i) * COUNT + PAIRS + j, mask=both, other=0.0)

    # All changes and all bends with the last change, its bend, and the slope that has two parts.
    c_change = tl.zeros((TILE, SIDE), tl.float64)
    c_bend, c_slope, b_change, b_bend, b_slope = c_change, c_change, c_change, c_change, c_change
    parts += picture * chunks * 4 * COUNT
    start = 0
    while start < chunks:
        line = (start + tl.arange(0, TILE))[:, None]
        here = (line < chunks) & (j < PAIRS)
        c_change += _part(parts, line, here, 0, COUNT, SIDE)
        c_bend += _part(parts, line, here, 1, COUNT, SIDE)
        c_slope += _part(parts, line, here, 2, COUNT, SIDE)
        c_slope += _part(parts, line, here, 3, COUNT, SIDE)
        b_change += _part(parts + PAIRS, line, here, 0, COUNT, SIDE)
        b_bend += _part(parts + PAIRS, line, here, 1, COUNT, SIDE)
        b_slope += _part(parts + PAIRS, line, here, 2, COUNT, SIDE)
        b_slope += _part(parts + PAIRS, line, here, 3, COUNT, SIDE)
        start += TILE
    changes_change, bends_change = tl.sum(c_change, 0), tl.sum(b_change, 0)
    changes_bend, bends_bend = tl.sum(c_bend, 0), tl.sum(b_bend, 0)
    with_changes, with_bends = tl.sum(c_slope, 0), tl.sum(b_slope, 0)
    changes_bends = tl.where(i == slot, bends_change[None, :], changes_bends)
    changes_bends = tl.where(j == slot, changes_bend[:, None], changes_bends)
    bends_bends = tl.where(i == slot, bends_bend[None, :], bends_bends)
    bends_bends = tl.where(j == slot, bends_bend[:, None], bends_bends)

    rise = tl.sum(tl.where(pair == slot, changes_bend, 0.0), 0)
    square = tl.sum(tl.where(pair == slot, changes_change, 0.0), 0)
    square *= tl.sum(tl.where(pair == slot, bends_bend, 0.0), 0)
    says = (rise > 1e-8 * tl.sqrt(square)) & (made > 0)
    held = tl.where(pair == slot, says.to(tl.int32), held)
    age = (pair + PAIRS - 1 - slot) % PAIRS
    last = tl.max(tl.where(held != 0, age + 1, 0), 0)

    # Byrd, Nocedal and Schnabel 1994, theorem 2.2, as engine.nst.curvature has it.
    keep = held.to(tl.float64)
    with_changes *= keep
    with_bends *= keep
    bends_bends *= keep[:, None] * keep[None, :]
    before = (age[:, None] < age[None, :]) & (held[:, None] != 0) & (held[None, :] != 0)
    upper = tl.where(before, changes_bends, 0.0)
    diagonal = tl.sum(tl.where(i == j, changes_bends, 0.0), 1)
    pivot = tl.where(held != 0, diagonal, 1.0)

    newest = (held != 0) & (age + 1 == last)
    along = tl.sum(tl.where(newest, diagonal, 0.0), 0)
    bent = tl.sum(tl.where(newest[:, None] & (i == j), bends_bends, 0.0))
    scale = tl.where(last > 0, along / tl.where(last > 0, bent, 1.0), 1.0)

    first = tl.zeros((SIDE,), tl.float64)
    for step in range(PAIRS):  # the newest first
        this = (slot + PAIRS - step) % PAIRS
        solved = tl.sum(tl.where(pair == this, with_changes / pivot, 0.0), 0)
        first = tl.where(pair == this, solved, first)
        with_changes -= solved * tl.sum(tl.where(j == this, upper, 0.0), 1)
    inner = pivot * keep * first
    inner += scale * (tl.sum(bends_bends * first[None, :], 1) - with_bends)
    second = tl.zeros((SIDE,), tl.float64)
    for step in range(PAIRS):  # the oldest first
        this = (slot + 1 + step) % PAIRS
        solved = tl.sum(tl.where(pair == this, inner / pivot, 0.0), 0)
        second = tl.where(pair == this, solved, second)
        inner -= solved * tl.sum(tl.where(i == this, upper, 0.0), 0)

    coordinates += picture * COUNT + pair
    tl.store(coordinates, (-second * keep).to(tl.float32), mask=inside)
    tl.store(coordinates + PAIRS, (scale * first * keep).to(tl.float32), mask=inside)
    tl.store(own + picture, (-scale).to(tl.float32))
    tl.store(any_known + picture, (last > 0).to(tl.uint8))
    _put(products, slot, pair, changes_change, inside, COUNT)
    # That of the last change with its own bend is put once.
    _put(products, slot, PAIRS + pair, bends_change, inside & (pair != slot), COUNT)
    _put(products, PAIRS + slot, pair, changes_bend, inside, COUNT)
    _put(products, PAIRS + slot, PAIRS + pair, bends_bend, inside, COUNT)
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
