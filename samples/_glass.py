"""Glass: a rose window of leaded panes, a sun at its heart, its light held in ripples and seeds."""

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
    ramp,
    relief,
    smoothstep,
)

HEART = (0.46, 0.47)
# From the heart outwards; a pane takes one near its place.
PANES = colours(
    "#ffe98a", "#ffc42e", "#ff8a1c", "#e8331f", "#c0153f", "#7a1d86",
    "#2b2fb0", "#1560d0", "#0fa0b8", "#12a06a", "#58b83a", "#1d55c8", "#3a1f9a",
)  # fmt: skip
LEAD = colours("#17161a")[0]
SPACING = 92.0
LEAD_WIDTH = 6.0


def draw(side: int, rng: Random) -> Image.Image:
    """Draw it `side` pixels square."""
    full = side * SUPERSAMPLE
    centres = _centres(full, rng)
    x, y = (axis * full for axis in plane(full))
    # Panes with curved edges: the lines between straight ones, seen through moving water.
    bend = full / 6
    near = _nearest(
        x + 9 * fractal(rng, full, bend, 2),
        y + 9 * fractal(rng, full, bend, 2),
        centres,
    )
    pane, edge, corner = near
    picture = _panes(pane, edge, centres, rng)
    picture = picture + 0.22 * np.stack([blur(picture[..., c], 14) for c in range(3)], -1)
    return develop(_leaded(picture, edge, corner, rng))


def _centres(full: int, rng: Random) -> Field:
    """Middles (n, 2) of the panes: rings around the heart, each turned against the last."""
    heart = np.array(HEART) * full
    centres = [heart]
    radius = 0.8 * SPACING
    while radius < full * 0.8:
        width = SPACING * (0.62 + 0.55 * radius / full)
        count = max(6, round(2 * np.pi * radius / width / 6) * 6)
        turn = rng.uniform(0, 2 * np.pi)
        for angle in turn + 2 * np.pi * np.arange(count) / count:
            out = radius + rng.normal(0, 0.12 * SPACING)
            centres.append(heart + out * np.array([np.cos(angle), np.sin(angle)]))
        radius += SPACING * rng.uniform(0.8, 1.35)
    points = np.array(centres, np.float32)
    within = ((points > -2 * SPACING) & (points < full + 2 * SPACING)).all(1)
    return points[within]


def _nearest(x: Field, y: Field, centres: Field) -> tuple[NDArray[np.intp], Field, Field]:
    """Each point's pane, how far its nearest border is, and how far the next but one."""
    full = len(x)
    distances = np.full((3, full, full), 1e12, np.float32)
    owners = np.zeros((3, full, full), np.intp)
    reach = int(3.2 * SPACING)
    for owner, (cx, cy) in enumerate(centres):
        rows = slice(max(0, int(cy) - reach), max(0, int(cy) + reach))
        cols = slice(max(0, int(cx) - reach), max(0, int(cx) + reach))
        new = (x[rows, cols] - cx) ** 2 + (y[rows, cols] - cy) ** 2
        of = np.full(new.shape, owner)
        for rank in range(3):
            old, was = distances[rank, rows, cols], owners[rank, rows, cols]
            closer = new < old
            carried = np.where(closer, old, new), np.where(closer, was, of)
            old[...], was[...] = np.where(closer, new, old), np.where(closer, of, was)
            new, of = carried
    middle = centres[owners]
    borders = []
    for rank in (1, 2):
        apart = np.hypot(*np.moveaxis(middle[rank] - middle[0], -1, 0))
        borders.append((distances[rank] - distances[0]) / np.maximum(2 * apart, 1))
    return owners[0], borders[0], borders[1]


def _panes(pane: NDArray[np.intp], edge: Field, centres: Field, rng: Random) -> Field:
    """The panes' coloured light: brighter in their middles, uneven as hand-made glass is."""
    full = len(pane)
    count = len(centres)
    across, down = (centres / full - HEART).T
    # The heart's colours reach out in eight points, and the outer ones in between.
    star = 0.09 * np.cos(8 * np.arctan2(down, across))
    out = np.hypot(across, down) / 0.78 * (1 - star) - 0.35 * star
    place = np.clip(out + rng.normal(0, 0.035, count), 0, 1).astype(np.float32)
    tint = ramp(place, PANES) * rng.uniform(0.72, 1.12, (count, 1))
    # A few panes of nearly clear glass keep the deep ones deep.
    clear = rng.uniform(size=(count, 1)) < 0.05
    tint = np.where(clear, 0.35 * tint + 0.65 * colours("#f4efd2"), tint).astype(np.float32)
    streaks = np.stack(
        [
            noise(rng, full, 60, 7) + 0.6 * noise(rng, full, 24, 4),
            noise(rng, full, 7, 60) + 0.6 * noise(rng, full, 4, 24),
            fractal(rng, full, 34, 3) * 1.6,
            noise(rng, full, 14) + 0.7 * noise(rng, full, 5),
        ]
    )
    kind = rng.integers(0, len(streaks), count)[pane]
    rows, cols = np.indices(pane.shape)
    ripple = streaks[kind, rows, cols]
    tilt = rng.normal(0, 0.0035, (count, 2)).astype(np.float32)
    slant = (np.stack([cols, rows], -1) - centres[pane]) * tilt[pane]
    seeds = np.clip(noise(rng, full, 6) - 0.9, 0, 1)
    light = 0.58 + 0.62 * smoothstep(0, 40, edge) + 0.17 * ripple + slant.sum(-1) + 1.6 * seeds
    glow = np.clip(light, 0.12, 1.6)[..., None]
    # Where the light is strong the colour pales towards white, as in a photograph of a window.
    return np.asarray(tint[pane] * glow + 0.3 * np.clip(glow - 1.12, 0, 1), np.float32)


def _leaded(picture: Field, edge: Field, corner: Field, rng: Random) -> Field:
    """The panes held by lead: round in section, thicker where lines meet and are soldered."""
    wobble = 1 + 0.18 * noise(rng, len(edge), 40)
    solder = 5 * smoothstep(LEAD_WIDTH * 2.2, 0, corner)
    width = LEAD_WIDTH * wobble + solder
    profile = np.sqrt(np.clip(1 - (edge / width) ** 2, 0, 1)).astype(np.float32)
    hammered = profile * width + 0.7 * noise(rng, len(edge), 9) + 0.4 * noise(rng, len(edge), 4)
    light = relief(blur(hammered.astype(np.float32), 1.2), 0.9)
    metal = LEAD + np.clip(0.03 + 0.3 * light, 0, 1)[..., None] * colours("#b9bccb")[0]
    shade = smoothstep(-1, 10, edge - width)[..., None]
    cover = smoothstep(1, -1, edge - width)[..., None]
    return np.asarray(picture * (0.45 + 0.55 * shade) * (1 - cover) + metal * cover, np.float32)
