"""A painting from its first step to the finished picture."""

import sys
from types import FrameType
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from config.settings import OptimizerName
from engine.backbones import Backbone
from engine.nst.losses import ContentLoss, blend, gram
from engine.nst.tensors import to_tensor
from engine.nst.transfer import Frame, Transfer
from jobs.recipe import Init, Recipe, Scale, Style
from tests.engine.conftest import RecipeOf, picture

TWO_SCALES = (Scale(fraction=0.5, steps=4, content=2.0), Scale(fraction=1, steps=3))


def paint(transfer: Transfer) -> list[Frame]:
    """All the steps."""
    frames = []
    while not transfer.done:
        frames.append(transfer.step())
    return frames


def started(recipe: Recipe, backbone: Backbone, size: tuple[int, int] = (80, 60)) -> Transfer:
    """A transfer of a small photo of this size."""
    return Transfer(recipe, picture(*size, seed=1), [picture(70, 90, seed=2)], backbone)


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_it_makes_the_objective_smaller(
    random_backbone: Backbone, recipe_of: RecipeOf, optimizer: OptimizerName
) -> None:
    """The finished picture, 8 bits and clamped, is better than where it began."""
    scales = (Scale(fraction=0.5, steps=10), Scale(fraction=1, steps=10))
    recipe = recipe_of(size=64, scales=scales, optimizer=optimizer)
    transfer = started(recipe, random_backbone)
    paint(transfer)
    assert transfer.finished_losses().total < 0.7 * transfer.initial_losses.total


def test_frames_count_the_steps_over_all_scales(
    random_backbone: Backbone, recipe_of: RecipeOf
) -> None:
    """Four steps at the first scale, three at the second."""
    frames = paint(started(recipe_of(size=64, scales=TWO_SCALES), random_backbone))
    expected = [(1, 1), (2, 1), (3, 1), (4, 1), (5, 2), (6, 2), (7, 2)]
    assert expected == [(frame.step, frame.scale) for frame in frames]
    assert {(7, 2)} == {(frame.steps, frame.scales) for frame in frames}


def test_who_looks_on_sees_it_before_or_after_it_moves(
    random_backbone: Backbone, recipe_of: RecipeOf
) -> None:
    """Another thread may look between any two lines."""
    transfer = started(recipe_of(size=64, scales=TWO_SCALES), random_backbone)
    for _ in range(3):
        transfer.step()
    seen = []

    def look(frame: FrameType, event: str, arg: object) -> Any:
        if frame.f_code is not Transfer._leave_finished_scales.__code__:
            return None
        seen.append((transfer.steps_made, transfer.canvas, transfer.moves))
        return look

    traced = sys.gettrace()
    sys.settrace(look)
    try:
        transfer.step()
    finally:
        sys.settrace(traced)
    assert {(4, (32, 24), True), (4, (64, 48), False)} == set(seen)


def test_the_finished_picture_has_the_recipes_size(
    random_backbone: Backbone, recipe_of: RecipeOf
) -> None:
    """The long side in px, the aspect of the photo."""
    transfer = started(recipe_of(size=64, scales=TWO_SCALES), random_backbone)
    paint(transfer)
    assert ("RGB", (64, 48)) == (transfer.picture().mode, transfer.picture().size)


def test_a_frame_on_the_way_is_as_large_as_its_scale(
    random_backbone: Backbone, recipe_of: RecipeOf
) -> None:
    """Half of the size at first."""
    transfer = started(recipe_of(size=64, scales=TWO_SCALES), random_backbone)
    transfer.step()
    assert (32, 24) == transfer.picture().size


def test_initial_losses_are_those_of_the_photo_at_full_size(
    random_backbone: Backbone, recipe_of: RecipeOf
) -> None:
    """They do not depend on the scale at which the painting begins."""
    one = started(recipe_of(size=64), random_backbone).initial_losses
    two = started(recipe_of(size=64, scales=TWO_SCALES), random_backbone).initial_losses
    assert 0.0 == one.content
    assert one == two


def test_the_first_frame_of_a_single_scale_has_the_initial_losses(
    random_backbone: Backbone, recipe_of: RecipeOf
) -> None:
    """A frame's losses are those before its step."""
    transfer = started(recipe_of(size=64), random_backbone)
    expected = transfer.initial_losses
    assert pytest.approx(expected.total, rel=1e-4) == transfer.step().losses.total


@pytest.mark.parametrize("side", [16, 17, 23])
@pytest.mark.parametrize("name", ["squeezenet", "original"])
def test_a_narrow_photo_can_be_painted(
    request: pytest.FixtureRequest, recipe_of: RecipeOf, name: str, side: int
) -> None:
    """16 px wide, with every layer down to the deepest, at two scales."""
    backbone: Backbone = request.getfixturevalue(name)
    deepest = backbone.network.names[-2:]
    layers = [{"layer": next(filter(None, reversed(deepest))), "weight": 1.0}]
    scales = (Scale(fraction=0.5, steps=1), Scale(fraction=1, steps=1))
    recipe = recipe_of(backbone.name, size=40, scales=scales, style_layers=layers)
    transfer = started(recipe, backbone, size=(side, 40))
    paint(transfer)
    assert (side, 40) == transfer.picture().size


def test_the_same_seed_gives_the_same_picture(
    random_backbone: Backbone, recipe_of: RecipeOf
) -> None:
    """From noise, twice."""
    first, second = (_from_noise(random_backbone, recipe_of, seed=5) for _ in range(2))
    assert np.array_equal(first, second)


def test_another_seed_gives_another_picture(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """From other noise."""
    first, second = (_from_noise(random_backbone, recipe_of, seed) for seed in (5, 6))
    assert not np.array_equal(first, second)


def _from_noise(backbone: Backbone, recipe_of: RecipeOf, seed: int) -> NDArray[np.uint8]:
    recipe = recipe_of(size=48, scales=TWO_SCALES, init=Init.NOISE, seed=seed)
    transfer = started(recipe, backbone)
    paint(transfer)
    return np.asarray(transfer.picture())


def test_it_can_begin_with_a_picture(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """Without a step the painting is that picture, at the canvas' size."""
    recipe = recipe_of(
        size=64, scales=(Scale(fraction=1, steps=0),), init=Init.PICTURE, init_digest="3" * 64
    )
    start = picture(64, 48, seed=8)
    photo, style = picture(80, 60, seed=1), picture(70, 90, seed=2)
    transfer = Transfer(recipe, photo, [style], random_backbone, init=start)
    assert transfer.done
    difference = np.abs(np.asarray(start, float) - np.asarray(transfer.picture(), float))
    assert difference.max() <= 1.0


def test_scales_without_steps_bring_the_photo_up_in_detail(
    random_backbone: Backbone, recipe_of: RecipeOf
) -> None:
    """Small, then grown with the detail that a small canvas lacks: nothing is lost on the way."""
    scales = (Scale(fraction=0.25, steps=0), Scale(fraction=0.5, steps=0))
    recipe = recipe_of(size=64, scales=(*scales, Scale(fraction=1, steps=0)))
    photo = picture(64, 48, seed=1)
    transfer = Transfer(recipe, photo, [picture(70, 90, seed=2)], random_backbone)
    difference = np.abs(np.asarray(photo, float) - np.asarray(transfer.picture(), float))
    assert difference.mean() < 1.0


def test_transparent_pictures_are_painted_over_white(
    random_backbone: Backbone, recipe_of: RecipeOf
) -> None:
    """A photo with holes paints as if it lay on white paper."""
    clear = picture(80, 60, seed=1).convert("RGBA")
    clear.putalpha(Image.linear_gradient("L").resize((80, 60)))
    over_white = Image.alpha_composite(Image.new("RGBA", (80, 60), "white"), clear).convert("RGB")
    style = picture(70, 90, seed=2)
    losses = [
        Transfer(recipe_of(size=64), photo, [style], random_backbone).initial_losses
        for photo in (clear, over_white)
    ]
    assert losses[0] == losses[1]


@pytest.mark.parametrize("name", ["squeezenet", "original"])
def test_real_weights_paint_and_keep_the_content(
    request: pytest.FixtureRequest, recipe_of: RecipeOf, name: str
) -> None:
    """A quarter of the style's loss is gone in 20 steps, and the photo still there."""
    backbone: Backbone = request.getfixturevalue(name)
    scales = (Scale(fraction=0.5, steps=10), Scale(fraction=1, steps=10))
    recipe = recipe_of(backbone.name, size=64, scales=scales)
    transfer = started(recipe, backbone)
    paint(transfer)
    layer = recipe.content_layers[0].layer
    photo = picture(80, 60, seed=1).resize((64, 48), Image.Resampling.LANCZOS)
    with torch.no_grad():
        before, after = (
            backbone.features(to_tensor(each), [layer])[layer]
            for each in (photo, transfer.picture())
        )
    assert transfer.finished_losses().style < 0.75 * transfer.initial_losses.style
    assert float(ContentLoss(before)(after)) < 1.1


def test_each_style_is_seen_at_its_own_size(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """The target is the blend of the styles' Gram matrices, one at 64 px and one at 32."""
    pictures = [picture(64, 48, seed=2), picture(64, 64, seed=3)]
    styles = (Style(digest="1" * 64, weight=3), Style(digest="2" * 64, weight=1, scale=0.5))
    recipe = recipe_of(size=64, styles=styles)
    transfer = Transfer(recipe, picture(64, 48, seed=1), pictures, random_backbone)
    seen = pictures[0], pictures[1].resize((32, 32), Image.Resampling.LANCZOS)
    with torch.no_grad():
        grams = [
            gram(random_backbone.features(to_tensor(each), ["relu1"])["relu1"]) for each in seen
        ]
    assert torch.allclose(blend(grams, [3, 1]), transfer.targets.style["relu1"].target)
