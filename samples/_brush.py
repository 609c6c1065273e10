"""A brush: strokes with bristles, that run dry, on a canvas that keeps the height of the paint."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from samples._fields import Field, Random, blur, relief, sample


@dataclass(frozen=True)
class Brush:
    """What one brush does; lengths in pixels of the canvas."""

    width: float
    length: float
    """Of a stroke along its path."""
    streaks: float = 0.06
    """How far the bristles' shades lie apart, in parts of white."""
    dryness: float = 0.5
    """0 covers everything; 1 leaves gaps between the bristles all along."""
    body: float = 1.0
    """Thickness of the paint."""
    taper: float = 0.25
    """Part of the stroke, at each end, over which it narrows."""


@dataclass
class Canvas:
    """Colour (side, side, 3), height of paint and, if it has one, the paper's tooth (side, side).

    Paint reaches only the tooth's peaks where a stroke is dry; the tooth lies within 0..1.
    """

    colour: Field
    tooth: Field | None = None
    height: Field = field(init=False)

    def __post_init__(self) -> None:
        self.height = np.zeros(self.colour.shape[:2], np.float32)

    def stroke(self, path: Field, brush: Brush, paint: Field, rng: Random) -> None:
        """Pull the brush along a path (n, 2) of x and y, in one paint (3,)."""
        side = len(self.colour)
        points, across = _ribbon(path, brush, rng)  # (u, v, 2), (v,)
        inside = ((points >= 0) & (points < side)).all(-1)
        bristles = _bristles(rng, points.shape[0], len(across))
        along = np.linspace(0, 1, points.shape[0], dtype=np.float32)[:, None]
        # Bristles give out towards the end and at the rim, where less paint is.
        load = 1.15 - 0.55 * along**2 - 0.35 * across**4
        index = points.astype(np.intp)
        index = index[..., 1] * side + index[..., 0]
        grip = bristles * 0.5 + 0.5
        if self.tooth is not None:
            grip = 0.25 * grip + 0.75 * self.tooth.reshape(-1)[np.where(inside, index, 0)]
        kept = inside & (load - brush.dryness * 1.15 * (1 - grip) > 0.42 * brush.dryness)
        index = index[kept]
        shade = (bristles * brush.streaks)[kept]
        self.colour.reshape(-1, 3)[index] = paint + shade[:, None]
        ridge = brush.body * (0.55 + 0.3 * bristles + 0.45 * across**2 - 0.2 * along)
        flat = self.height.reshape(-1)
        flat[index] = 0.35 * flat[index] + ridge[kept]

    def lit(self, depth: float, gloss: float = 0.0) -> Field:
        """The canvas under a light from the upper left, which the paint's relief catches."""
        light = relief(blur(self.height, 0.8), depth)[..., None]
        shine = np.clip(light - 0.45, 0, 1) * gloss
        return np.asarray(self.colour * (1 + 0.38 * light) + shine, np.float32)


def _ribbon(path: Field, brush: Brush, rng: Random) -> tuple[Field, Field]:
    """Points (u, v, 2) that cover a stroke without holes, and the places (v,) across, -1..1."""
    steps = np.diff(path, axis=0)
    travelled = np.concatenate([[0], np.cumsum(np.hypot(steps[:, 0], steps[:, 1]))])
    count = max(4, int(travelled[-1] * 1.3))
    u = np.linspace(0, travelled[-1], count)
    spine = np.stack([np.interp(u, travelled, path[:, c]) for c in (0, 1)], -1)
    tangent = np.gradient(spine, axis=0)
    tangent /= np.maximum(np.hypot(tangent[:, 0], tangent[:, 1])[:, None], 1e-6)
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], -1)
    across = np.linspace(-1, 1, max(3, int(brush.width * 1.6)))
    ends = np.minimum(u, travelled[-1] - u) / max(brush.taper * travelled[-1], 1e-6)
    half = 0.5 * brush.width * np.sqrt(np.clip(ends + 0.06, 0, 1)) * rng.uniform(0.75, 1.15)
    offset = half[:, None] * across
    points = spine[:, None] + offset[..., None] * normal[:, None]
    return points.astype(np.float32), across.astype(np.float32)


def _bristles(rng: Random, length: int, count: int) -> Field:
    """Shades (length, count), about -1..1: streaks that change slowly along the stroke."""
    knots = rng.normal(0, 0.45, (max(2, length // 40 + 1), count)).astype(np.float32)
    knots += rng.normal(0, 0.45, count).astype(np.float32)
    place = np.linspace(0, len(knots) - 1, length, dtype=np.float32)
    low = np.minimum(place.astype(np.intp), len(knots) - 2)
    part = (place - low)[:, None]
    shades = knots[low] * (1 - part) + knots[low + 1] * part
    return np.asarray(np.clip(shades, -1, 1), np.float32)


def trace(along: tuple[Field, Field], starts: Field, length: float, step: float = 4.0) -> Field:
    """Paths (n, k, 2) that follow a field of directions (x and y) from the points `starts` (n, 2).

    The starts are the paths' middles, so that a stroke is where its colour was taken. A direction
    and its opposite are the same: a path never turns back where the field does.
    """
    count = max(2, int(length / step / 2))
    halves: list[NDArray[np.float32]] = []
    for sense in (-1.0, 1.0):
        at = starts.astype(np.float32)
        line = [at]
        last = np.stack([sample(part, at[:, 0], at[:, 1]) for part in along], -1)
        for _ in range(count):
            flow = np.stack([sample(part, at[:, 0], at[:, 1]) for part in along], -1)
            flow = np.where((flow * last).sum(-1, keepdims=True) < 0, -flow, flow)
            at = at + np.float32(sense * step) * flow
            last = flow
            line.append(at)
        halves.append(np.stack(line, 1))
    return np.concatenate([halves[0][:, :0:-1], halves[1]], 1)


def scatter(rng: Random, side: int, spacing: float, margin: float = 0.03) -> Field:
    """Points (n, 2) spread evenly but not regularly, in random order, some outside the border."""
    ends = (-margin * side, side * (1 + margin))
    line = np.arange(ends[0], ends[1], spacing)
    x, y = np.meshgrid(line, line)
    points = np.stack([x.ravel(), y.ravel()], -1) + rng.uniform(-0.7, 0.7, (x.size, 2)) * spacing
    return rng.permutation(points).astype(np.float32)


def paint_over(
    canvas: Canvas,
    plan: Field,
    along: tuple[Field, Field],
    brush: Brush,
    rng: Random,
    *,
    spacing: float,
    temper: float = 0.04,
    where: Field | None = None,
) -> None:
    """Cover the canvas with strokes, each in the colour of the plan at its middle.

    `temper` is how far a stroke's paint strays from the plan, in parts of white; `where` (0..1)
    is the chance that a place gets its stroke.
    """
    starts = scatter(rng, len(plan), spacing)
    if where is not None:
        chance = sample(where, starts[:, 0], starts[:, 1])
        starts = starts[rng.uniform(size=len(starts)) < chance]
    paths = trace(along, starts, brush.length)
    # Lightness strays most, and the colours a little against each other.
    stray = rng.normal(0, temper, (len(starts), 1)) + rng.normal(0, temper / 2, (len(starts), 3))
    paints = sample(plan, starts[:, 0], starts[:, 1]) + stray.astype(np.float32)
    for path, paint in zip(paths, paints, strict=True):
        canvas.stroke(path, brush, paint, rng)
