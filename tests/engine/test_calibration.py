"""Calibration: the line of seconds, and what a pixel costs."""

import itertools

import pytest

from engine.backbones import Backbone
from engine.calibration import Footprints, measure_footprint, measure_speed, own_recipe
from engine.nst.transfer import Transfer
from jobs.recipe import LayerWeight, Style

from .conftest import RecipeOf, picture
from .making import SETTINGS, classic_recipe


def test_the_line_goes_through_the_best_of_a_few(random_backbone: Backbone) -> None:
    """Steps of at best 5 s at 224 px and 1 s at 64 px, looks of 3 s and 0.5 s."""
    large = [5.0, 6.0, 8.0, 4.0, 3.0, 3.5]
    small = [9.0, 1.0, 2.0, 1.5, 3.0, 1.1, 1.2, 1.3, 0.5, 0.7, 0.6]
    looks = itertools.chain.from_iterable((0.0, seconds) for seconds in large + small)
    speed = measure_speed(random_backbone, SETTINGS, clock=lambda: next(looks))
    pixels = 0.224**2 - 0.064**2
    slopes = 4.0 / pixels, 2.5 / pixels
    expected = (1.0 - slopes[0] * 0.064**2, slopes[0], slopes[1], 0.5 - slopes[1] * 0.064**2)
    assert pytest.approx(expected) == (speed.step, speed.megapixel, speed.glance, speed.look)


def test_a_line_never_goes_below_zero(random_backbone: Backbone) -> None:
    """On a noisy machine, where the small canvas was no quicker, nothing is negative."""
    looks = itertools.chain.from_iterable((0.0, seconds) for seconds in [1.0] * 6 + [3.0] * 11)
    speed = measure_speed(random_backbone, SETTINGS, clock=lambda: next(looks))
    assert (0.0, pytest.approx(1.0 / 0.224**2)) == (speed.step, speed.megapixel)


def test_it_really_measures(random_backbone: Backbone) -> None:
    """A look is quicker than a step; a machine that others use may hold up one of three takes."""
    takes = (measure_speed(random_backbone, SETTINGS) for _ in range(3))
    assert any(0 < speed.glance < speed.megapixel + speed.step / 0.05 for speed in takes)


def test_what_is_held_is_what_a_painting_holds(
    random_backbone: Backbone, recipe_of: RecipeOf
) -> None:
    """Within a tenth of a real painting's targets, counted twice, and optimiser, at 192 px."""
    recipe = recipe_of(size=192)
    footprint = measure_footprint(recipe, random_backbone)
    transfer = Transfer(recipe, picture(192, 192), [picture(90, 90)], random_backbone)
    stacked = sum(loss.nbytes for loss in transfer.targets.content.values())
    grams = sum(loss.nbytes for loss in transfer.targets.style.values())
    expected = transfer.nbytes + stacked - grams
    assert pytest.approx(expected, rel=0.1) == footprint.held * 192 * 192


def test_deeper_layers_cost_more(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """Bytes and multiply-adds of all nine layers are more than those of the first."""
    shallow, deep = (
        measure_footprint(recipe_of(content_layers=layers, style_layers=layers), random_backbone)
        for layers in (
            (LayerWeight(layer="relu1", weight=1.0),),
            (LayerWeight(layer="relu1", weight=1.0), LayerWeight(layer="fire9", weight=1.0)),
        )
    )
    assert deep.work > 2 * shallow.work
    assert deep.passing > shallow.passing
    assert deep.glance > shallow.glance


def test_multiply_adds_of_the_first_layer(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """There and back, 96 kernels of 7x7x3 and a Gram matrix of 96 channels at a quarter."""
    layers = (LayerWeight(layer="relu1", weight=1.0),)
    recipe = recipe_of(content_layers=layers, style_layers=layers)
    expected = 2 * (96 * 147 + 96 * 96) / 4
    assert pytest.approx(expected) == measure_footprint(recipe, random_backbone).work


def test_lbfgs_holds_more_than_adam(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """Six pairs, each twice the picture, instead of two moments."""
    held = [
        measure_footprint(recipe_of(optimizer=name), random_backbone).held
        for name in ("adam", "lbfgs")
    ]
    assert held[1] > 1.5 * held[0]


def test_the_own_recipe_is_the_measure(random_backbone: Backbone) -> None:
    """Its work is 1, and it is counted once."""
    footprints = Footprints(SETTINGS)
    own = own_recipe("squeezenet1_0", SETTINGS)
    first = footprints.of(own, random_backbone)
    larger = own.model_copy(update={"size": 512, "strength": 3.0})
    assert (1.0, True) == (
        footprints.ratio(larger, random_backbone),
        first is footprints.of(larger, random_backbone),
    )


def test_a_classic_recipe_has_a_footprint(random_classic: Backbone) -> None:
    """It needs memory and time like any other."""
    footprint = measure_footprint(classic_recipe(), random_classic)
    assert min(footprint.held, footprint.passing, footprint.glance, footprint.work) > 0


def test_masks_cost_more(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """Places are held, features are weighed, and each region has Gram matrices of its own."""
    regions = (Style(digest="1" * 64, mask="a" * 64), Style(digest="2" * 64))
    plain, masked = (
        measure_footprint(recipe_of(styles=styles), random_backbone)
        for styles in (regions[1:], regions)
    )
    assert plain.held < masked.held
    assert plain.passing < masked.passing
    assert plain.work < masked.work
