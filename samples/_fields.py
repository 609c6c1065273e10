"""Numbers over the plane, from which every style is drawn: coordinates, noise, ramps, light.

A field is a float32 array (h, w); a picture is (h, w, 3), 0..1. Lengths are pixels of the array.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Field = NDArray[np.float32]
Random = np.random.Generator

SUPERSAMPLE: Final = 2
"""Everything is drawn at twice its size and halved, which is the antialiasing."""


def plane(side: int) -> tuple[Field, Field]:
    """Coordinates x (rightwards) and y (downwards) of the pixels' centres, 0..1."""
    line = ((np.arange(side) + 0.5) / side).astype(np.float32)
    x, y = np.meshgrid(line, line)
    return x, y


def smoothstep(low: float, high: float, value: Field) -> Field:
    """Rise smoothly from 0 at `low` to 1 at `high`; `low` may be the greater of the two."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def noise(rng: Random, side: int, cell: float, cell_y: float | None = None) -> Field:
    """Smooth noise of mean 0, about -1..1, whose bumps are `cell` wide and `cell_y` high."""
    columns = int(np.ceil(side / max(cell, 1))) + 3
    rows = int(np.ceil(side / max(cell_y or cell, 1))) + 3
    grid = Image.fromarray(rng.uniform(-1.3, 1.3, (rows, columns)).astype(np.float32))
    # The window starts inside the grid, so that the border is interpolated as the middle is.
    window = (1.0, 1.0, 1 + side / max(cell, 1), 1 + side / max(cell_y or cell, 1))
    return np.asarray(grid.resize((side, side), Image.Resampling.BICUBIC, box=window), np.float32)


def fractal(rng: Random, side: int, cell: float, octaves: int = 4, fade: float = 0.5) -> Field:
    """Sum of noises, each of half the size of the last and `fade` of its height; about -1..1."""
    total = np.zeros((side, side), np.float32)
    for octave in range(octaves):
        total += noise(rng, side, cell / 2**octave) * fade**octave
    return total / np.float32(sum(fade**octave for octave in range(octaves)))


def blur(field: Field, sigma: float) -> Field:
    """Gaussian blur of a field, its border repeated outwards."""
    reach = max(1, int(3 * sigma + 0.5))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2).astype(np.float32)
    weights /= weights.sum()
    for _ in range(2):  # rows, then what were the columns
        padded = np.pad(field, ((reach, reach), (0, 0)), "edge")
        rows = len(field)
        field = sum(
            (weight * padded[i : i + rows] for i, weight in enumerate(weights)),
            np.zeros_like(field),
        ).T
    return field


def colours(*hexes: str) -> Field:
    """Colours written as '#rrggbb' to an array (n, 3), 0..1."""
    values = [[int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)] for code in hexes]
    return np.array(values, np.float32)


def ramp(value: Field, stops: Field) -> Field:
    """Colours of a gradient through `stops` (n, 3), evenly spaced over the values 0..1."""
    place = np.linspace(0, 1, len(stops))
    return np.stack([np.interp(value, place, stops[:, c]) for c in range(3)], -1).astype(np.float32)


def mix(first: Field, second: Field, amount: Field | float) -> Field:
    """`first` where the amount is 0, `second` where it is 1; a field of amounts is a mask."""
    weight = np.asarray(amount, np.float32)
    if weight.ndim:
        weight = weight[..., None]
    return (first + (second - first) * weight).astype(np.float32)


def relief(height: Field, depth: float) -> Field:
    """Light from the upper left on a surface: 0 where it is flat, within -1..1."""
    slope_y, slope_x = np.gradient(height)
    lit = depth * (slope_x + slope_y)
    return np.asarray(-lit / np.sqrt(1 + lit * lit), np.float32)


def sample(field: Field, x: Field, y: Field) -> Field:
    """Values of a field or picture at the nearest pixels; points outside take the border's."""
    rows, columns = field.shape[:2]
    row = np.clip(y, 0, rows - 1).astype(np.intp)
    return field[row, np.clip(x, 0, columns - 1).astype(np.intp)]


def develop(picture: Field) -> Image.Image:
    """An 8-bit image of a supersampled picture."""
    pixels = (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)
    return Image.fromarray(pixels).reduce(SUPERSAMPLE)
