"""Halftone: a bold comic-book burst, printed in four inks through turned screens of dots."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from samples._fields import (
    SUPERSAMPLE,
    Field,
    Random,
    colours,
    develop,
    fractal,
    mix,
    noise,
    plane,
    smoothstep,
)

PAPER = colours("#f7efdc")[0]
INKS = colours("#0a9bd8", "#e5197e", "#ffe21a")
BLACK = colours("#17131c")[0]
# Degrees of each ink's screen, as printers turn them so that the dots make rosettes.
ANGLES = (15.0, 75.0, 0.0)
SUN = (0.60, 0.37)


class Plates(NamedTuple):
    """What is to be printed: amounts (3, side, side) of the inks, black lines, pitch of dots."""

    inks: Field
    line: Field
    pitch: Field


class Shape(NamedTuple):
    """A flat shape: amounts of the three inks, how much they fade inwards, pitch of its dots."""

    amounts: tuple[float, float, float]
    fade: float
    pitch: float


BURST = (
    Shape((0.0, 0.92, 0.85), 0.0, 12),
    Shape((0.0, 0.06, 0.95), 0.0, 12),
    Shape((0.02, 0.62, 0.05), 0.55, 22),
)
HILLS = (
    Shape((0.9, 0.12, 0.0), 0.75, 12),
    Shape((0.12, 0.85, 0.05), 0.7, 18),
    Shape((0.82, 0.7, 0.0), 0.5, 22),
)


def draw(side: int, rng: Random) -> Image.Image:
    """Draw it `side` pixels square."""
    full = side * SUPERSAMPLE
    plates = _compose(full, rng)
    picture = np.tile(PAPER, (full, full, 1)).astype(np.float32)
    for amount, angle, ink in zip(plates.inks, ANGLES, INKS, strict=True):
        shift = rng.normal(0, 1.5, 2)  # the plates never meet exactly
        dots = np.zeros_like(amount)
        for pitch in np.unique(plates.pitch):
            there = plates.pitch == pitch
            dots = np.where(there, _screen(amount, angle, float(pitch), shift), dots)
        worn = 0.93 - 0.1 * (noise(rng, full, 3) > 0.75) + 0.05 * fractal(rng, full, 60, 3)
        # Inks are glass: each takes its part of the light that the last let through.
        picture = mix(picture, picture * ink, dots * worn)
    picture = mix(picture, BLACK, plates.line * (0.96 - 0.12 * (noise(rng, full, 4) > 0.8)))
    fibre = 0.03 * noise(rng, full, 30, 4) + 0.025 * noise(rng, full, 4)
    return develop(picture * (1 + fibre[..., None]))


def _screen(amount: Field, angle: float, pitch: float, shift: NDArray[np.float64]) -> Field:
    """Round dots that grow with the amount of ink (0..1) and meet at half."""
    full = len(amount)
    across, down = np.meshgrid(np.arange(full) + shift[0], np.arange(full) + shift[1])
    turn = np.deg2rad(angle)
    u = (across * np.cos(turn) + down * np.sin(turn)) * (2 * np.pi / pitch)
    v = (down * np.cos(turn) - across * np.sin(turn)) * (2 * np.pi / pitch)
    hill = (0.5 + 0.25 * (np.cos(u) + np.cos(v))).astype(np.float32)
    edge = 0.9 / pitch
    return smoothstep(-edge, edge, hill - (1 - amount)) * (amount > 0.02)


def _compose(full: int, rng: Random) -> Plates:
    """Rays, the burst before them, and the hills before all."""
    x, y = plane(full)
    dx, dy = x - SUN[0], y - SUN[1]
    far, angle = np.hypot(dx, dy), np.arctan2(dy, dx)
    plates = _rays(far, angle)
    wave = np.cos(angle * 9)
    teeth = 0.255 + 0.055 * np.sign(wave) * np.abs(wave) ** 0.6
    teeth = teeth * (1 + 0.12 * np.cos(3 * angle + 1))
    # How far outside each shape a point is, from the back to the front.
    burst = zip((far - teeth, far - 0.78 * teeth, far - 0.135), BURST, strict=True)
    hills = (
        (0.70 + 0.105 * row + 0.035 * np.sin(x * (13 - 3 * row) + 2.2 * row) - y, hill)
        for row, hill in enumerate(HILLS)
    )
    for outside, shape in (*burst, *hills):
        weight = 0.0065 + 0.002 * fractal(rng, full, full / 5, 2)
        plates = _cover(plates, outside, shape, weight)
    return plates


def _rays(far: Field, angle: Field) -> Plates:
    """Rays from the sun, blue and golden by turns, paling or deepening outwards."""
    spokes = np.cos(angle * 14 + 0.4)
    blue = spokes > 0
    fade = np.clip(far / 0.85, 0, 1)
    amounts = [
        np.where(blue, 0.75 - 0.6 * fade, 0.08),
        np.where(blue, 0.04, 0.1 + 0.35 * fade),
        np.where(blue, 0.0, 0.85 - 0.35 * fade),
    ]
    line = smoothstep(0.004, 0.002, np.abs(spokes) * far / 14)
    pitch = np.where(blue, 18, 12).astype(np.float32)
    return Plates(np.stack(amounts).astype(np.float32), line, pitch)


def _cover(plates: Plates, outside: Field, shape: Shape, weight: Field) -> Plates:
    """Put a shape with a black outline of that weight in front; it is where `outside` < 0."""
    inside = outside < 0
    fade = 1 - shape.fade * (0.15 + 1.1 * np.clip(-outside / 0.2, 0, 1))
    amounts = np.array(shape.amounts)[:, None, None] * np.clip(fade, 0.05, 1)
    outline = smoothstep(0.0015, -0.0015, np.abs(outside) - weight)
    return Plates(
        np.where(inside, amounts, plates.inks).astype(np.float32),
        np.maximum(np.where(inside, 0, plates.line), outline).astype(np.float32),
        np.where(inside, shape.pitch, plates.pitch).astype(np.float32),
    )
