"""The scheduler: order, slots, pixels, and jobs that run alone."""

import pytest

from engine.scheduler import Entry, Scheduler


def test_jobs_start_in_the_order_of_their_coming() -> None:
    """With one slot the first job runs and the others wait in order."""
    scheduler = Scheduler(slots=1, pixel_budget=100)
    for job in "abc":
        scheduler.add(Entry(job, 10))
    assert (("a",), ("b", "c")) == (scheduler.schedule(), scheduler.waiting)


def test_a_removed_job_makes_room() -> None:
    """When the running job is removed the next one starts."""
    scheduler = Scheduler(slots=1, pixel_budget=100)
    for job in "ab":
        scheduler.add(Entry(job, 10))
    scheduler.schedule()
    scheduler.remove("a")
    assert ("b",) == scheduler.schedule()


def test_a_running_job_keeps_running() -> None:
    """Scheduling again changes nothing while nothing ends."""
    scheduler = Scheduler(slots=2, pixel_budget=100)
    scheduler.add(Entry("a", 10))
    scheduler.schedule()
    assert ("a",) == scheduler.schedule()


def test_slots_limit_how_many_run() -> None:
    """No more jobs run than there are slots."""
    scheduler = Scheduler(slots=2, pixel_budget=100)
    for job in "abc":
        scheduler.add(Entry(job, 10))
    assert ("a", "b") == scheduler.schedule()


def test_pixels_limit_how_many_run() -> None:
    """A job whose canvas does not fit into the budget waits, in spite of a free slot."""
    scheduler = Scheduler(slots=3, pixel_budget=100)
    for job in "ab":
        scheduler.add(Entry(job, 60))
    assert ("a",) == scheduler.schedule()


def test_pixels_may_fill_the_budget() -> None:
    """Jobs run together up to the budget itself."""
    scheduler = Scheduler(slots=3, pixel_budget=100)
    for job in "ab":
        scheduler.add(Entry(job, 50))
    assert ("a", "b") == scheduler.schedule()


def test_none_overtakes() -> None:
    """A small job does not start before a large one that came first and does not fit yet."""
    scheduler = Scheduler(slots=3, pixel_budget=100)
    for job, pixels in (("a", 60), ("large", 60), ("small", 1)):
        scheduler.add(Entry(job, pixels))
    assert (("a",), ("large", "small")) == (scheduler.schedule(), scheduler.waiting)


def test_a_job_beyond_the_budget_runs_by_itself() -> None:
    """A canvas larger than the whole budget is painted all the same, with nobody beside it."""
    scheduler = Scheduler(slots=3, pixel_budget=100)
    scheduler.add(Entry("huge", 1000))
    scheduler.add(Entry("small", 1))
    assert ("huge",) == scheduler.schedule()


def test_a_job_to_run_alone_waits_for_an_empty_engine() -> None:
    """A job with an earlier death does not start beside another."""
    scheduler = Scheduler(slots=3, pixel_budget=100)
    scheduler.add(Entry("a", 1))
    scheduler.add(Entry("risky", 1, alone=True))
    assert ("a",) == scheduler.schedule()


def test_nobody_joins_a_job_that_runs_alone() -> None:
    """While a job with an earlier death runs the others wait."""
    scheduler = Scheduler(slots=3, pixel_budget=100)
    scheduler.add(Entry("risky", 1, alone=True))
    scheduler.add(Entry("b", 1))
    assert ("risky",) == scheduler.schedule()


def test_a_waiting_job_can_be_removed() -> None:
    """A job that is cancelled before its start never runs."""
    scheduler = Scheduler(slots=2, pixel_budget=100)
    scheduler.add(Entry("a", 1))
    scheduler.remove("a")
    assert () == scheduler.schedule()


def test_removing_a_stranger_changes_nothing() -> None:
    """A job that has ended already may be removed again."""
    scheduler = Scheduler(slots=1, pixel_budget=100)
    scheduler.add(Entry("a", 1))
    scheduler.remove("b")
    assert ("a",) == scheduler.waiting


@pytest.mark.parametrize("started", [False, True])
def test_a_job_is_here_once(started: bool) -> None:
    """A job that waits or runs cannot be added a second time."""
    scheduler = Scheduler(slots=1, pixel_budget=100)
    scheduler.add(Entry("a", 1))
    if started:
        scheduler.schedule()
    with pytest.raises(ValueError, match="job a is here already"):
        scheduler.add(Entry("a", 1))
