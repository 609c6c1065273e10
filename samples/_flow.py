"""Flow: long strokes of thick paint along the currents of a night sky over a gleaming river."""

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

# x, y, radius, turn: the lights of the sky and which way it runs around them.
LIGHTS = (
    (0.70, 0.24, 0.21, 1.0),
    (0.25, 0.36, 0.16, -1.0),
    (0.10, 0.10, 0.09, 1.0),
    (0.44, 0.11, 0.07, -1.0),
    (0.93, 0.50, 0.08, -1.0),
    (0.52, 0.50, 0.06, 1.0),
)
NIGHT = colours("#0b1238", "#13246b", "#1d3f9e", "#2363b0", "#3695b4", "#8cc7b8", "#efe6c0")
GLOW = colours("#fff3cf", "#f7c948", "#e08a1e", "#f0dc9a", "#6fbcae", "#2d7fb8", "#1f4fae")
EARTH = colours("#071030", "#0d1f52", "#123a63", "#1d5c68", "#3d8a72", "#b7a045", "#f0c04a")


def draw(side: int, rng: Random) -> Image.Image:
    """Draw it `side` pixels square."""
    full = side * SUPERSAMPLE
    plan, along = _compose(full, rng)
    canvas = Canvas(mix(plan, plan * 0, 0.35))
    bold = Brush(width=34, length=150, streaks=0.05, dryness=0.25)
    middle = Brush(width=19, length=120, streaks=0.08, dryness=0.5, body=1.2)
    fine = Brush(width=10, length=80, streaks=0.09, dryness=0.45, body=1.5)
    paint_over(canvas, plan, along, bold, rng, spacing=19, temper=0.03)
    paint_over(canvas, plan, along, middle, rng, spacing=14, temper=0.06)
    lights = smoothstep(0.35, 0.9, plan.max(-1))
    bright = np.clip(plan * 1.15 + 0.05, 0, 1)
    paint_over(canvas, bright, along, fine, rng, spacing=14, temper=0.08, where=0.3 + 0.5 * lights)
    return develop(canvas.lit(depth=2.2, gloss=0.35))


def _compose(full: int, rng: Random) -> tuple[Field, tuple[Field, Field]]:
    """The picture to be painted (full, full, 3), and the direction of its strokes."""
    x, y = plane(full)
    drift = fractal(rng, full, full / 3, 3)
    sky, wind_x, wind_y = _sky(x, y, drift)
    # The horizon is a rolling line; above it the wind blows, below it the river runs.
    shore = 0.72 + 0.035 * np.sin(x * 7 + 0.6) + 0.02 * np.sin(x * 17)
    below = smoothstep(-0.004, 0.004, y - shore)
    plan = mix(sky, _land(x, y - shore, noise(rng, full, full / 10, full / 60)), below)
    river = 0.25 * np.cos(x * 7 + 0.6) + 0.18 * np.sin(y * 40 + x * 9)
    flow_x = wind_x * (1 - below) + below
    flow_y = wind_y * (1 - below) + below * river
    speed = np.hypot(flow_x, flow_y) + 1e-5
    return plan, (flow_x / speed, flow_y / speed)


def _sky(x: Field, y: Field, drift: Field) -> tuple[Field, Field, Field]:
    """The sky with its lights, and the wind (x and y) that spirals around them."""
    wind_x = 1 + 0.3 * drift
    wind_y = 0.45 * np.cos(x * 6.0 + y * 4) + 0.5 * drift
    glow, halo = np.zeros_like(x), np.zeros_like(x)
    for cx, cy, radius, turn in LIGHTS:
        dx, dy = x - cx, y - cy
        far = np.hypot(dx, dy) + 1e-4
        pull = 3.2 * np.exp(-((far / (1.25 * radius)) ** 2)) * turn
        # A little inwards beside the turn makes spirals of the rings.
        wind_x += pull * (-dy - 0.25 * turn * dx) / far
        wind_y += pull * (dx - 0.25 * turn * dy) / far
        rings = np.cos(far / radius * 13 - np.arctan2(dy, dx) * turn * 2)
        here = np.exp(-((far / radius) ** 2) * 1.6)
        band = np.clip(far / radius / 1.25 + 0.15 * rings, 0, 1)
        halo = np.where(here > glow, band, halo)
        glow = np.maximum(glow, here)
    current = np.sin(17 * (y + 0.12 * np.sin(x * 6 + y * 4) + 0.12 * drift))
    night = 0.36 + 0.16 * drift + 0.24 * current - 0.15 * smoothstep(0.45, 0, y)
    sky = ramp(np.clip(night, 0, 1), NIGHT)
    return mix(sky, ramp(halo, GLOW), smoothstep(0.08, 0.45, glow)), wind_x, wind_y


def _land(x: Field, depth: Field, ripple: Field) -> Field:
    """Dark hills at the shore, and below them the lights of the sky broken by the water."""
    tone = 0.06 + 0.5 * smoothstep(0.05, 0.2, depth) * (0.5 + 0.35 * ripple)
    for cx, _, radius, _ in LIGHTS[:2]:
        track = np.exp(-(((x - cx + 0.05 * ripple) / (0.45 * radius)) ** 2))
        tone += smoothstep(0.06, 0.12, depth) * track * (0.5 + 0.35 * ripple)
    return ramp(np.clip(tone, 0, 1).astype(np.float32), EARTH)
