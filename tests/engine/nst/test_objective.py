"""The objective: parts with their weights, the layers that run, the way back to the picture."""

import pytest
import torch
from torch import Tensor

from engine.backbones import Backbone
from engine.nst.losses import gram, tv_loss
from engine.nst.objective import Objective, Targets, make_targets, style_factors
from engine.nst.tensors import to_tensor
from jobs.recipe import LayerWeight, Recipe, Style
from tests.engine.conftest import RecipeOf, picture

CHANGES = {
    "content_layers": (LayerWeight(layer="fire2", weight=2.0),),
    "style_layers": (
        LayerWeight(layer="relu1", weight=3.0),
        LayerWeight(layer="fire3", weight=1.0),
    ),
    "content_weight": 0.7,
    "style_weight": 10.0,
    "strength": 1.5,
    "tv_weight": 4.0,
}


def image(seed: int) -> Tensor:
    """A picture of 40 x 32 px as a tensor."""
    return to_tensor(picture(40, 32, seed))


def towards(recipe: Recipe, backbone: Backbone, content: Tensor, styles: list[Tensor]) -> Targets:
    """The targets of a content picture and styles."""
    with torch.no_grad():
        features = [backbone.features(style, style_factors(recipe)) for style in styles]
    grams = [{name: gram(found) for name, found in each.items()} for each in features]
    return make_targets(recipe, backbone, content, grams)


def objective_of(
    recipe: Recipe, backbone: Backbone, content: Tensor, styles: list[Tensor]
) -> Objective:
    """The objective of one picture."""
    return Objective(backbone, [towards(recipe, backbone, content, styles)])


def test_parts_are_the_weighted_losses(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """Content weight times layer weight; style weight times strength, layers normalised; TV."""
    targets = towards(recipe_of(**CHANGES), random_backbone, image(0), [image(1)])
    parts = Objective(random_backbone, [targets.at_scale(2.0)]).measure(image(2))
    wanted = ("relu1", "fire2", "fire3")
    with torch.no_grad():
        photo, style, ours = (
            {key: value.double() for key, value in random_backbone.features(each, wanted).items()}
            for each in (image(0), image(1), image(2))
        )
    difference = (ours["fire2"] - photo["fire2"]).square().mean()
    content = 2.0 * 0.7 * 2.0 * float(difference / photo["fire2"].square().mean())
    shares = {"relu1": 0.75, "fire3": 0.25}
    grams = {layer: (gram(ours[layer]), gram(style[layer])) for layer in shares}
    distances = {
        layer: float((g - a).square().sum() / a.square().sum()) for layer, (g, a) in grams.items()
    }
    styled = 10.0 * 1.5 * sum(shares[layer] * distances[layer] for layer in shares)
    losses = parts.of(0)
    assert pytest.approx(content, rel=1e-4) == losses.content
    assert pytest.approx(styled, rel=1e-4) == losses.style
    assert pytest.approx(4.0 * float(tv_loss(image(2))), rel=1e-5) == losses.tv


def test_the_photo_itself_has_no_content_loss(
    random_backbone: Backbone, recipe_of: RecipeOf
) -> None:
    """Nothing differs."""
    objective = objective_of(recipe_of(**CHANGES), random_backbone, image(0), [image(1)])
    assert 0.0 == objective.measure(image(0)).of(0).content


def test_the_slope_at_the_picture_is_that_of_finite_differences(
    random_backbone: Backbone, recipe_of: RecipeOf
) -> None:
    """Along the slope itself, through the whole network."""
    objective = objective_of(recipe_of(**CHANGES), random_backbone, image(0), [image(1)])
    point = image(2).requires_grad_()
    (slope,) = torch.autograd.grad(objective(point).total.sum(), point)
    along = slope / slope.norm()
    ahead, behind = (
        float(objective.measure(point.detach() + sign * 0.02 * along).total) for sign in (1, -1)
    )
    assert pytest.approx(float(slope.norm()), rel=0.02) == (ahead - behind) / 0.04


def test_a_batch_gives_each_picture_its_own_losses(
    random_backbone: Backbone, recipe_of: RecipeOf
) -> None:
    """Two pictures with other layers, weights and styles: each has the losses it has alone."""
    other = {
        "content_layers": (LayerWeight(layer="fire4", weight=1.0),),
        "style_layers": (LayerWeight(layer="fire3", weight=0.2),),
        "tv_weight": 0.5,
    }
    each = [
        towards(recipe_of(**CHANGES), random_backbone, image(0), [image(1)]),
        towards(recipe_of(**other), random_backbone, image(3), [image(5)]),
    ]
    together = Objective(random_backbone, each).measure(torch.cat([image(2), image(4)]))
    alone = [
        Objective(random_backbone, [targets]).measure(start).of(0)
        for targets, start in zip(each, (image(2), image(4)), strict=True)
    ]
    expected = [number for losses in alone for number in losses.model_dump().values()]
    found = [number for losses in together.each() for number in losses.model_dump().values()]
    assert pytest.approx(expected, rel=1e-5) == found


def test_several_styles_are_blended(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """Two copies of one style, whatever their shares, are that style."""
    shares = (Style(digest="1" * 64, weight=1), Style(digest="2" * 64, weight=3))
    twice = recipe_of(**CHANGES, styles=shares)
    once = recipe_of(**CHANGES)
    blended = objective_of(twice, random_backbone, image(0), [image(1), image(1)])
    single = objective_of(once, random_backbone, image(0), [image(1)])
    expected = single.measure(image(2)).of(0).style
    assert pytest.approx(expected, rel=1e-5) == blended.measure(image(2)).of(0).style


@pytest.mark.parametrize("weight", ["content_weight", "style_weight"])
def test_a_part_that_counts_nothing_is_zero(
    random_backbone: Backbone, recipe_of: RecipeOf, weight: str
) -> None:
    """And its layers do not run."""
    recipe = recipe_of(**{**CHANGES, weight: 0.0})
    losses = objective_of(recipe, random_backbone, image(0), [image(1)]).measure(image(2)).of(0)
    assert 0.0 == getattr(losses, weight.removesuffix("_weight"))


def test_a_region_has_its_own_style(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """The left half in one style and the right in another: each half is pulled to its own only."""
    recipe = recipe_of(
        **{**CHANGES, "content_weight": 0.0, "tv_weight": 0.0},
        styles=(Style(digest="1" * 64, mask="a" * 64), Style(digest="2" * 64)),
    )
    left = torch.zeros(1, 2, 32, 40)
    left[:, 0, :, :20] = left[:, 1, :, 20:] = 1
    found = []
    for other in (5, 6):
        features = [
            random_backbone.features(each, style_factors(recipe))
            for each in (image(1), image(other))
        ]
        grams = [{name: gram(f).detach() for name, f in each.items()} for each in features]
        targets = make_targets(recipe, random_backbone, image(0), grams, left)
        point = image(2).requires_grad_()
        parts = Objective(random_backbone, [targets])(point)
        found.append(torch.autograd.grad(parts.total.sum(), point)[0])
    # Features reach over the border by some pixels.
    same = torch.isclose(found[0], found[1]).all(dim=1)[0].all(dim=0)
    assert (True, False) == (bool(same[:4].all()), bool(same[36:].any()))


def test_white_all_over_is_no_mask(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """The losses of the unmasked recipe."""
    masked = recipe_of(**CHANGES, styles=(Style(digest="1" * 64, mask="a" * 64),))
    features = random_backbone.features(image(1), style_factors(masked))
    grams = [{name: gram(found).detach() for name, found in features.items()}]
    targets = make_targets(masked, random_backbone, image(0), grams, torch.ones(1, 1, 32, 40))
    plain = objective_of(recipe_of(**CHANGES), random_backbone, image(0), [image(1)])
    expected = plain.measure(image(2)).of(0).model_dump()
    found = Objective(random_backbone, [targets]).measure(image(2)).of(0).model_dump()
    assert pytest.approx(expected, rel=1e-5) == found
