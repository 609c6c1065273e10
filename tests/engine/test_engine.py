"""The engine: schedule, run, collect."""

import pytest

from engine.backbones import Backbone
from engine.engine import Broken, Completed, Engine, Event, Stepped
from engine.painting import Painting, Pictures

from .conftest import RecipeOf
from .making import PAINTING, PICTURES, SETTINGS, engine_of, job_of


def run(engine: Engine) -> list[Event]:
    """All events until there is nothing more to do."""
    events = []
    while engine.busy:
        events += engine.step()
    return events


def test_a_job_from_first_to_last(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """A job gives its steps, from 0 on, and then the painting."""
    engine, job = engine_of(random_backbone), job_of(recipe_of())
    engine.add(job, PICTURES)
    found = [
        event.frame.step if isinstance(event, Stepped) else type(event) for event in run(engine)
    ]
    assert [0, 1, 2, 3, Completed] == found


def test_one_job_at_a_time(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """The second job starts when the first has ended."""
    engine = engine_of(random_backbone)
    jobs = [job_of(recipe_of()) for _ in range(2)]
    for job in jobs:
        engine.add(job, PICTURES)
    first, second = (job.id for job in jobs)
    assert [first] * 5 + [second] * 5 == [event.job for event in run(engine)]


def test_a_bad_job_fails_alone(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """A job whose pictures cannot be used breaks, and the next one is painted."""
    engine = engine_of(random_backbone)
    engine.add(job_of(recipe_of()), Pictures(b"no picture", (PAINTING,)))
    engine.add(job_of(recipe_of()), PICTURES)
    ends = [type(event) for event in run(engine) if not isinstance(event, Stepped)]
    assert [Broken, Completed] == ends


def test_any_fault_is_an_event(
    random_backbone: Backbone, recipe_of: RecipeOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a step raises is told, and the engine goes on."""
    error = ZeroDivisionError("deep within")

    def fail(_: Painting) -> None:
        raise error

    monkeypatch.setattr(Painting, "step", fail)
    engine, job = engine_of(random_backbone), job_of(recipe_of())
    engine.add(job, PICTURES)
    assert ([Broken(job.id, error)], False) == (engine.step(), engine.busy)


def test_a_dropped_job_is_given_back(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """A job that is stopped leaves the engine with what there is of it."""
    engine, job = engine_of(random_backbone), job_of(recipe_of())
    engine.add(job, PICTURES)
    engine.step()
    painting = engine.drop(job.id)
    assert (True, False, []) == (painting and painting.begun, engine.busy, engine.step())


def test_dropping_a_stranger(random_backbone: Backbone) -> None:
    """A job that has ended may be dropped again."""
    assert None is engine_of(random_backbone).drop("1" * 32)


def test_it_learns_from_each_job(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """After a job the engine can tell how long the next one takes."""
    engine = engine_of(random_backbone)
    before = engine.add(job_of(recipe_of()), PICTURES)
    run(engine)
    after = engine.add(job_of(recipe_of()), PICTURES)
    assert (None, True) == (before, after is not None and after > 0)


def test_previews_come_now_and_then(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """No preview comes before its time, and after it the next step has one."""
    engine, job = engine_of(random_backbone), job_of(recipe_of())
    engine.add(job, PICTURES)
    engine.step()
    engine.step()
    # As if the last preview had been long ago.
    engine._previewed[job.id] -= SETTINGS.engine.preview_seconds
    events = engine.step() + engine.step()
    previews = [event.preview for event in events if isinstance(event, Stepped)]
    assert [True, False] == [preview is not None for preview in previews]
