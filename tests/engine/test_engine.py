"""The engine: schedule, run, collect."""

import pytest

from engine.backbones import Backbone
from engine.calibration import Footprints
from engine.engine import Engine
from engine.errors import DeviceLost, OutOfMemory
from engine.estimates import Speed
from engine.memory import need
from engine.nst.transfer import Frame
from engine.outcomes import Broken, Completed, Event, Stepped
from engine.painting import Painting
from engine.runner import Device
from engine.sources import Pictures
from jobs.recipe import Scale

from .conftest import RecipeOf
from .making import PAINTING, PICTURES, SETTINGS, engine_of, job_of, with_slots


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Seconds."""
        return self.now


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


def test_one_slot_is_one_job_at_a_time(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """The second job starts when the first has ended."""
    engine = engine_of(random_backbone, with_slots(1))
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

    def fail(_: Painting, most: int = 1) -> None:
        raise error

    monkeypatch.setattr(Painting, "step", fail)
    engine, job = engine_of(random_backbone), job_of(recipe_of())
    engine.add(job, PICTURES)
    assert ([Broken(job.id, error)], False) == (engine.step(), engine.busy)


def test_no_job_is_broken_by_a_device_that_is_lost(
    random_backbone: Backbone, recipe_of: RecipeOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine ends in its place, whether it is lost in a step or before."""

    def no_answer() -> int:
        raise RuntimeError("CUDA error")

    def lost(_: Device) -> None:
        raise DeviceLost("gone")

    engine = engine_of(random_backbone)
    engine.add(job_of(recipe_of()), Pictures(b"no picture", (PAINTING,)))
    monkeypatch.setattr(Device, "must_live", lost)
    with pytest.raises(DeviceLost):
        run(engine)
    with pytest.raises(DeviceLost):
        engine_of(random_backbone, free_bytes=no_answer).add(job_of(recipe_of()), PICTURES)


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
    clock = Clock()
    engine, job = engine_of(random_backbone, clock=clock), job_of(recipe_of())
    engine.add(job, PICTURES)
    engine.step()
    engine.step()
    clock.now += SETTINGS.engine.preview_seconds
    events = engine.step() + engine.step()
    previews = [event.preview for event in events if isinstance(event, Stepped)]
    assert [True, False] == [preview is not None for preview in previews]


def test_jobs_of_one_canvas_go_through_the_network_together(
    random_backbone: Backbone, recipe_of: RecipeOf
) -> None:
    """Three that have begun make their steps in one turn."""
    engine = engine_of(random_backbone, with_slots(3))
    jobs = [job_of(recipe_of()) for _ in range(3)]
    for job in jobs:
        engine.add(job, PICTURES)
    turns = [[event.job for event in engine.step()] for _ in range(4)]
    ids = [job.id for job in jobs]
    assert [*([each] for each in ids), ids] == turns


def test_jobs_join_and_leave_between_steps(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """One that comes later ends later, and each has all of its steps."""
    engine = engine_of(random_backbone, with_slots(3))
    jobs = [job_of(recipe_of(scales=(Scale(fraction=1, steps=steps),))) for steps in (6, 2, 4)]
    steps: dict[str, list[int]] = {job.id: [] for job in jobs}
    ends = []
    for job in jobs:
        engine.add(job, PICTURES)
        for event in [*engine.step(), *engine.step()]:
            note(event, steps, ends)
    for event in run(engine):
        note(event, steps, ends)
    assert [list(range(7)), list(range(3)), list(range(5))] == list(steps.values())
    assert {job.id for job in jobs} == set(ends)


def note(event: Event, steps: dict[str, list[int]], ends: list[str]) -> None:
    """Write down a step or an end."""
    if isinstance(event, Stepped):
        steps[event.job].append(event.frame.step)
    else:
        assert isinstance(event, Completed)
        ends.append(event.job)


def test_a_quick_job_is_not_held_up_by_a_slow_one(
    random_backbone: Backbone, recipe_of: RecipeOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside steps of 50 s, one of 1 s a step has half of the time until it is done."""
    clock = Clock()
    seconds = {64: 50.0, 32: 1.0}
    spent = {64: 0.0, 32: 0.0}
    step = Painting.step

    def slow(self: Painting, most: int = 1) -> Frame:
        clock.now += seconds[self.recipe.size]
        spent[self.recipe.size] += seconds[self.recipe.size]
        return step(self, most)

    monkeypatch.setattr(Painting, "step", slow)
    engine = engine_of(random_backbone, with_slots(2), clock=clock)
    many = (Scale(fraction=1, steps=99),)
    large, small = (job_of(recipe_of(size=size, scales=many)) for size in (64, 32))
    engine.add(large, PICTURES)
    engine.add(small, PICTURES)
    while not any(isinstance(event, Completed) for event in engine.step()):
        pass
    assert (100.0, 100.0) == (spent[32], spent[64])


def test_a_job_to_run_alone_has_no_company(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """A job that may take the others with it starts when they have ended."""
    engine = engine_of(random_backbone, with_slots(3))
    jobs = [job_of(recipe_of()) for _ in range(3)]
    for job, alone in zip(jobs, (False, True, False), strict=True):
        engine.add(job, PICTURES, alone=alone)
    expected = [each.id for each in jobs for _ in range(5)]
    assert expected == [event.job for event in run(engine)]


def test_memory_decides_how_many_are_painted_together(
    random_backbone: Backbone, recipe_of: RecipeOf
) -> None:
    """With memory for one and a half, the second waits for the first."""
    recipe = recipe_of(size=64)
    footprint = Footprints(SETTINGS).of(recipe, random_backbone)
    room = round(1.5 * need(footprint, recipe, (64, 48)).whole / 0.85)
    engine = engine_of(random_backbone, with_slots(4), free_bytes=lambda: room)
    jobs = [job_of(recipe) for _ in range(2)]
    for job in jobs:
        engine.add(job, PICTURES)
    ends = [event.job for event in run(engine)]
    assert [job.id for job in jobs for _ in range(5)] == ends


def test_what_does_not_fit_is_painted_smaller(
    random_backbone: Backbone, recipe_of: RecipeOf
) -> None:
    """With memory for a quarter of the pixels the size is about half, and the note says so."""
    recipe = recipe_of(size=256)
    footprint = Footprints(SETTINGS).of(recipe, random_backbone)
    room = round(1.01 * need(footprint, recipe, (256, 192)).whole / 4 / 0.85)
    engine = engine_of(random_backbone, free_bytes=lambda: room)
    engine.add(job_of(recipe), PICTURES)
    done = run(engine)[-1]
    assert isinstance(done, Completed)
    note = "There was not enough memory for 256 px, so this is 128 px."
    assert ((128, 96), note) == (done.painted.image.size, done.painted.note)


def test_what_fits_at_no_size_is_refused(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """With no memory at all nothing is begun."""
    engine = engine_of(random_backbone, free_bytes=lambda: 1000)
    with pytest.raises(OutOfMemory):
        engine.add(job_of(recipe_of(size=256)), PICTURES)
    assert not engine.busy


def test_a_new_backbone_is_measured_once(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """The first job of a backbone has an estimate because of it, and the second needs no other."""
    asked = []

    def measure(backbone: Backbone) -> Speed:
        asked.append(backbone.name)
        return Speed(0.0, 10.0, 1.0)

    engine = engine_of(random_backbone, measure=measure)
    known = [engine.add(job_of(recipe_of()), PICTURES) is not None for _ in range(2)]
    assert ([True, True], ["squeezenet1_0"]) == (known, asked)


def test_company_makes_it_longer(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """Beside a job of another canvas that takes long, everything takes twice as long."""
    clock = Clock()
    speed = Speed(0.0, 1000.0, 0.0)
    engine = engine_of(random_backbone, with_slots(2), measure=lambda _: speed, clock=clock)
    alone = engine.add(first := job_of(recipe_of(size=32)), PICTURES)
    engine.drop(first.id)
    engine.add(job_of(recipe_of(size=128)), PICTURES)
    beside = engine.add(job_of(recipe_of(size=32)), PICTURES)
    assert alone is not None
    assert pytest.approx(2 * alone, rel=0.01) == beside
