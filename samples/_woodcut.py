"""Woodcut: mountains, a lake and pines cut in lines on a black block, and a second block in red."""

from typing import NamedTuple

import numpy as np
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

PAPER, BLACK, RED = colours("#f3e7cc", "#17140f", "#d3311f")
SUN = (0.63, 0.27, 0.135)
SHORE = 0.60
# x, y of each summit, and how steeply it falls to the left and right.
FAR_PEAKS = ((0.10, 0.42, 0.5, 0.42), (0.44, 0.46, 0.6, 0.5), (0.93, 0.40, 0.42, 0.6))
NEAR_PEAKS = ((0.22, 0.33, 0.75, 0.85), (0.80, 0.44, 0.7, 0.6), (-0.03, 0.45, 0.9, 0.7))
# x, y of the foot, height
PINES = (
    (0.075, 0.93, 0.40), (0.19, 0.96, 0.29), (0.285, 0.95, 0.19), (0.86, 0.97, 0.34),
    (0.955, 0.95, 0.45), (0.76, 0.98, 0.21),
)  # fmt: skip


class Cut(NamedTuple):
    """A block being cut: how dark it prints (0..1), along which lines, and where it is red."""

    tone: Field
    phase: Field
    """Number of the line at a point; lines are where it is a whole number."""
    red: Field

    def over(self, where: Field, tone: Field, phase: Field) -> "Cut":
        """Cut a shape in front of what is there; a thin black line is left around it."""
        inside = where > 0
        rim = np.abs(where) < 0.0022
        dark = np.where(rim, 1.0, np.where(inside, np.clip(tone, 0, 1), self.tone))
        return Cut(
            dark.astype(np.float32),
            np.where(inside, phase, self.phase).astype(np.float32),
            np.where(inside | rim, 0, self.red).astype(np.float32),
        )


def draw(side: int, rng: Random) -> Image.Image:
    """Draw it `side` pixels square."""
    full = side * SUPERSAMPLE
    x, y = plane(full)
    cut = _sky(x, y, full, rng)
    cut = _mountains(cut, x, y, FAR_PEAKS, 0.30, rng)
    cut = _mountains(cut, x, y, NEAR_PEAKS, 0.62, rng)
    cut = _lake(cut, x, y, rng)
    cut = _banks(cut, x, y, rng)
    for pine in PINES:
        cut = _pine(cut, x, y, pine, full)
    return develop(_printed(cut, full, rng))


def _sky(x: Field, y: Field, full: int, rng: Random) -> Cut:
    """Lines around the sun, which thicken away from it, parted by clouds."""
    far = np.hypot(x - SUN[0], y - SUN[1])
    bent = fractal(rng, full, full / 2.5, 3)
    cloud = noise(rng, full, full / 2.4, full / 13) + 0.4 * noise(rng, full, full / 7, full / 20)
    tone = 0.14 + 0.6 * np.clip((far - SUN[2]) / 0.6, 0, 1) + 0.1 * bent
    puff = smoothstep(0.22, 0.3, cloud)
    tone = tone + puff * (0.06 + 0.5 * smoothstep(0.55, 0.28, cloud) - tone)
    tone = tone * smoothstep(SUN[2] * 0.98, SUN[2] * 1.12, far)
    phase = (far + 0.012 * bent) * full / 13
    red = smoothstep(SUN[2] + 0.001, SUN[2] - 0.001, far)
    return Cut(tone.astype(np.float32), phase.astype(np.float32), red)


def _mountains(
    cut: Cut, x: Field, y: Field, peaks: tuple[tuple[float, ...], ...], weight: float, rng: Random
) -> Cut:
    """A range: sunlit on the side of the sun, dark on the other, scored down its slopes."""
    full = len(x)
    rough = fractal(rng, full, full / 7, 5, 0.55)
    for px, py, left, right in peaks:
        dx = x - px + 0.05 * rough * smoothstep(0, 0.12, y - py)
        ridge = py + np.where(dx < 0, -dx * left, dx * right) + 0.022 * rough
        depth = y - ridge
        lit = dx + 0.07 * rough - 0.25 * depth < 0
        lit = lit if px > SUN[0] else ~lit
        tone = np.where(lit, 0.2 + 0.35 * weight + 0.45 * rough, weight + 0.32 + 0.3 * rough)
        # Mist lies on the water.
        tone = tone * smoothstep(SHORE + 0.01, SHORE - 0.09, y)
        along = np.where(lit, 0.75 * dx + 0.45 * depth, 0.9 * dx - 0.35 * depth)
        cut = cut.over(depth, tone, (along + 0.008 * rough) * full / 10.5)
    return cut


def _lake(cut: Cut, x: Field, y: Field, rng: Random) -> Cut:
    """Level strokes: dark under the far shore, broken by the sun's red path."""
    full = len(x)
    ripple = noise(rng, full, full / 6, full / 60) + 0.5 * noise(rng, full, full / 18, full / 110)
    depth = y - SHORE
    path = np.exp(-(((x - SUN[0]) / (0.05 + 0.4 * depth)) ** 2)) * smoothstep(0, 0.02, depth)
    tone = 0.74 - 1.1 * depth + 0.3 * ripple - 0.62 * path
    # The lines lie further apart the nearer they are.
    phase = np.log1p(3.2 * np.maximum(depth, 0)) * full / 36 + 0.25 * ripple
    cut = cut.over(depth, tone, phase)
    saw = np.abs(phase % 1 - 0.5) * 2
    red = smoothstep(0.33, 0.37, path * (0.8 + 0.5 * ripple) - 0.35 * saw) * (depth > 0)
    return cut._replace(red=np.maximum(cut.red, red).astype(np.float32))


def _banks(cut: Cut, x: Field, y: Field, rng: Random) -> Cut:
    """Two grassy banks in front, their lines bent over the swell of the ground."""
    full = len(x)
    for row, (height, rise, lean) in enumerate(((0.80, 0.05, 0.35), (0.88, 0.045, -0.45))):
        grass = fractal(rng, full, full / 9, 4)
        edge = height + rise * np.cos((x - 0.5) * (6.5 + row) + 1.2 * row + 0.3) + 0.006 * grass
        depth = y - edge
        tone = 0.5 + 0.3 * np.sin(7 * x + 2 * row) + 0.3 * grass - 1.5 * np.clip(depth, 0, 0.2)
        blades = x + lean * depth * 3 + 4 * depth**2 + 0.014 * grass
        cut = cut.over(depth, tone + 0.12, blades * full / 13)
    return cut


def _pine(cut: Cut, x: Field, y: Field, pine: tuple[float, float, float], full: int) -> Cut:
    """A pine: tiers of drooping boughs, dark, with light between their needles."""
    px, foot, height = pine
    up = (foot - y) / height  # 0 at its foot, 1 at its top
    aside = np.abs(x - px) / height
    tier = (up * 9 + aside * 4.5) % 1
    reach = 0.235 * np.clip(1 - up, 0, 1) ** 0.85 * (0.62 + 0.38 * (1 - tier))
    trunk = np.minimum(0.018 - aside, np.minimum(up, 0.3 - up))
    boughs = np.minimum(reach - aside, np.minimum(up - 0.09, 1 - up))
    tone = 0.97 - 0.45 * smoothstep(0.1, 0.5, tier) * (x > px)
    phase = (y - 0.55 * aside * height) * full / 10
    return cut.over(np.maximum(boughs, trunk) * height, tone, phase)


def _printed(cut: Cut, full: int, rng: Random) -> Field:
    """The print: lines as wide as the tone is dark, gouged unevenly, inked not quite fully."""
    wander = 0.16 * fractal(rng, full, 60, 3) + 0.05 * noise(rng, full, 5)
    saw = np.abs((cut.phase + wander) % 1 - 0.5) * 2  # 1 on a line, 0 between two
    gouge = 0.13 * fractal(rng, full, 44, 3) + 0.07 * noise(rng, full, 6)
    dark = cut.tone + gouge * smoothstep(0, 0.12, cut.tone) * smoothstep(1, 0.9, cut.tone)
    black = smoothstep(-0.07, 0.07, dark - (1 - saw) - 0.04) * (cut.tone > 0.03)
    worn = smoothstep(0.86, 0.98, noise(rng, full, 3) + 0.25 * noise(rng, full, 90))
    wood = 0.5 + 0.5 * np.sin(fractal(rng, full, full / 3, 2) * 22 + np.linspace(0, 190, full))
    red = cut.red * (0.86 + 0.1 * wood) * (1 - 0.5 * worn)
    fibre = 1 + 0.03 * noise(rng, full, 26, 4) + 0.025 * noise(rng, full, 4)
    sheet = mix(np.broadcast_to(PAPER, (full, full, 3)), RED, red)
    return (mix(sheet, BLACK, black * (0.97 - 0.5 * worn)) * fibre[..., None]).astype(np.float32)
