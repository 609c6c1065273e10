"""Mosaic: flowers of gold and coral in a lapis sea, in rows of small stones that follow them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from samples._fields import (
    SUPERSAMPLE,
    Field,
    Random,
    blur,
    colours,
    develop,
    fractal,
    noise,
    plane,
    relief,
    sample,
    smoothstep,
)

# x, y, radius, petals
FLOWERS = (
    (0.64, 0.40, 0.25, 9),
    (0.21, 0.72, 0.17, 7),
    (0.20, 0.20, 0.12, 6),
    (0.82, 0.87, 0.13, 8),
)
GOLD = colours("#f6c945", "#e0a127", "#fadf85", "#c98316")
CORAL = colours("#e2542f", "#c9352b", "#f08a4b", "#f4b183")
CREAM = colours("#f6ead0", "#e8d6b0", "#fff6e2")
SEA = colours("#0e2f86", "#1547a8", "#0b2463", "#1a67b9")
TEAL = colours("#17949a", "#35b6ac", "#0f6f86", "#7fd3c4")
GROUT = colours("#453a31")[0]
STONE = 22.0
JOINT = 2.5


@dataclass
class Stones:
    """Stones laid so far: their corners (4, 2) and middles, and where the bed is taken."""

    bed: NDArray[np.bool_]
    corners: list[Field]
    middles: list[tuple[float, float]]


def draw(side: int, rng: Random) -> Image.Image:
    """Draw it `side` pixels square."""
    full = side * SUPERSAMPLE
    x, y = plane(full)
    rows = _rows(x, y) * full
    stones = Stones(np.zeros((full, full), np.bool_), [], [])
    for size in (STONE, STONE * 0.68, STONE * 0.42):
        _lay(stones, rows, size, rng)
    owner = Image.new("I", (full, full), 0)
    pen = ImageDraw.Draw(owner)
    for number, corners in enumerate(stones.corners, 1):
        pen.polygon([(float(px), float(py)) for px, py in corners], fill=number)
    return develop(_lit(np.asarray(owner), np.array(stones.middles, np.float32), rng))


def _rows(x: Field, y: Field) -> Field:
    """Distance (parts of the side) that the rows of stones follow: around each flower, then all."""
    nearest = np.full_like(x, 9)
    for cx, cy, radius, _ in FLOWERS:
        nearest = np.minimum(nearest, np.hypot(x - cx, y - cy) - radius)
    return nearest


def _lay(stones: Stones, rows: Field, size: float, rng: Random) -> None:
    """Lay stones of one size along the rows, from many starts, wherever there is room."""
    full = len(rows)
    down, across = np.gradient(rows, axis=0), np.gradient(rows, axis=1)
    line = np.arange(size / 2, full, size * 1.05)
    starts = np.stack(np.meshgrid(line, line), -1).reshape(-1, 2)
    for start in rng.permutation(starts):
        at = start
        for _ in range(400):
            px, py = int(at[0]), int(at[1])
            if not (0 <= px < full and 0 <= py < full):
                break
            slope = np.array([across[py, px], down[py, px]])
            out = slope / (np.sqrt((slope**2).sum()) + 1e-6)
            row = (np.round(rows[py, px] / size - 0.5) + 0.5) * size
            middle = at + out * (row - rows[py, px])
            if not _place(stones, middle, out, size, rng):
                break
            at = middle + np.array([-out[1], out[0]]) * size


def _place(stones: Stones, middle: Field, out: Field, size: float, rng: Random) -> bool:
    """Lay one stone across the row's direction `out`, unless another lies there."""
    full = len(stones.bed)
    reach = np.linspace(-0.46, 0.46, 6) * size
    u, v = np.meshgrid(reach, reach)
    side = np.array([-out[1], out[0]])
    inner = (middle + u[..., None] * out + v[..., None] * side).reshape(-1, 2)
    cols, lines = np.clip(inner.T, 0, full - 1).astype(np.intp)
    taken = stones.bed[lines, cols]
    if taken.any():
        return False
    half = 0.5 * (size - JOINT)
    square = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * half
    square = square + rng.uniform(-0.085, 0.085, (4, 2)) * size
    stones.corners.append((middle + square @ np.stack([out, side])).astype(np.float32))
    stones.middles.append((float(middle[0]), float(middle[1])))
    _take(stones.bed, middle, out, side, size)
    return True


def _take(bed: NDArray[np.bool_], middle: Field, out: Field, side: Field, size: float) -> None:
    """Mark a stone's square as taken."""
    reach = np.arange(-0.47 * size, 0.47 * size, 0.7)
    u, v = np.meshgrid(reach, reach)
    inner = (middle + u[..., None] * out + v[..., None] * side).reshape(-1, 2)
    cols, lines = np.clip(inner.T, 0, len(bed) - 1).astype(np.intp)
    bed[lines, cols] = True


def _paint(middles: Field, full: int, rng: Random) -> Field:
    """Each stone's colour (n, 3), picked from a heap of like ones, no two quite the same."""
    x, y = (middles / full).T
    swirl = sample(fractal(rng, full, full / 3, 2), middles[:, 0], middles[:, 1])
    rows = _rows(x, y)
    bands = np.sin(rows * 62 + 2.2 * swirl)
    heaps = [SEA, TEAL, CREAM, GOLD, CORAL]
    heap = np.where(bands + 0.5 * swirl > 0.35, 1, 0)
    heap = np.where(np.abs(np.sin(rows * 31 + 1.1 * swirl - 0.7)) < 0.13, 2, heap)
    for cx, cy, radius, petals in FLOWERS:
        far = np.hypot(x - cx, y - cy) / radius
        angle = np.arctan2(y - cy, x - cx) + far * 0.5
        petal = 0.80 + 0.2 * np.cos(petals * angle)
        inner = np.where(np.abs(far / petal - 0.6) < 0.11, 3, 4)
        heap = np.where(far < petal, np.where(far / petal > 0.87, 2, inner), heap)
        heap = np.where(far < 0.36, 3, heap)
        heap = np.where(np.abs(far - 0.27) < 0.06, 1, heap)
    picked = np.array([heaps[h][rng.integers(len(heaps[h]))] for h in heap], np.float32)
    return (picked * rng.normal(1, 0.1, (len(picked), 1))).astype(np.float32)


def _lit(owner: NDArray[np.int32], middles: Field, rng: Random) -> Field:
    """Stones in their grout: each set at a slant of its own, its edges worn round."""
    full = len(owner)
    stone = (owner > 0).astype(np.float32)
    tint = np.concatenate([GROUT[None], _paint(middles, full, rng)])
    slants = np.concatenate([np.zeros((1, 2)), rng.normal(0, 0.011, (len(middles), 2))])
    centre = np.concatenate([np.zeros((1, 2), np.float32), middles])
    cols, lines = np.meshgrid(np.arange(full), np.arange(full))
    slant = ((np.stack([cols, lines], -1) - centre[owner]) * slants[owner]).sum(-1) * stone
    height = 5 * blur(stone, 2.2) + 0.35 * noise(rng, full, 6) + 0.25 * noise(rng, full, 3)
    light = relief(height.astype(np.float32), 0.8)
    veins = 0.06 * noise(rng, full, 18, 5) + 0.05 * noise(rng, full, 4)
    shadow = smoothstep(0.2, 0.9, np.roll(blur(stone, 2.0), (2, 2), (0, 1)))
    glow = 0.97 + 0.4 * light + slant + veins * (0.5 + stone) - 0.28 * (1 - stone) * shadow
    return np.asarray(tint[owner] * glow[..., None], np.float32)
