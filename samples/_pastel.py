"""Pastel: soft chalk on toothed paper, clouds at sunrise over fields in flower."""

import numpy as np
from PIL import Image

from samples._brush import Brush, Canvas, paint_over
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
    ramp,
    smoothstep,
)

SKY = colours("#4f86d6", "#6ea6e6", "#9fc4f2", "#c3b4ec", "#f0a9c0", "#ffb78e", "#ffd894")
CLOUD = colours("#8a78c8", "#c48fd0", "#f49aa8", "#ffc090", "#fff0d2")
FIELDS = colours("#3f5fae", "#3f9f98", "#7fd0a4", "#a47fd8", "#ee7f86", "#ffc07a", "#6fc8b4")
PAPER = colours("#5a4a78")[0]

GLOW, SUN = colours("#fff0b8", "#ff8f5e")
CLOUDS = ((0.70, 0.16, 0.36, 0.13), (0.16, 0.27, 0.30, 0.10), (0.80, 0.40, 0.26, 0.07))


def draw(side: int, rng: Random) -> Image.Image:
    """Draw it `side` pixels square."""
    full = side * SUPERSAMPLE
    plan, along = _compose(full, rng)
    tooth = _tooth(full, rng)
    canvas = Canvas(np.tile(PAPER, (full, full, 1)) + 0.1 * (tooth[..., None] - 0.5), tooth)
    rubbed = Brush(width=56, length=150, streaks=0.02, dryness=0.7, body=0.2, taper=0.1)
    chalk = Brush(width=26, length=130, streaks=0.03, dryness=0.95, body=0.5, taper=0.1)
    stick = Brush(width=12, length=80, streaks=0.04, dryness=0.9, body=0.7, taper=0.1)
    paint_over(canvas, plan, along, rubbed, rng, spacing=26, temper=0.03)
    paint_over(canvas, plan, along, chalk, rng, spacing=20, temper=0.05)
    accents = np.clip(0.5 + 1.2 * (plan - 0.5) + 0.04, 0, 1)
    paint_over(canvas, accents, along, stick, rng, spacing=20, temper=0.07)
    dust = noise(rng, full, 2.5) * 0.03
    return develop(canvas.lit(depth=0.7) + dust[..., None])


def _tooth(full: int, rng: Random) -> Field:
    """Height of laid paper, 0..1: fine grain and the faint ribs of its mould."""
    rough = noise(rng, full, 4) + 0.9 * noise(rng, full, 8) + 0.3 * noise(rng, full, 40, 6)
    return np.asarray(np.clip(0.5 + 0.38 * rough, 0, 1), np.float32)


def _compose(full: int, rng: Random) -> tuple[Field, tuple[Field, Field]]:
    """The picture to be drawn, and the direction of its strokes."""
    x, y = plane(full)
    puffs = fractal(rng, full, full / 3.5, 5, 0.55)
    drift = fractal(rng, full, full / 3, 2)
    plan = ramp(np.clip(y / 0.6 + 0.06 * drift, 0, 1), SKY)
    sun = np.hypot(x - 0.33, y - 0.47)
    plan = mix(plan, GLOW, smoothstep(0.26, 0.07, sun) * 0.75)
    cloud, light = _clouds(x, y, puffs)
    plan = mix(plan, ramp(light, CLOUD), cloud)
    plan = mix(plan, SUN, smoothstep(0.088, 0.082, sun) * (1 - cloud))
    # Around the sun and its glow, else slanting; the wheel opens at the upper left.
    around = np.arctan2(x - 0.33, 0.47 - y)
    angle = -0.45 + 0.7 * drift
    angle += smoothstep(0.2, 0.1, sun) * (around - angle)
    angle += cloud * (1.4 - 2.6 * light)
    for row in range(5):
        edge = 0.58 + 0.085 * row + (0.03 + 0.008 * row) * np.sin(x * (5 - 0.5 * row) + 2.1 * row)
        depth = y - edge
        inside = smoothstep(0, 0.006, depth)
        plan = mix(plan, _field(x, depth, row, drift), inside)
        lie = np.arctan(np.gradient(edge, axis=1) * full)
        furrow = lie + (0.0, 0.55, -0.45, 0.7, -0.8)[row]
        angle = angle + (furrow - angle) * inside
    return plan, (np.cos(angle).astype(np.float32), np.sin(angle).astype(np.float32))


def _clouds(x: Field, y: Field, puffs: Field) -> tuple[Field, Field]:
    """Where clouds are (0..1), and how the low sun lights them (0 in shade, 1 bright)."""
    cover, light = np.zeros_like(x), np.zeros_like(x)
    for cx, cy, width, height in CLOUDS:
        across, up = (x - cx) / width, (y - cy) / height
        # Bulging above, flat below.
        bulge = across**2 + np.where(up > 0, 4 * up * up, up * up) + 0.75 * puffs
        here = smoothstep(1.0, 0.8, bulge)
        tone = np.clip(0.42 - 0.55 * up - 0.25 * across + 0.75 * puffs, 0, 1)
        light = light + (tone - light) * here
        cover = np.maximum(cover, here)
    return cover, light.astype(np.float32)


def _field(x: Field, depth: Field, row: int, drift: Field) -> Field:
    """A field: furrows of two colours, in shade under the hill behind."""
    furrows = 0.5 + 0.5 * np.sin(depth * 130 / (1 + 0.4 * row) + x * (18 - 34 * (row % 2)) + drift)
    tone = ((0.0, 0.26, 0.5, 0.16, 0.62)[row] + 0.3 * furrows + 0.12 * drift).astype(np.float32)
    shade = 1 - 0.22 * smoothstep(0.035, 0, depth)
    return (ramp(np.clip(tone, 0, 1), FIELDS) * shade[..., None]).astype(np.float32)
