"""From coarse to fine: how a recipe's steps are shared out over the sizes that it is painted at."""

import math
from collections.abc import Iterator

from config.settings import RecipeDefaults
from jobs.recipe import Scale

LARGE = 1024
"""Long side in px up to which a backbone's own scales do: its look is made there.

What the network sees of a larger picture at once is too small a part of it to make its look.
"""

_FIRST_DOUBLING = 0.1
"""Of all steps, those at the first size beyond; each size after it has half as many.

A step takes four times as long there, and refines what the coarser sizes have painted.
"""

_Part = tuple[float, float, float]
"""Long side as a part of the size, part of the steps, factor on the content's weight."""


def scales_of(own: RecipeDefaults, steps: int, size: int) -> tuple[Scale, ...]:
    """`steps` shared out over a backbone's own scales, and over larger ones beyond LARGE px.

    The last has at least one, and what rounding leaves.
    """
    *coarse, last = _parts(own, size)
    shares = [round((steps - 1) * part) for _, part, _ in coarse]
    counts = [*shares, steps - sum(shares)]
    return tuple(
        Scale(fraction=fraction, steps=count, content=content)
        for (fraction, _, content), count in zip([*coarse, last], counts, strict=True)
    )


def _parts(own: RecipeDefaults, size: int) -> list[_Part]:
    if size <= LARGE:
        return list(own.scales)
    larger = list(_larger(size))
    base = LARGE / size
    left = 1 - sum(part for _, part, _ in larger)
    first = [(fraction * base, part * left, content) for fraction, part, content in own.scales]
    return [*first, *larger]


def _larger(size: int) -> Iterator[_Part]:
    """From LARGE to `size`, which is the last: equal factors of two at most."""
    doublings = math.ceil(math.log2(size / LARGE))
    for number in range(1, doublings + 1):
        fraction = (size / LARGE) ** (number / doublings - 1)
        yield fraction, _FIRST_DOUBLING / 2 ** (number - 1), 1.0
