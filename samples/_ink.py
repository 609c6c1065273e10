"""Ink: rings of indigo, black and vermilion floated on water and taken on paper (suminagashi)."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

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
    smoothstep,
)

PAPER = colours("#f4e8d0")[0]
INDIGO, BLACK, VERMILION = range(3)
# What a full layer of each ink lets through.
INKS = colours("#16306e", "#14131a", "#d43a1e")
# x, y, how many drops, radius of one, its ink
POOLS = (
    (0.34, 0.36, 46, 0.055, INDIGO),
    (0.72, 0.68, 44, 0.052, BLACK),
    (0.82, 0.18, 34, 0.042, INDIGO),
    (0.16, 0.84, 34, 0.044, BLACK),
    (0.56, 0.50, 14, 0.032, VERMILION),
    (0.93, 0.48, 20, 0.034, BLACK),
    (0.50, 0.95, 24, 0.036, INDIGO),
)


def draw(side: int, rng: Random) -> Image.Image:
    """Draw it `side` pixels square."""
    full = side * SUPERSAMPLE
    x, y = plane(full)
    weave = noise(rng, full, 40, 4) + noise(rng, full, 5, 40)
    fibre: Field = 0.6 * noise(rng, full, 5) + 0.4 * weave
    # The breath that drew the rings out, and the fibres along which their edges creep.
    swirl = fractal(rng, full, full / 2, 4, 0.4), fractal(rng, full, full / 2, 4, 0.4)
    creep: Field = fibre * np.float32(1.6 / full)
    amounts = _float(x + 0.2 * swirl[0] + creep, y + 0.2 * swirl[1] - creep, rng)
    amounts += _splashes(x + 2 * creep, y - 2 * creep, rng)
    depth = np.zeros((full, full, 3), np.float32)
    for ink, amount in enumerate(amounts):
        depth -= _dried(amount, rng)[..., None] * np.log(INKS[ink] / PAPER)
    grain = 1 + 0.035 * fibre + 0.03 * noise(rng, full, 3)
    light = PAPER * np.exp(-depth) * grain[..., None]
    return develop(light.astype(np.float32))


def _float(x: Field, y: Field, rng: Random) -> Field:
    """Amounts (3, side, side) of the inks after drop upon drop has pushed the older ones aside.

    A drop of radius r moves a point at distance d outwards to sqrt(d^2 + r^2), which keeps areas
    (Lu, Jaffer et al., Mathematical Marbling, 2012); undone from the last drop to the first, that
    finds the drop to which each point belongs.
    """
    drops = _drops(rng)
    owner = np.full(x.shape, len(drops), np.intp)
    for number in range(len(drops) - 1, -1, -1):
        cx, cy, radius, _, _ = drops[number]
        dx, dy = x - cx, y - cy
        square = dx * dx + dy * dy + 1e-9
        owner = np.where((square < radius**2) & (owner == len(drops)), number, owner)
        pull = np.sqrt(np.clip(1 - radius**2 / square, 0, 1))
        x, y = cx + dx * pull, cy + dy * pull
    table = np.zeros((3, len(drops) + 1), np.float32)
    for number, (_, _, _, ink, amount) in enumerate(drops):
        table[ink, number] = amount
    return table[:, owner]


def _drops(rng: Random) -> list[tuple[float, float, float, int, float]]:
    """Drops in the order of their fall: x, y, radius, ink, amount; every other one is clear."""
    drops = []
    for cx, cy, count, radius, ink in POOLS:
        for number in range(count):
            wander = rng.normal(0, 0.004, 2)
            size = radius * rng.uniform(0.6, 1.25)
            amount = rng.uniform(0.45, 1.15) if number % 2 else 0.0
            now = VERMILION if ink == INDIGO and number in (7, 19) else ink
            drops.append((cx + wander[0], cy + wander[1], size, now, amount))
    return drops


def _splashes(x: Field, y: Field, rng: Random) -> Field:
    """Amounts of the drops that fell from the brush, a few large and many small."""
    amounts = np.zeros((3, *x.shape), np.float32)
    full = len(x)
    for _ in range(90):
        cx, cy = rng.uniform(0, 1, 2)
        radius = 0.0022 + 0.011 * rng.uniform() ** 5
        ink = int(rng.choice([INDIGO, BLACK, VERMILION], p=[0.4, 0.4, 0.2]))
        low = np.clip(((np.array([cx, cy]) - 2 * radius) * full).astype(int) - 4, 0, full)
        high = np.clip(((np.array([cx, cy]) + 2 * radius) * full).astype(int) + 4, 0, full)
        window = (slice(low[1], high[1]), slice(low[0], high[0]))
        far = np.hypot(x[window] - cx, y[window] - cy)
        spot = smoothstep(radius, radius * 0.8, far) * np.float32(rng.uniform(0.6, 1.1))
        amounts[(ink, *window)] = np.maximum(amounts[(ink, *window)], spot)
    return amounts


def _dried(amount: Field, rng: Random) -> Field:
    """Ink as it dries: a halo where it bled, dark rims where it gathered, grains in its washes."""
    full = len(amount)
    wet = blur(amount, 1.1)
    rim = np.clip(wet - blur(amount, 7), 0, 1)
    pooled = 1 + 0.38 * fractal(rng, full, full / 6, 4)
    grains = 1 + 0.2 * noise(rng, full, 4) + 0.16 * noise(rng, full, 9)
    bled = 0.2 * blur(amount, 12) * (1 + 0.7 * noise(rng, full, 14))
    body: NDArray[np.float32] = (0.72 * wet + 0.95 * rim) * pooled * grains + bled
    return np.clip(body, 0, 2.2).astype(np.float32)
