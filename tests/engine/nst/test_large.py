"""Large pictures: by tiles there is the slope that the whole has, wherever the tiles lie."""

from copy import copy
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from engine.backbones import Backbone
from engine.nst.batch import Batch, Slope
from engine.nst.grams import grams_of
from engine.nst.large import LargeObjective
from engine.nst.large_targets import make_large_targets
from engine.nst.objective import make_targets
from engine.nst.tensors import to_tensor
from engine.runner import Device
from engine.weights import Weights, WeightsSource
from jobs.layers import LAYERS
from jobs.recipe import LayerWeight, Recipe, Style
from tests.engine.conftest import RecipeOf, picture, random_weights

SIDE = 64
WIDTH, HEIGHT = 205, 151
"""Odd, and not a multiple of any stride."""


def grams(backbone: Backbone, recipe: Recipe) -> list[dict[str, Tensor]]:
    """Of a style picture for each of the recipe's."""
    layers = [pair.layer for pair in recipe.style_layers]
    styles = [to_tensor(picture(90, 70, seed)) for seed, _ in enumerate(recipe.styles)]
    return [grams_of(backbone, style, layers) for style in styles]


def slopes(
    backbone: Backbone, recipe: Recipe, regions: Tensor | None = None, step: int = 0
) -> tuple[Slope, Slope]:
    """Of the whole, and by tiles."""
    content = to_tensor(picture(WIDTH, HEIGHT, seed=5))
    image = to_tensor(picture(WIDTH, HEIGHT, seed=6))
    given = grams(backbone, recipe)
    targets = make_targets(recipe, backbone, content, given, regions)
    (whole,) = Batch(backbone).slopes([image], [targets])
    large = make_large_targets(recipe, backbone, content, given, regions, SIDE)
    return whole, LargeObjective(backbone, large, SIDE).slope(image, step)


def numbers(slope: Slope) -> list[float]:
    """Its losses and their sum."""
    losses = slope.losses
    return [losses.content, losses.style, losses.tv, slope.total.item()]


def farthest(whole: Slope, large: Slope) -> float:
    """The largest difference of the gradients, as a part of the largest gradient."""
    difference = (whole.gradient - large.gradient).abs().max()
    return float(difference / whole.gradient.abs().max())


@pytest.mark.parametrize("step", [0, 1, 2, 7])
def test_losses_and_gradient_are_those_of_the_whole(
    random_backbone: Backbone, recipe_of: RecipeOf, step: int
) -> None:
    """But for the rounding of float32, however the tiles lie."""
    whole, large = slopes(random_backbone, recipe_of(), step=step)
    assert pytest.approx(numbers(whole), rel=1e-5) == numbers(large)
    assert farthest(whole, large) < 1e-5


@pytest.mark.parametrize(
    ("name", "deepest"), [("squeezenet1_1", "fire9"), ("vgg16", "relu3_1")], ids=str
)
def test_so_it_is_with_other_networks(
    device: Device, recipe_of: RecipeOf, name: str, deepest: str
) -> None:
    """Whose windows, strides and edges are others."""
    weights = Weights(random_weights(name), WeightsSource("random", "0" * 64), Path("random"))
    ends = tuple(LayerWeight(layer=layer, weight=1) for layer in (LAYERS[name][0], deepest))
    recipe = recipe_of(name, style_layers=ends, content_layers=ends[1:])
    whole, large = slopes(Backbone(name, weights, device), recipe)
    assert pytest.approx(numbers(whole), rel=1e-4) == numbers(large)
    assert farthest(whole, large) < 1e-4


def test_so_it_is_with_regions(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """Two styles, each in its place, with a soft border between."""
    styles = (Style(digest="0" * 64, mask="1" * 64), Style(digest="2" * 64))
    left = torch.linspace(0, 1, WIDTH).expand(1, 1, HEIGHT, WIDTH)
    regions = torch.cat([left, 1 - left], dim=1)
    whole, large = slopes(random_backbone, recipe_of(styles=styles), regions)
    assert pytest.approx(numbers(whole), rel=1e-5) == numbers(large)
    assert farthest(whole, large) < 1e-5


def test_the_content_counts_as_much_as_its_scale_says(
    random_backbone: Backbone, recipe_of: RecipeOf
) -> None:
    """Three times as much, and nothing else changes."""
    content, image = (to_tensor(picture(WIDTH, HEIGHT, seed)) for seed in (5, 6))
    recipe = recipe_of()
    given = grams(random_backbone, recipe)
    targets = make_large_targets(recipe, random_backbone, content, given, None, SIDE)
    once, thrice = (
        LargeObjective(random_backbone, targets.at_scale(factor), SIDE).slope(image).losses
        for factor in (1.0, 3.0)
    )
    assert pytest.approx(3 * once.content) == thrice.content
    assert (once.style, once.tv) == (thrice.style, thrice.tv)


def test_a_large_style_has_the_matrices_of_the_whole(random_backbone: Backbone) -> None:
    """Looked at by tiles, where it has more pixels than one."""
    style = to_tensor(picture(WIDTH, HEIGHT))
    layers = frozenset({"relu1", "fire5", "fire9"})
    by_tiles = copy(random_backbone)
    by_tiles.device = replace(random_backbone.device, whole_side=SIDE, tile_side=SIDE)
    whole = grams_of(random_backbone, style, layers)
    for name, found in grams_of(by_tiles, style, layers).items():
        torch.testing.assert_close(found, whole[name], rtol=1e-4, atol=1e-5)
