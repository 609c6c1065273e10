"""A batch: each picture has the slope that it has alone."""

import pytest
import torch
from torch import Tensor

from engine.backbones import Backbone
from engine.nst.batch import Batch
from engine.nst.objective import Objective, Targets
from engine.nst.transfer import Transfer
from jobs.recipe import LayerWeight
from tests.engine.conftest import RecipeOf, picture

OTHER = {
    "content_layers": (LayerWeight(layer="fire4", weight=1.0),),
    "style_layers": (LayerWeight(layer="fire8", weight=0.5),),
    "content_weight": 3.0,
    "tv_weight": 0.0,
}


@pytest.fixture
def pair(random_backbone: Backbone, recipe_of: RecipeOf) -> list[Transfer]:
    """Two paintings of one canvas with other layers, weights, photos and styles."""
    recipes = (recipe_of(size=48), recipe_of(size=48, **OTHER))
    return [
        Transfer(recipe, picture(80, 60, seed), [picture(70, 90, seed + 10)], random_backbone)
        for seed, recipe in enumerate(recipes)
    ]


def images(pair: list[Transfer]) -> list[Tensor]:
    """Grey pictures, so that each part has a slope."""
    return [torch.full_like(each.image, 0.3) for each in pair]


def test_slopes_are_those_of_each_alone(random_backbone: Backbone, pair: list[Transfer]) -> None:
    """Gradients to the bit and losses, for other layers and weights side by side."""
    targets = [each.targets for each in pair]
    together = Batch(random_backbone).slopes(images(pair), targets)
    for slope, image, own in zip(together, images(pair), targets, strict=True):
        (alone,) = Batch(random_backbone).slopes([image], [own])
        assert torch.equal(alone.gradient, slope.gradient)
        assert pytest.approx(alone.losses.total, rel=1e-5) == slope.losses.total


def test_a_neighbour_without_numbers_does_no_harm(
    random_backbone: Backbone, pair: list[Transfer]
) -> None:
    """Beside a picture of NaN the other has its slope all the same."""
    targets = [each.targets for each in pair]
    good, bad = images(pair)
    bad.fill_(float("nan"))
    found, broken = Batch(random_backbone).slopes([good, bad], targets)
    (alone,) = Batch(random_backbone).slopes([good], targets[:1])
    assert torch.isnan(broken.gradient).all()
    assert torch.equal(alone.gradient, found.gradient)


def test_targets_are_stacked_once(
    random_backbone: Backbone, pair: list[Transfer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """For as long as nobody comes, goes or moves on to another scale."""
    made: list[int] = []
    start = Objective.__init__

    def counted(self: Objective, backbone: Backbone, targets: tuple[Targets, ...]) -> None:
        made.append(len(targets))
        start(self, backbone, targets)

    monkeypatch.setattr(Objective, "__init__", counted)
    batch, targets = Batch(random_backbone), [each.targets for each in pair]
    for _ in range(3):
        batch.slopes(images(pair), targets)
    batch.slopes(images(pair)[1:], targets[1:])
    assert [2, 1] == made


def test_the_picture_itself_is_left_alone(random_backbone: Backbone, pair: list[Transfer]) -> None:
    """Asking for slopes changes no picture and leaves no gradient behind."""
    before = [each.image.clone() for each in pair]
    Batch(random_backbone).slopes([each.image for each in pair], [each.targets for each in pair])
    for old, each in zip(before, pair, strict=True):
        assert torch.equal(old, each.image)
        assert not each.image.requires_grad
