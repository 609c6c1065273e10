"""From coarse to fine: the scales of a recipe as sizes in px, for one picture."""

from dataclasses import dataclass

from jobs.recipe import LEAST_SIDE, Mode, Recipe
from pictures.sizes import by_shorter_side, scaled


@dataclass(frozen=True)
class Stop:
    """One scale: canvas (width, height), each style's long side in px, steps, content's factor."""

    canvas: tuple[int, int]
    style_sides: tuple[int, ...]
    steps: int
    content_factor: float


def canvas(recipe: Recipe, content: tuple[int, int]) -> tuple[int, int]:
    """Width and height of the finished painting for a content picture of this size, in px."""
    if recipe.mode is Mode.CLASSIC:
        return by_shorter_side(content, recipe.size)
    return scaled(content, recipe.size, LEAST_SIDE)


def stops(recipe: Recipe, width: int, height: int) -> list[Stop]:
    """The scales of `recipe` for a content picture of width and height; the last is whole.

    A coarse scale of a strip is larger than its fraction where its short side would get too short.
    """
    found = []
    for scale in recipe.scales:
        canvas = scaled((width, height), round(recipe.size * scale.fraction), LEAST_SIDE)
        found.append(
            Stop(
                canvas=canvas,
                style_sides=tuple(
                    max(1, round(max(canvas) * scale)) for scale in recipe.style_scales
                ),
                steps=scale.steps,
                content_factor=scale.content,
            )
        )
    return found
