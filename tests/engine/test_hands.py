"""An engine whose device must not wait for the host: what is not a step is done beside the steps.

Here the device is a CPU, so that steps are not captured; threads are real.
"""

import gc
import itertools
import random
import threading
import weakref
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from engine.backbones import Backbone
from engine.engine import Engine
from engine.errors import OutOfMemory
from engine.hands import Hands
from engine.nst.captured import Captures
from engine.nst.transfer import Transfer
from engine.outcomes import Broken, Completed, Event, Stepped
from engine.painted import Painted
from engine.painting import Painting
from engine.runner import Device
from engine.sources import Pictures
from engine.weights import Weights, WeightsSource
from jobs.recipe import Scale

from .conftest import RecipeOf, random_weights, restless
from .making import PAINTING, PICTURES, SETTINGS, engine_of, job_of, with_slots


@pytest.fixture(scope="module")
def quick(device: Device) -> Backbone:
    """A backbone whose steps are strided as on a GPU."""
    source = WeightsSource("random", "0" * 64)
    weights = Weights(random_weights("squeezenet1_0"), source, Path("random"))
    return Backbone("squeezenet1_0", weights, replace(device, captures=True))


def run(engine: Engine) -> Iterator[Event]:
    """All events until there is nothing more to do."""
    while engine.busy:
        yield from engine.step()


def test_a_job_from_first_to_last(quick: Backbone, recipe_of: RecipeOf) -> None:
    """The frame before the first step, a stride for each scale, and the painting."""
    engine = engine_of(quick)
    scales = (Scale(fraction=0.5, steps=3), Scale(fraction=1, steps=2))
    engine.add(job_of(recipe_of(scales=scales)), PICTURES)
    found = [
        event.frame.step if isinstance(event, Stepped) else type(event) for event in run(engine)
    ]
    assert [0, 3, 5, Completed] == found


def test_many_are_painted_as_one_by_one(
    quick: Backbone, random_backbone: Backbone, recipe_of: RecipeOf
) -> None:
    """Six of them, four at a time, against the engine that does everything in turn."""
    painted = {}
    for backbone in (quick, random_backbone):
        engine = engine_of(backbone, with_slots(4))
        for seed in range(6):
            engine.add(job_of(recipe_of(seed=seed, init="noise"), id=f"{seed:032x}"), PICTURES)
        ended = [event for event in run(engine) if not isinstance(event, Stepped)]
        assert all(isinstance(event, Completed) for event in ended)
        painted[backbone] = {
            event.job: np.asarray(event.painted.image, np.float32)
            for event in ended
            if isinstance(event, Completed)
        }
    assert 6 == len(painted[quick])
    for job, picture in painted[random_backbone].items():
        assert np.abs(picture - painted[quick][job]).mean() < 1


def test_a_bad_job_fails_alone(quick: Backbone, recipe_of: RecipeOf) -> None:
    """A fault in another thread is the job's."""
    engine = engine_of(quick)
    good, bad = job_of(recipe_of()), job_of(recipe_of())
    engine.add(bad, Pictures(b"no picture", (PAINTING,)))
    engine.add(good, PICTURES)
    ended = {event.job: type(event) for event in run(engine) if not isinstance(event, Stepped)}
    assert {bad.id: Broken, good.id: Completed} == ended


def test_steps_go_on_while_another_is_prepared(
    quick: Backbone, recipe_of: RecipeOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first is painted to its end before the second is ready."""
    ready, begin = threading.Event(), Painting._begin
    engine = engine_of(quick)
    slow, fast = job_of(recipe_of(seed=1)), job_of(recipe_of(seed=2))

    def waiting(self: Painting):  # type: ignore[no-untyped-def]  # as the method it stands for
        assert self.recipe.seed == 2 or ready.wait(30)
        return begin(self)

    monkeypatch.setattr(Painting, "_begin", waiting)
    engine.add(slow, PICTURES)
    engine.add(fast, PICTURES)
    ended = []
    for event in run(engine):
        assert not isinstance(event, Broken), event.error
        if isinstance(event, Completed):
            ended.append(event.job)
            ready.set()
    assert [fast.id, slow.id] == ended


def test_the_next_is_made_ready_meanwhile(quick: Backbone, recipe_of: RecipeOf) -> None:
    """With one easel two jobs are taken, and one is painted to its end before the other begins."""
    engine = engine_of(quick, with_slots(1))
    scales = (Scale(fraction=1, steps=40),)
    jobs = [job_of(recipe_of(size=size, scales=scales)) for size in (32, 40)]
    for job in jobs:
        engine.add(job, PICTURES)
    assert (2, 80) == (engine.slots, engine_of(quick, with_slots(64)).slots)
    stepped = [event for event in run(engine) if isinstance(event, Stepped)]
    order = [event.job for event in stepped if event.frame.step]
    assert {job.id for job in jobs} == set(order)
    assert order == sorted(order, key=list(dict.fromkeys(order)).index)


def test_one_captured_step_has_one_kind_of_optimiser(
    quick: Backbone, recipe_of: RecipeOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Jobs with another make theirs beside."""
    met: set[frozenset[str]] = set()
    launch = Captures.launch

    def noting(self: Captures, *args: Any) -> Any:
        met.add(frozenset(sitter.recipe.optimizer for sitter in args[1]))
        return launch(self, *args)

    monkeypatch.setattr(Captures, "launch", noting)
    engine = engine_of(quick, with_slots(4))
    for optimizer in ("adam", "lbfgs", "adam", "lbfgs"):
        engine.add(job_of(recipe_of(optimizer=optimizer)), PICTURES)
    ended = [type(event) for event in run(engine) if not isinstance(event, Stepped)]
    assert ([Completed] * 4, {frozenset(["adam"]), frozenset(["lbfgs"])}) == (ended, met)


def test_an_easel_is_kept_from_one_canvas_to_the_next(quick: Backbone, recipe_of: RecipeOf) -> None:
    """A picture that moves to a larger one is not overtaken half way."""
    engine = engine_of(quick, with_slots(1))
    scales = (Scale(fraction=0.5, steps=30), Scale(fraction=1, steps=30))
    for _ in range(2):
        engine.add(job_of(recipe_of(scales=scales)), PICTURES)
    order = [e.job for e in run(engine) if isinstance(e, Stepped) and e.frame.step]
    assert order == sorted(order, key=list(dict.fromkeys(order)).index)


def test_a_picture_that_cannot_leave_its_place_fails_alone(
    quick: Backbone, recipe_of: RecipeOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For want of memory, say; the other goes on."""
    went = Transfer.went

    def failing(self: Transfer, steps: int) -> Any:
        if self.recipe.seed == 1:
            raise torch.OutOfMemoryError
        return went(self, steps)

    monkeypatch.setattr(Transfer, "went", failing)
    engine = engine_of(quick)
    jobs = [job_of(recipe_of(seed=seed)) for seed in (1, 2)]
    for job in jobs:
        engine.add(job, PICTURES)
    ended = {event.job: event for event in run(engine) if not isinstance(event, Stepped)}
    assert [Broken, Completed] == [type(ended[job.id]) for job in jobs]
    broken = ended[jobs[0].id]
    assert isinstance(broken, Broken)
    assert isinstance(broken.error, OutOfMemory)


def test_a_preview_that_cannot_be_drawn_is_none(
    quick: Backbone,
    random_backbone: Backbone,
    recipe_of: RecipeOf,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The picture is painted all the same, with threads beside and without."""

    def fail(_: Painting) -> Callable[[], bytes]:
        raise MemoryError

    monkeypatch.setattr(Painting, "preview", fail)
    for backbone in (quick, random_backbone):
        now = itertools.count(step=100)
        engine = engine_of(backbone, clock=now.__next__)
        engine.add(job_of(recipe_of()), PICTURES)
        assert isinstance(list(run(engine))[-1], Completed)


def test_an_idle_engine_holds_nobody(quick: Backbone, recipe_of: RecipeOf) -> None:
    """All are dropped while their steps are made: it looks once more, and lets go of them."""
    engine = engine_of(quick)
    jobs = [job_of(recipe_of(scales=(Scale(fraction=1, steps=60),))) for _ in range(2)]
    for job in jobs:
        engine.add(job, PICTURES)
    paintings = [weakref.ref(engine._seats[job.id].painting) for job in jobs]
    while engine._turn is None:
        engine.step()
    for job in jobs:
        engine.drop(job.id)
    assert [] == list(run(engine))
    gc.collect()
    assert [None, None] == [painting() for painting in paintings]


def test_stopped_while_a_hand_is_at_it(
    quick: Backbone, recipe_of: RecipeOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hand is waited for, and the frame is what it has made."""
    inside, leave, finish = threading.Event(), threading.Event(), Painting.finish

    def slow(self: Painting) -> Painted:
        inside.set()
        assert leave.wait(30)
        return finish(self)

    monkeypatch.setattr(Painting, "finish", slow)
    engine, job = engine_of(quick), job_of(recipe_of())
    engine.add(job, PICTURES)
    other = job_of(recipe_of(scales=(Scale(fraction=1, steps=100_000),), size=40))
    engine.add(other, PICTURES)
    while not inside.is_set():
        engine.step()
    threading.Timer(0.2, leave.set).start()
    draw = engine.stop(job.id)
    assert leave.is_set()
    assert draw is not None
    assert (32, 24) == (draw(1 << 20).width, draw(1 << 20).height)


def test_who_is_dropped_while_it_is_prepared_is_forgotten(
    quick: Backbone, recipe_of: RecipeOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where the same job comes again at once."""
    started, begin = threading.Event(), Painting._begin

    def noting(self: Painting):  # type: ignore[no-untyped-def]  # as the method it stands for
        started.set()
        return begin(self)

    monkeypatch.setattr(Painting, "_begin", noting)
    engine, job = engine_of(quick), job_of(recipe_of())
    other = job_of(recipe_of())
    engine.add(other, PICTURES)
    engine.add(job, PICTURES)
    engine.step()
    assert started.wait(30)
    first = engine.drop(job.id)
    engine.add(job, PICTURES)
    events = [event for event in run(engine) if event.job == job.id]
    assert first is not None
    assert [Stepped, Stepped, Completed] == [type(event) for event in events]


def test_previews_come_by_themselves(quick: Backbone, recipe_of: RecipeOf) -> None:
    """They are drawn beside the steps, and come with the frame that was told last."""
    now = itertools.count(step=100)
    engine = engine_of(quick, clock=lambda: next(now))
    scales = tuple(Scale(fraction=1, steps=5) for _ in range(40))
    engine.add(job_of(recipe_of(scales=scales)), PICTURES)
    shown, last = [], 0
    for event in run(engine):
        if isinstance(event, Stepped):
            assert event.frame.step >= last
            last = event.frame.step
            shown += [event.preview] if event.preview else []
    assert shown
    assert Image.open(BytesIO(shown[0])).format == "JPEG"


def test_the_next_stride_is_begun_before_the_last_is_collected(
    quick: Backbone, recipe_of: RecipeOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that the device has something to do while the host looks at what it has done."""
    seen, arriving = [], Device.arriving

    def noting(self: Device, numbers: Tensor) -> Callable[[], Any]:
        seen.append("begun")
        arrived = arriving(self, numbers)

        def note() -> Any:
            seen.append("collected")
            return arrived()

        return note

    monkeypatch.setattr(Device, "arriving", noting)
    engine = engine_of(quick)
    engine.add(job_of(recipe_of(scales=(Scale(fraction=1, steps=30),))), PICTURES)
    assert any(isinstance(event, Completed) for event in run(engine))
    assert ["begun", "begun", "collected"] == seen[:3]
    assert seen.count("begun") == seen.count("collected")


def test_who_is_dropped_in_the_air_is_not_told_of(quick: Backbone, recipe_of: RecipeOf) -> None:
    """Its steps were begun, and come to an end for nobody."""
    engine = engine_of(quick)
    jobs = [job_of(recipe_of(scales=(Scale(fraction=1, steps=40),))) for _ in range(2)]
    for job in jobs:
        engine.add(job, PICTURES)
    while engine._turn is None:
        engine.step()
    gone = next(iter(engine._turn.paintings))
    engine.drop(gone)
    ended = [event for event in run(engine) if not isinstance(event, Stepped)]
    assert all(event.job != gone for event in ended)
    assert [Completed] == [type(event) for event in ended]


def test_all_end_while_some_go(quick: Backbone, recipe_of: RecipeOf) -> None:
    """Many jobs of two canvases, of which some are dropped or stopped at any moment."""
    chance = random.Random(7)
    engine = engine_of(quick, with_slots(4))
    scales = (Scale(fraction=0.5, steps=2), Scale(fraction=1, steps=2))
    left = [job_of(recipe_of(size=32, seed=seed, scales=scales)) for seed in range(40)]
    here, gone, done = set[str](), set[str](), set[str]()
    with restless():
        while left or engine.busy:
            while left and len(here) < engine.slots:
                job = left.pop()
                engine.add(job, PICTURES)
                here.add(job.id)
            for event in engine.step():
                assert not isinstance(event, Broken), event.error
                if isinstance(event, Completed):
                    done.add(event.job)
                    here.discard(event.job)
            if here and chance.random() < 0.1:
                job_id = chance.choice(sorted(here))
                chance.choice([engine.drop, engine.stop])(job_id)
                here.discard(job_id)
                gone.add(job_id)
    assert (40, set()) == (len(gone | done), gone & done)
    assert gone


def test_a_fault_of_the_program_is_raised_where_it_is_fetched(
    device: Device, quick: Backbone, recipe_of: RecipeOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not lost in a thread."""

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Painting, "step", fail)
    hands, painting = Hands(device), Painting(recipe_of(), PICTURES, quick, SETTINGS)
    hands.go_on("a", painting)
    assert hands.have("a", painting)
    with pytest.raises(KeyboardInterrupt):
        hands.fetch(wait_for_one=True)
    assert not hands.have("a", painting)


def test_nothing_to_wait_for(device: Device) -> None:
    """Then fetching is at once."""
    assert [] == Hands(device).fetch(wait_for_one=True)
