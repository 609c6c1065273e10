"""Captured steps: the same as by oneself, whoever comes and goes. Here they run uncaptured."""

import gc
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from engine.backbones import Backbone
from engine.nst.captured import Captures, Easels
from engine.nst.optimisers import Optimiser
from engine.nst.transfer import Transfer
from jobs.recipe import LayerWeight, Scale, Style

from ..conftest import RecipeOf, picture

STEPS = 6


def transfer(
    backbone: Backbone, recipe_of: RecipeOf, number: int, *, captured: bool = True, **changes: Any
) -> Transfer:
    """Of a photo and a painting that no other number has."""
    changes = {"scales": (Scale(fraction=1, steps=STEPS),)} | changes
    recipe, photo = recipe_of(size=48, **changes), picture(48, 36, number)
    styles = [picture(40, 40, number + 50 * k) for k, _ in enumerate(recipe.styles, 1)]
    masks = [half(number) for _ in recipe.masks]
    captures = Captures() if captured else None
    return Transfer(recipe, photo, styles, backbone, captures=captures, masks=masks)


def half(number: int) -> Image.Image:
    """A mask of one side, more of it for each number."""
    mask = Image.new("L", (48, 36))
    mask.paste(255, (0, 0, 16 + 4 * number, 36))
    return mask


def off(each: Sequence[Transfer], expected: Sequence[Transfer]) -> float:
    """The largest mean difference of two pictures."""
    pairs = zip(each, expected, strict=True)
    return max(float((a.image - b.image).abs().mean()) for a, b in pairs)


VARIETY: list[dict[str, Any]] = [
    {},
    {"strength": 3.0, "tv_weight": 0.0},
    {"style_layers": (LayerWeight(layer="fire7", weight=1.0),)},
    {"styles": (Style(digest="5" * 64, mask="a" * 64), Style(digest="6" * 64))},
    {"styles": (Style(digest="7" * 64, mask="b" * 64),)},
]


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_together_they_walk_as_alone(
    random_backbone: Backbone, recipe_of: RecipeOf, optimizer: str
) -> None:
    """Pictures with weights, layers and regions of their own, some of which join later."""
    each = [
        [
            transfer(
                random_backbone, recipe_of, n, captured=captured, optimizer=optimizer, **changes
            )
            for n, changes in enumerate(VARIETY)
        ]
        for captured in (False, True)
    ]
    alone, met = each
    for walker in alone:
        while not walker.done:
            walker.step()
    captures = Captures()
    for walkers, steps in ((met[:2], 2), (met, 4), (met[2:], 2)):
        losses = captures.advance(random_backbone, walkers, steps)
        for walker, each_losses in zip(walkers, losses, strict=True):
            walker.stepped(steps, each_losses)
    assert {STEPS} == {walker.steps_made for walker in met}
    assert off(met, alone) < 1e-4


def test_the_losses_are_those_before_the_last_step(
    random_backbone: Backbone, recipe_of: RecipeOf
) -> None:
    """As the frames of single steps have them."""
    alone = transfer(random_backbone, recipe_of, 1, captured=False)
    strided = transfer(random_backbone, recipe_of, 1)
    frames = [alone.step() for _ in range(4)]
    frame = strided.step(most=4)
    assert (4, pytest.approx(frames[-1].losses.total, rel=1e-4)) == (frame.step, frame.losses.total)


def test_a_stride_ends_with_its_scale(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """The next scale has another canvas."""
    scales = (Scale(fraction=0.5, steps=3), Scale(fraction=1, steps=2))
    walker = transfer(random_backbone, recipe_of, 1, scales=scales)
    assert [3, 5] == [walker.step(most=10).step for _ in range(2)]
    assert walker.done


def test_a_picture_without_numbers_leaves_the_others_alone(
    random_backbone: Backbone, recipe_of: RecipeOf
) -> None:
    """What is not a number stays where it is."""
    bad, good = (transfer(random_backbone, recipe_of, n) for n in range(2))
    bad.image.fill_(float("nan"))
    losses = Captures().advance(random_backbone, [bad, good], 3)
    assert [False, True] == [bool(np.isfinite(each.total)) for each in losses]
    assert torch.isfinite(good.image).all()


def test_easels_know_their_layers(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """Some of the layers that are there will do, others will not."""
    walkers = [transfer(random_backbone, recipe_of, n) for n in range(3)]
    other = transfer(random_backbone, recipe_of, 3, **VARIETY[2])
    easels = Easels(random_backbone, walkers, 4)
    assert [True, True] == [easels.knows(sitters) for sitters in (walkers, [other])]
    assert not Easels(random_backbone, [other], 1).knows(walkers[:1])


def test_easels_know_how_many_regions_there_are(
    random_backbone: Backbone, recipe_of: RecipeOf
) -> None:
    """One would do in the place of two, at the cost of two, and the two would lose their places."""
    plain, two, one = (transfer(random_backbone, recipe_of, 1, **VARIETY[n]) for n in (0, 3, 4))
    easels = Easels(random_backbone, [two], 2)
    assert [False, True, False] == [easels.knows([sitter]) for sitter in (plain, two, one)]


def test_places_are_stepped_for_those_who_are_here(
    random_backbone: Backbone, recipe_of: RecipeOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three pictures, then one: for a while the step of three does, then one of its own is made."""
    monkeypatch.setattr(Easels, "PATIENCE", 2)
    walkers = [transfer(random_backbone, recipe_of, n) for n in range(3)]
    easels = Easels(random_backbone, walkers, 4)
    easels.launch(walkers, 1)()
    found = []
    for _ in range(4):
        easels.launch(walkers[:1], 1)()
        found.append(sorted(easels._steps))
    assert [[3], [3], [1, 3], [1, 3]] == found


def test_room_grows_with_the_company(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """To twice as many places, and nobody's work is lost."""
    alone = [transfer(random_backbone, recipe_of, n, captured=False) for n in range(3)]
    met = [transfer(random_backbone, recipe_of, n) for n in range(3)]
    captures = Captures()
    for count in (1, 2, 3):
        captures.advance(random_backbone, met[:count], 1)
        for walker in alone[:count]:
            walker.step()
    ((_, easels),) = captures._kept
    assert 4 == easels.places
    assert off(met, alone) < 1e-4


def test_few_easels_are_kept(
    random_backbone: Backbone, recipe_of: RecipeOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Members choose layers, and each choice has easels of its own."""
    monkeypatch.setattr(Captures, "MOST", 3)
    captures = Captures()
    for layer in ("relu1", "fire2", "fire3", "fire5", "fire7"):
        layers = (LayerWeight(layer=layer, weight=1.0),)
        walker = transfer(random_backbone, recipe_of, 1, style_layers=layers, content_layers=layers)
        captures.advance(random_backbone, [walker], 1)
    assert 3 == len(captures._kept)
    captures.tidy()
    assert 1 == len(captures._kept)
    del walker
    gc.collect()
    captures.tidy()
    assert [] == captures._kept


def test_gaps_are_filled(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """Where the first leaves the last takes its place, and goes on as if it were alone."""
    alone = [transfer(random_backbone, recipe_of, n, captured=False) for n in range(3)]
    met = [transfer(random_backbone, recipe_of, n) for n in range(3)]
    captures = Captures()
    for here in (slice(0, 3), slice(1, 3), slice(2, 3)):
        captures.advance(random_backbone, met[here], 2)
        for walker in alone[here]:
            walker.step()
            walker.step()
    assert off(met, alone) < 1e-4


def test_who_finds_no_memory_stays_where_it_lies(
    random_backbone: Backbone, recipe_of: RecipeOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others get up, and all go on elsewhere."""
    met = [transfer(random_backbone, recipe_of, n) for n in range(3)]
    captures = Captures()
    captures.advance(random_backbone, met, 2)
    before = [walker.image.clone() for walker in met]
    move_out = type(met[0].optimiser).move_out

    def short(self: Optimiser) -> None:
        if self is met[1].optimiser:
            raise torch.OutOfMemoryError
        move_out(self)

    monkeypatch.setattr(type(met[0].optimiser), "move_out", short)
    captures.clear()
    assert [True] * 3 == [torch.equal(w.image, b) for w, b in zip(met, before, strict=True)]
    assert len(captures.advance(random_backbone, met, 2)) == 3


def test_who_leaves_takes_everything_along(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """Nothing that happens at the easels afterwards is seen in the picture."""
    first, second = (transfer(random_backbone, recipe_of, n) for n in range(2))
    captures = Captures()
    captures.advance(random_backbone, [first], 1)
    before = first.image.clone()
    captures.advance(random_backbone, [second], 2)
    assert torch.equal(before, first.image)


def test_pictures_that_ended_are_forgotten(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """Easels hold nobody who is held by nobody else."""
    captures = Captures()
    captures.advance(random_backbone, [transfer(random_backbone, recipe_of, 1)], 1)
    gc.collect()
    left = transfer(random_backbone, recipe_of, 2)
    captures.advance(random_backbone, [left], 1)
    captures.clear()
    assert left.step().step == 1
