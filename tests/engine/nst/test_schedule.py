"""The scales of a recipe in px."""

from engine.nst.schedule import canvas, stops
from jobs.recipe import Scale
from tests.engine.conftest import RecipeOf

SCALES = (Scale(fraction=0.5, steps=6, content=2.0), Scale(fraction=1, steps=4))


def test_scales_have_the_photos_exact_aspect(recipe_of: RecipeOf) -> None:
    """1000 x 750 at 384 px is 384 x 288, and half of it before."""
    found = stops(recipe_of(size=384, scales=SCALES), 1000, 750)
    assert [(192, 144), (384, 288)] == [stop.canvas for stop in found]


def test_a_coarse_scale_of_a_strip_is_enlarged(recipe_of: RecipeOf) -> None:
    """Its short side stays at 16 px, which a network can still halve."""
    found = stops(recipe_of(size=128, scales=SCALES), 800, 100)
    assert [(128, 16), (128, 16)] == [stop.canvas for stop in found]


def test_the_style_follows_the_canvas(recipe_of: RecipeOf) -> None:
    """Style scale 0.5 takes the style half as large as the painting, at each scale."""
    found = stops(recipe_of(size=384, scales=SCALES, style_scale=0.5), 1000, 750)
    assert [(96,), (192,)] == [stop.style_sides for stop in found]


def test_steps_and_the_contents_factor_are_the_recipes(recipe_of: RecipeOf) -> None:
    """In its order."""
    found = stops(recipe_of(scales=SCALES), 100, 100)
    assert [(6, 2.0), (4, 1.0)] == [(stop.steps, stop.content_factor) for stop in found]


def test_the_canvas_is_that_of_the_last_scale(recipe_of: RecipeOf) -> None:
    """What is known of a painting before it is begun."""
    recipe = recipe_of(size=384, scales=SCALES)
    assert stops(recipe, 1000, 750)[-1].canvas == canvas(recipe, (1000, 750))
