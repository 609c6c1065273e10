"""Memory: what a painting needs, and the size that fits."""

from dataclasses import replace

import pytest

from config.settings import load_settings
from engine.memory import Footprint, fillable, fitting_size, need, style_pixels
from engine.nst.schedule import stops
from jobs.recipe import Recipe
from jobs.request import Wish, make_recipe

from .making import classic_recipe

FOOTPRINT = Footprint(held=100.0, passing=1000.0, glance=500.0, work=1.0)
CANVAS = (400, 300)


@pytest.fixture
def recipe() -> Recipe:
    """400 px on the long side."""
    wish = Wish(styles=["0" * 64], seed=0, size=400)
    return make_recipe(wish, load_settings())


def test_it_goes_with_the_pixels(recipe: Recipe) -> None:
    """Bytes a pixel times pixels, with 15 in a hundred for what was left out."""
    found = need(FOOTPRINT, recipe, CANVAS)
    assert (13_800_000, 138_000_000, 151_800_000) == (found.held, found.passing, found.whole)


def test_a_large_style_may_need_more_than_a_step(recipe: Recipe) -> None:
    """A style of twice the side has more pixels to look at than the canvas to paint."""
    large = recipe.model_copy(update={"style_scale": 2.0})
    assert round(500 * 800 * 800 * 1.15) == need(FOOTPRINT, large, CANVAS).passing


def test_a_classic_style_has_a_side_of_its_own() -> None:
    """Whatever the canvas is."""
    assert [36 * 36] == style_pixels(classic_recipe(), (600, 400))


def test_what_fits_stays(recipe: Recipe) -> None:
    """With just enough memory nothing is smaller."""
    memory = need(FOOTPRINT, recipe, CANVAS).whole
    assert 400 == fitting_size(FOOTPRINT, recipe, CANVAS, memory, least=64)


@pytest.mark.parametrize("part", [0.9, 0.5, 0.2, 0.05])
def test_the_largest_size_that_fits(recipe: Recipe, part: float) -> None:
    """It fits, and eight px more do not."""
    memory = int(need(FOOTPRINT, recipe, CANVAS).whole * part)
    size = fitting_size(FOOTPRINT, recipe, CANVAS, memory, least=64)
    assert size is not None
    needs = []
    for each in (size, size + 8):
        smaller = recipe.model_copy(update={"size": each})
        needs.append(need(FOOTPRINT, smaller, stops(smaller, *CANVAS)[-1].canvas).whole)
    assert needs[0] <= memory < needs[1]


def test_nobody_gets_a_picture_below_the_least(recipe: Recipe) -> None:
    """A thousandth of the memory is not enough for anything that may be asked for."""
    memory = need(FOOTPRINT, recipe, CANVAS).whole // 1000
    assert None is fitting_size(FOOTPRINT, recipe, CANVAS, memory, least=64)


def test_a_classic_recipe_is_not_made_smaller() -> None:
    """It fits as it is or not at all."""
    recipe = classic_recipe()
    whole = need(FOOTPRINT, recipe, (42, 32)).whole
    found = [
        fitting_size(FOOTPRINT, recipe, (42, 32), memory, least=16) for memory in (whole, whole - 1)
    ]
    assert [recipe.size, None] == found


def test_not_all_that_is_free_is_filled() -> None:
    """What paintings hold is theirs already; of it all, 85 in a hundred may be theirs."""
    assert 85 == fillable(free=60, held=40)


BY_TILES = replace(FOOTPRINT, whole_side=256, tile_seen=384 * 384)


def test_what_tiles_can_paint_needs_little_for_a_pixel(recipe: Recipe) -> None:
    """A tile's activations, and for each pixel the picture and its optimiser."""
    large = recipe.model_copy(update={"size": 4096})
    found = need(BY_TILES, large, (4096, 3072))
    assert round(72 * 4096 * 3072 * 1.15) == found.held
    assert round((1000 * 384 * 384 + 96 * 4096 * 3072) * 1.15) == found.passing


def test_up_to_a_tile_nothing_is_otherwise(recipe: Recipe) -> None:
    """A canvas of just as many pixels is painted whole."""
    assert need(FOOTPRINT, recipe, (256, 256)) == need(BY_TILES, recipe, (256, 256))


def test_a_large_style_is_seen_by_tiles(recipe: Recipe) -> None:
    """It costs a look at one tile, whatever its size."""
    large = recipe.model_copy(update={"style_scale": 4.0})
    hungry = replace(BY_TILES, glance=1e5)
    assert round(1e5 * 384 * 384 * 1.15) == need(hungry, large, CANVAS).passing


def test_what_tiles_can_paint_is_not_made_smaller(recipe: Recipe) -> None:
    """Where the whole in one pass would have to be."""
    large = recipe.model_copy(update={"size": 4096})
    canvas, memory = (4096, 3072), 3 << 30
    assert 4096 == fitting_size(BY_TILES, large, canvas, memory, least=64)
    whole = fitting_size(FOOTPRINT, large, canvas, memory, least=64)
    assert whole is not None
    assert whole < 2048
