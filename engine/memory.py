"""What a painting needs of the device's memory, known before it starts, and what fits."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from engine.nst.schedule import stops
from engine.nst.tiles import by_tiles
from jobs.recipe import Recipe

_MARGIN = 1.15
"""For what a footprint leaves out: coarser scales' targets, and what an allocator wastes."""
_SHARE = 0.85
"""Of the free memory that paintings may fill: others on the machine need some, too."""
_GRID = 8
_LARGE_HELD = 72.0
"""Bytes a pixel of a canvas by tiles: picture, content and start, and Adam's two moments."""
_LARGE_PASSING = 96.0
"""The same for as long as a step lasts: the gradient, and Adam's step on the pyramid."""


@dataclass(frozen=True)
class Footprint:
    """What each pixel of a painting's canvas costs, by its network, layers and optimiser."""

    held: float
    """Bytes from the first step to the last: targets, optimiser."""
    passing: float
    """Bytes for as long as a step lasts: activations and their gradients."""
    glance: float
    """Bytes for as long as a style is looked at, a pixel of the style."""
    work: float
    """Multiply-adds of a step."""
    whole_side: int | None = None
    """Px; canvases with more than its square are painted by tiles. None: no canvas is."""
    tile_seen: int = 0
    """Pixels that a tile sees, its surroundings included."""


@dataclass(frozen=True)
class Need:
    """Bytes that a painting holds, and bytes that its steps need beside."""

    held: int
    passing: int

    @property
    def whole(self) -> int:
        """Of the painting by itself."""
        return self.held + self.passing


def need(footprint: Footprint, recipe: Recipe, canvas: tuple[int, int]) -> Need:
    """What `recipe` needs for a finished painting of `canvas` (width, height) px."""
    pixels = canvas[0] * canvas[1]
    held, step = footprint.held * pixels, footprint.passing * pixels
    if recipe.classic is None and by_tiles(canvas, footprint.whole_side):
        assert footprint.whole_side is not None
        # Its coarser scales are painted whole.
        small = footprint.whole_side**2
        held = max(_LARGE_HELD * pixels, footprint.held * small)
        by_tile = _LARGE_PASSING * pixels + footprint.passing * footprint.tile_seen
        step = max(by_tile, footprint.passing * small)
    seen = max(_seen_at_once(footprint, each) for each in style_pixels(recipe, canvas))
    look = footprint.glance * seen
    return Need(round(held * _MARGIN), round(max(step, look) * _MARGIN))


def _seen_at_once(footprint: Footprint, pixels: int) -> int:
    """Of a style's pixels, those that one pass looks at."""
    if footprint.whole_side is None or pixels <= footprint.whole_side**2:
        return pixels
    return footprint.tile_seen


def style_pixels(recipe: Recipe, canvas: tuple[int, int]) -> list[int]:
    """Pixels of each style at the whole size; no aspect is known yet, so those of squares."""
    if recipe.classic is not None:
        return [recipe.classic.style_side**2]
    return [round(max(canvas) * scale) ** 2 for scale in recipe.style_scales]


def fillable(free: int, held: int) -> int:
    """Bytes that paintings may take where `free` are free and paintings already hold `held`."""
    return round((free + held) * _SHARE)


def size_for_all(
    pairs: Sequence[tuple[Footprint, Recipe]], canvas: tuple[int, int], memory: int, least: int
) -> int | None:
    """The largest size at which each of several recipes fits into an equal share of `memory`.

    As `fitting_size` gives it for one.
    """
    share = memory // len(pairs)
    sizes = [fitting_size(*pair, canvas, share, least) for pair in pairs]
    fitting = [size for size in sizes if size is not None]
    return min(fitting) if len(fitting) == len(sizes) else None


def fitting_size(
    footprint: Footprint, recipe: Recipe, canvas: tuple[int, int], memory: int, least: int
) -> int | None:
    """The largest size up to the recipe's that fits into `memory` bytes.

    In px as `Recipe.size` is. None where not even `least` fits, or where the recipe's own does not
    and it may not be changed.
    """
    size = recipe.size
    if need(footprint, recipe, canvas).whole <= memory:
        return size
    if not recipe.may_be_adapted:
        return None
    part = math.sqrt(memory / need(footprint, recipe, canvas).whole)
    size = min(size - 1, int(size * part) + _GRID) // _GRID * _GRID
    while size >= least:
        smaller = recipe.model_copy(update={"size": size})
        if need(footprint, smaller, stops(smaller, *canvas)[-1].canvas).whole <= memory:
            return size
        size -= _GRID
    return None
