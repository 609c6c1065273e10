"""A painting whose last scale is by tiles: what it has in common with one that is not."""

from copy import copy
from dataclasses import replace

import pytest
import torch

from engine.backbones import Backbone
from engine.nst.optimisers import LBFGS, Adam
from engine.nst.transfer import Transfer
from jobs.recipe import Recipe, Scale
from tests.engine.conftest import RecipeOf, picture

SCALES = (Scale(fraction=0.5, steps=2, content=2.0), Scale(fraction=1, steps=2))


@pytest.fixture
def recipe(recipe_of: RecipeOf) -> Recipe:
    """Half of 128 px, then all of it."""
    return recipe_of(size=128, scales=SCALES)


@pytest.fixture
def small_tiles(random_backbone: Backbone) -> Backbone:
    """The same network where 64 px squared are all that fits."""
    found = copy(random_backbone)
    found.device = replace(random_backbone.device, whole_side=64, tile_side=64)
    return found


def transfer(recipe: Recipe, backbone: Backbone) -> Transfer:
    """Of a photo and a style, both larger than a tile."""
    return Transfer(recipe, picture(160, 120, 1), [picture(90, 120, 2)], backbone)


def test_only_what_is_too_large_is_by_tiles(recipe: Recipe, small_tiles: Backbone) -> None:
    """The first scale is painted whole, by the recipe's optimiser; the last by Adam."""
    painting = transfer(recipe, small_tiles)
    found = []
    while not painting.done:
        found.append((painting.by_tiles, type(painting.optimiser)))
        painting.step()
    assert [(False, LBFGS)] * 2 + [(True, Adam)] * 2 == found


def test_its_losses_are_those_of_the_whole(
    recipe: Recipe, random_backbone: Backbone, small_tiles: Backbone
) -> None:
    """Before the first step and at the end, and the picture is the same but for a shade."""
    alike = recipe.model_copy(update={"optimizer": "adam"})
    whole, by_tiles = (transfer(alike, each) for each in (random_backbone, small_tiles))
    assert pytest.approx(whole.initial_losses.total, rel=1e-4) == by_tiles.initial_losses.total
    while not whole.done:
        whole.step()
        by_tiles.step()
    total = by_tiles.finished_losses().total
    assert pytest.approx(whole.finished_losses().total, rel=1e-2) == total
    torch.testing.assert_close(by_tiles.image, whole.image, rtol=0, atol=0.02)


def test_a_tile_as_large_as_the_picture_changes_nothing(
    recipe: Recipe, random_backbone: Backbone, small_tiles: Backbone
) -> None:
    """To the bit: such a painting knows nothing of tiles."""
    small_tiles.device = replace(small_tiles.device, whole_side=128)
    whole, other = (transfer(recipe, each) for each in (random_backbone, small_tiles))
    while not whole.done:
        whole.step()
        other.step()
    assert torch.equal(whole.image, other.image)
