"""Sheets: one photo in every preset that brings a style of its own, small, on one picture."""

import random
from collections.abc import Sequence

from config.settings import Settings
from jobs.errors import NoSheet
from jobs.job import Cell
from jobs.presets import Preset, Presets
from jobs.recipe import Recipe
from jobs.request import Wish, make_recipe
from jobs.scales import scales_of

MOST_CELLS = 24
"""Presets of one sheet; more would be neither quick nor a glance."""


def on_a_sheet(presets: Presets) -> tuple[Preset, ...]:
    """The presets that a sheet shows: the first that have a picture. Raises NoSheet.

    A classic preset paints at a size of its own, and so cannot be one of many.
    """
    able = [one for one in presets.all if one.picture is not None and one.classic is None]
    if not able:
        raise NoSheet
    return tuple(able[:MOST_CELLS])


def sheet_cells(
    presets: Sequence[Preset], styles: Sequence[str], settings: Settings
) -> tuple[Cell, ...]:
    """A cell for each preset; `styles` are the digests of their pictures, in the same order."""
    seed = random.getrandbits(31)
    return tuple(
        Cell(title=preset.title, recipe=_recipe(preset, style, seed, settings))
        for preset, style in zip(presets, styles, strict=True)
    )


def in_common(recipes: Sequence[Recipe]) -> Recipe:
    """What stands for all recipes of a sheet: they have network, size and steps in common."""
    return recipes[0].model_copy(update={"preset": None})


def _recipe(preset: Preset, style: str, seed: int, settings: Settings) -> Recipe:
    recipe = make_recipe(Wish(preset=preset, styles=(style,), seed=seed), settings)
    # After the wish, since what a member may ask for is no limit to what a sheet is.
    size, own = settings.sheet.size, settings.recipes[recipe.backbone]
    scales = scales_of(own, settings.sheet.steps, size)
    return recipe.model_copy(update={"size": size, "scales": scales})
