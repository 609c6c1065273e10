"""Waves: rows of cresting water in Prussian blue, cream foam and spray, under a coral sun."""

import numpy as np
from PIL import Image

from samples._brush import Brush, Canvas, paint_over
from samples._fields import (
    SUPERSAMPLE,
    Field,
    Random,
    blur,
    colours,
    develop,
    fractal,
    mix,
    noise,
    plane,
    ramp,
    smoothstep,
)

ROWS = 7
WATER = colours("#f6ecd2", "#a9cfd0", "#3f86b3", "#1c5391", "#123a73", "#0c2450", "#081838")
SKY = colours("#e9c9a0", "#f3dfbb", "#f1d6b0", "#eba98a", "#e4785f")
CREAM, CORAL, EMBER, INK = colours("#fbf3dd", "#e2523c", "#f08a55", "#0a1b3f")
SUN = (0.66, 0.2)


def draw(side: int, rng: Random) -> Image.Image:
    """Draw it `side` pixels square."""
    full = side * SUPERSAMPLE
    plan, along, crests = _compose(full, rng)
    canvas = Canvas(plan.copy())
    broad = Brush(width=22, length=170, streaks=0.04, dryness=0.2, body=0.7)
    fine = Brush(width=9, length=120, streaks=0.06, dryness=0.5, body=0.9)
    paint_over(canvas, plan, along, broad, rng, spacing=19, temper=0.025)
    paint_over(canvas, plan, along, fine, rng, spacing=12, temper=0.045)
    for row, crest in enumerate(crests):
        _foam(canvas, crest, 0.7 + 0.7 * row / ROWS, rng)
    grain = noise(rng, full, 160, 3) * 0.02 + noise(rng, full, 3) * 0.012
    return develop(canvas.lit(depth=1.3) + grain[..., None])


def _crest(x: Field, row: int, shift: float) -> Field:
    """Height (0..1, downwards) of a row's edge at x: peaked swells that lean to the right."""
    near = row / (ROWS - 1)
    turns: Field = (x * (3.4 - 1.9 * near) + shift) * np.float32(2 * np.pi)
    swell = np.zeros_like(x)
    for _ in range(3):  # the lean moves the peak, which moves the lean
        swell = (1 - np.abs(np.sin((turns + 0.9 * swell) / 2))) ** np.float32(1.35)
    size = (0.045 + 0.15 * near) * (0.75 + 0.25 * np.sin(3 * x + 2.4 * row))
    return np.asarray(0.37 + 0.68 * near**1.2 - size * swell, np.float32)


def _compose(full: int, rng: Random) -> tuple[Field, tuple[Field, Field], list[Field]]:
    """The picture to be painted, the direction of its strokes, and the crests (full,) in pixels."""
    x, y = plane(full)
    drift = fractal(rng, full, full / 4, 3)
    plan, angle = _sky(x, y, drift)
    crests = []
    for row in range(ROWS):
        edge = _crest(x[0], row, 0.37 * row + 0.22 * (row % 2))
        depth = y - edge
        inside = depth > 0
        plan = np.where(inside[..., None], _water(depth, x, row, drift), plan)
        # Away from the crest, which is softened for it, the strokes lie ever flatter.
        lean = blur(np.tile(np.gradient(edge) * full, (2, 1)).astype(np.float32), 6)[0]
        angle = np.where(inside, np.arctan(lean * np.exp(-depth * 4)), angle)
        crests.append((edge * full).astype(np.float32))
    along = (np.cos(angle).astype(np.float32), np.sin(angle).astype(np.float32))
    return plan.astype(np.float32), along, crests


def _sky(x: Field, y: Field, drift: Field) -> tuple[Field, Field]:
    """The sky, and the angle of its strokes: around the sun, level away from it."""
    far = np.hypot(x - SUN[0], y - SUN[1])
    rings = 0.5 + 0.5 * np.cos(far * 105 + 1.5 * drift)
    sky = ramp(np.clip(y / 0.55 + 0.08 * drift, 0, 1), SKY)
    sky = mix(sky, CREAM, 0.75 * rings * smoothstep(0.55, 0.2, far))
    sky = mix(sky, EMBER, 0.35 * rings * smoothstep(0.3, 0.15, far))
    sky = mix(sky, mix(CORAL, EMBER, 0.5 + 0.5 * drift), smoothstep(0.152, 0.148, far))
    wheel = smoothstep(0.6, 0.3, far)
    around = 2 * np.arctan2(x - SUN[0], SUN[1] - y)
    # Directions without a sense are mixed as twice their angle.
    angle = 0.5 * np.arctan2(wheel * np.sin(around), wheel * np.cos(around) + 1 - wheel)
    return sky, angle


def _water(depth: Field, x: Field, row: int, drift: Field) -> Field:
    """A swell: pale at its crest, dark below, in bands that follow the crest."""
    near = row / (ROWS - 1)
    tone = 0.14 + depth / (0.07 + 0.16 * near) * 0.6 + 0.1 * drift
    bands = np.sin(depth * (190 - 90 * near) + 5 * drift + 2 * np.sin(9 * x + row))
    tone = tone + 0.19 * bands * smoothstep(0.005, 0.03, depth)
    tone = np.where(depth < 0.006 + 0.005 * near, 0, tone)
    return ramp(np.clip(tone, 0, 1), WATER)


def _foam(canvas: Canvas, crest: Field, scale: float, rng: Random) -> None:
    """Fingers of foam that curl over a crest, longest where it is high, and their spray."""
    full = len(crest)
    lift = (crest.max() - crest) / (np.ptp(crest) + 1e-6)
    finger = Brush(width=10 * scale, length=0, streaks=0.02, dryness=0.1, body=1.4, taper=0.5)
    shadow = Brush(width=14 * scale, length=0, streaks=0.02, dryness=0.1, body=0.4, taper=0.5)
    drop = np.linspace(-0.5, 0.5, 4)
    for at in np.arange(0, full, 7):
        high = lift[int(at)]
        if rng.uniform() > 1.3 * high + 0.12:
            continue
        reach = scale * (rng.uniform(8, 26) + 40 * high**2 * rng.uniform(0.4, 1))
        turn = np.linspace(-0.6, 2.4, 12)
        path = np.stack([np.sin(turn), -np.cos(turn)], -1) * reach * 0.5
        path += (at, crest[int(at)] + reach * 0.3)
        canvas.stroke((path + np.array([2, 3])).astype(np.float32), shadow, INK, rng)
        canvas.stroke(path.astype(np.float32), finger, CREAM, rng)
        for _ in range(rng.poisson(2.4 * high)):
            size = rng.uniform(2.5, 7)
            spot = path[-1] + rng.normal(0, 1, 2) * (26, 20) - (-12, 26 * high)
            dot = Brush(width=size, length=0, streaks=0, dryness=0, body=1.4, taper=0.5)
            spray = spot + np.stack([drop * size, drop * 0], -1)
            canvas.stroke(spray.astype(np.float32), dot, CREAM, rng)
