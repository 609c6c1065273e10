"""Paintings in company: the same pictures as alone, and a bad one fails alone."""

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.backbones import Backbone
from engine.company import Company
from engine.engine import Engine
from engine.errors import Diverged
from engine.nst.batch import Batch, Slope
from engine.nst.objective import Targets
from engine.nst.optimisers import LBFGS
from engine.outcomes import Broken, Completed, Event, Stepped
from engine.painted import Painted
from engine.painting import Painting
from engine.sources import Pictures
from jobs.recipe import LayerWeight, Recipe, Scale, Style

from .conftest import RecipeOf, picture
from .making import PICTURES, SETTINGS, engine_of, job_of, png, with_slots

STEPS = 20


def steps(*counts: int) -> tuple[Scale, ...]:
    """A scale of half the size before the whole one where there are two."""
    fractions = (1.0,) if len(counts) == 1 else (0.5, 1.0)
    pairs = zip(fractions, counts, strict=True)
    return tuple(Scale(fraction=fraction, steps=count) for fraction, count in pairs)


VARIETY: tuple[dict[str, Any], ...] = (
    {"scales": steps(STEPS), "optimizer": "lbfgs"},
    {
        "scales": steps(STEPS + 4),
        "optimizer": "adam",
        "learning_rate": 0.02,
        "style_layers": (
            LayerWeight(layer="relu1", weight=1.0),
            LayerWeight(layer="fire7", weight=2.0),
        ),
    },
    {
        "scales": steps(5, 15),
        "optimizer": "lbfgs",
        "content_layers": (LayerWeight(layer="fire2", weight=1.0),),
        "content_weight": 5.0,
        "tv_weight": 0.0,
    },
    {"scales": steps(STEPS), "optimizer": "lbfgs", "strength": 0.2, "init": "noise", "seed": 4},
)
"""Jobs of one canvas that have little else in common."""


def recipes(recipe_of: RecipeOf, size: int) -> list[Recipe]:
    """Of the variety, each with a style of its own."""
    return [
        recipe_of(size=size, styles=(Style(digest=f"{number}" * 64),), **changes)
        for number, changes in enumerate(VARIETY)
    ]


def pictures(number: int) -> Pictures:
    """A photo and a painting that no other number has."""
    return Pictures(png(picture(96, 72, number)), (png(picture(60, 60, number + 50)),))


def alone(recipe: Recipe, number: int, backbone: Backbone) -> Painted:
    """Painted by itself."""
    painting = Painting(recipe, pictures(number), backbone, SETTINGS)
    while not painting.done:
        painting.step()
    return painting.finish()


def in_company(each: list[Recipe], backbone: Backbone) -> list[Painted]:
    """Painted in one engine, one joining every three turns."""
    engine = engine_of(backbone, with_slots(len(each)))
    jobs = [job_of(recipe) for recipe in each]
    events: list[Event] = []
    for number, job in enumerate(jobs):
        engine.add(job, pictures(number))
        for _ in range(3):
            events += engine.step()
    events += run(engine)
    done = {event.job: event.painted for event in events if isinstance(event, Completed)}
    return [done[job.id] for job in jobs]


def run(engine: Engine) -> list[Event]:
    """All events until there is nothing more to do."""
    events: list[Event] = []
    while engine.busy:
        events += engine.step()
    return events


def values(painted: Painted) -> NDArray[np.float64]:
    """The pixels, in [0, 1]."""
    return np.asarray(painted.image, dtype=np.float64) / 255


@pytest.mark.parametrize("name", ["random_backbone", "squeezenet"])
def test_the_same_picture_as_alone(
    request: pytest.FixtureRequest, recipe_of: RecipeOf, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Jobs that join and leave at other times, with other layers, weights, styles and optimisers.

    Pixels within 0.001 on average and losses within a hundredth, after some twenty steps.
    """
    backbone: Backbone = request.getfixturevalue(name)
    sizes: set[int] = set()
    slopes = Batch.slopes

    def counted(self: Batch, images: list[Tensor], targets: list[Targets]) -> list[Slope]:
        sizes.add(len(images))
        return slopes(self, images, targets)

    monkeypatch.setattr(Batch, "slopes", counted)
    each = recipes(recipe_of, size=48)
    together = in_company(each, backbone)
    assert {1, 2, 3, 4} <= sizes
    for number, (recipe, found) in enumerate(zip(each, together, strict=True)):
        expected = alone(recipe, number, backbone)
        assert np.abs(values(expected) - values(found)).mean() < 1e-3
        assert pytest.approx(expected.losses.total, rel=0.01) == found.losses.total


def begun(backbone: Backbone, recipe: Recipe, count: int) -> list[Painting]:
    """Paintings that are ready for their first step."""
    paintings = [Painting(recipe, PICTURES, backbone, SETTINGS) for _ in range(count)]
    for painting in paintings:
        painting.step()
    return paintings


def test_a_painting_without_numbers_fails_alone(
    random_backbone: Backbone, recipe_of: RecipeOf
) -> None:
    """Its losses are NaN; the other makes its step."""
    bad, good = begun(random_backbone, recipe_of(), 2)
    bad.image.fill_(float("nan"))
    outcomes = Company(random_backbone).step([bad, good])
    assert (Diverged, 1) == (type(outcomes[0]), good.steps_made)


def test_an_optimiser_that_fails_takes_nobody_with_it(
    random_backbone: Backbone, recipe_of: RecipeOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What one painting raises when it takes its slope is its own, and no step is made twice."""
    bad, good = begun(random_backbone, recipe_of(), 2)
    error = ZeroDivisionError("deep within")
    step = LBFGS.step

    def fail(self: LBFGS, gradient: Tensor, loss: Tensor) -> None:
        if self.image is bad.image:
            raise error
        step(self, gradient, loss)

    monkeypatch.setattr(LBFGS, "step", fail)
    outcomes = Company(random_backbone).step([bad, good])
    assert (error, 1) == (outcomes[0], good.steps_made)


def broken(monkeypatch: pytest.MonkeyPatch, error: Exception, at_least: int) -> list[int]:
    """Let batches of so many pictures fail; gives the sizes that were tried, as they are."""
    tried: list[int] = []
    slopes = Batch.slopes

    def fail(self: Batch, images: list[Tensor], targets: list[Targets]) -> list[Slope]:
        tried.append(len(images))
        if len(images) >= at_least:
            raise error
        return slopes(self, images, targets)

    monkeypatch.setattr(Batch, "slopes", fail)
    return tried


def test_a_batch_that_does_not_fit_is_painted_one_by_one(
    random_backbone: Backbone, recipe_of: RecipeOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody's picture is smaller for it, and the batch is tried once and not at each step."""
    paintings = begun(random_backbone, recipe_of(), 2)
    tried = broken(monkeypatch, torch.OutOfMemoryError("too much"), at_least=2)
    company = Company(random_backbone)
    for _ in range(2):
        company.step(paintings)
    found = [(each.steps_made, each.recipe.size) for each in paintings]
    assert ([2, 1, 1, 1, 1], [(2, 32), (2, 32)]) == (tried, found)


def test_company_is_tried_again_when_it_has_changed(
    random_backbone: Backbone, recipe_of: RecipeOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three were too many; two of them go together."""
    paintings = begun(random_backbone, recipe_of(), 3)
    tried = broken(monkeypatch, RuntimeError("odd"), at_least=3)
    company = Company(random_backbone)
    company.step(paintings)
    company.step(paintings[:2])
    assert [3, 1, 1, 1, 2] == tried


def test_one_that_does_not_fit_goes_on_smaller(
    random_backbone: Backbone, recipe_of: RecipeOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are too large for the memory even by themselves: both end at half the size, and say so.

    Nothing is lost: each has all of its steps at the new size.
    """
    slopes = Batch.slopes

    def short(self: Batch, images: list[Tensor], targets: list[Targets]) -> list[Slope]:
        if images[0].shape[-1] > 100:
            raise MemoryError
        return slopes(self, images, targets)

    monkeypatch.setattr(Batch, "slopes", short)
    engine = engine_of(random_backbone)
    for _ in range(2):
        engine.add(job_of(recipe_of(size=160)), PICTURES)
    events = run(engine)
    notes = [event.painted.note for event in events if isinstance(event, Completed)]
    note = "There was not enough memory for 160 px, so this is 80 px."
    assert [note, note] == notes


def test_a_job_stopped_in_company_leaves_the_others(
    random_backbone: Backbone, recipe_of: RecipeOf
) -> None:
    """Between two steps one leaves with its frame so far; the others finish."""
    engine = engine_of(random_backbone, with_slots(3))
    jobs = [job_of(recipe_of()) for _ in range(3)]
    for job in jobs:
        engine.add(job, PICTURES)
    for _ in range(4):
        engine.step()
    stopped = engine.drop(jobs[1].id)
    ends = {event.job for event in run(engine) if isinstance(event, Completed)}
    assert stopped is not None
    assert (1, {jobs[0].id, jobs[2].id}) == (stopped.steps_made, ends)


def test_a_bad_job_in_company_breaks_alone(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """Its end is told, and the others' pictures are finished."""
    engine = engine_of(random_backbone, with_slots(3))
    jobs = [job_of(recipe_of()) for _ in range(3)]
    for job in jobs:
        engine.add(job, PICTURES)
    for _ in range(3):
        engine.step()
    engine._seats[jobs[0].id].painting.image.fill_(float("nan"))
    ends = {event.job: type(event) for event in run(engine) if not isinstance(event, Stepped)}
    assert {jobs[0].id: Broken, jobs[1].id: Completed, jobs[2].id: Completed} == ends


def masked(number: int) -> tuple[Style, ...]:
    """One with a region, and one that has the rest."""
    return Style(digest=f"{number}" * 64, mask="a" * 64), Style(digest=f"{number + 5}" * 64)


def with_mask(number: int) -> Pictures:
    """Photo, paintings and mask of `masked`, that no other number has."""
    grey = picture(96, 72, number + 9).convert("L")
    mask = grey.point([255 * (value > 127) for value in range(256)]).convert("RGB")
    styles = tuple(png(picture(60, 60, number + 50 * k)) for k in (1, 2))
    return Pictures(png(picture(96, 72, number)), styles, masks=(png(mask),))


def test_jobs_with_masks_share_their_steps(
    random_backbone: Backbone, recipe_of: RecipeOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those with as many regions meet, the unmasked ones by themselves; all as if alone."""
    met: set[tuple[int, ...]] = set()
    slopes = Batch.slopes

    def counted(self: Batch, images: list[Tensor], targets: list[Targets]) -> list[Slope]:
        met.add(tuple(len(each.regions) for each in targets))
        return slopes(self, images, targets)

    monkeypatch.setattr(Batch, "slopes", counted)
    guided = [recipe_of(scales=steps(STEPS), styles=masked(number)) for number in (1, 2)]
    given = [(recipe, with_mask(number)) for number, recipe in enumerate(guided, 1)]
    given += [(recipe_of(scales=steps(STEPS)), PICTURES)] * 2
    engine = engine_of(random_backbone, with_slots(4))
    jobs = [job_of(recipe) for recipe, _ in given]
    for job, (_, each) in zip(jobs, given, strict=True):
        engine.add(job, each)
    done = {event.job: event.painted for event in run(engine) if isinstance(event, Completed)}
    regions = 2 * len(guided[0].style_layers)
    assert {(regions, regions), (0, 0)} == {sizes for sizes in met if len(sizes) > 1}
    for job, (recipe, each) in zip(jobs[:2], given, strict=False):
        painting = Painting(recipe, each, random_backbone, SETTINGS)
        while not painting.done:
            painting.step()
        expected, found = painting.finish(), done[job.id]
        assert np.abs(values(expected) - values(found)).mean() < 1e-3
        assert pytest.approx(expected.losses.total, rel=0.01) == found.losses.total
