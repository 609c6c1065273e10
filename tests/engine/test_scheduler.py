"""The scheduler: order, slots, memory, and jobs that run alone."""

import subprocess
import sys

import pytest

from engine.scheduler import Entry, Scheduler, most_needed


def test_jobs_start_in_the_order_of_their_coming() -> None:
    """With one slot the first job runs and the others wait in order."""
    scheduler = Scheduler(slots=1)
    for job in "abc":
        scheduler.add(Entry(job, 10))
    assert (("a",), ("b", "c")) == (scheduler.schedule(100), scheduler.waiting)


def test_a_removed_job_makes_room() -> None:
    """When the running job is removed the next one starts."""
    scheduler = Scheduler(slots=1)
    for job in "ab":
        scheduler.add(Entry(job, 10))
    scheduler.schedule(100)
    scheduler.remove("a")
    assert ("b",) == scheduler.schedule(100)


def test_a_running_job_keeps_running() -> None:
    """Scheduling again changes nothing while nothing ends."""
    scheduler = Scheduler(slots=2)
    scheduler.add(Entry("a", 10))
    scheduler.schedule(100)
    assert ("a",) == scheduler.schedule(100)


def test_slots_limit_how_many_run() -> None:
    """No more jobs run than there are slots."""
    scheduler = Scheduler(slots=2)
    for job in "abc":
        scheduler.add(Entry(job, 10))
    assert ("a", "b") == scheduler.schedule(100)


def test_memory_limits_how_many_run() -> None:
    """A job that does not fit into the memory waits, in spite of a free slot."""
    scheduler = Scheduler(slots=3)
    for job in "ab":
        scheduler.add(Entry(job, 60))
    assert ("a",) == scheduler.schedule(100)


def test_jobs_may_fill_the_memory() -> None:
    """Jobs run together up to the last byte."""
    scheduler = Scheduler(slots=3)
    for job in "ab":
        scheduler.add(Entry(job, 50))
    assert ("a", "b") == scheduler.schedule(100)


def test_none_overtakes() -> None:
    """A small job does not start before a large one that came first and does not fit yet."""
    scheduler = Scheduler(slots=3)
    for job, held in (("a", 60), ("large", 60), ("small", 1)):
        scheduler.add(Entry(job, held))
    assert (("a",), ("large", "small")) == (scheduler.schedule(100), scheduler.waiting)


def test_a_job_beyond_the_memory_runs_by_itself() -> None:
    """A job larger than the whole memory is painted all the same, with nobody beside it."""
    scheduler = Scheduler(slots=3)
    scheduler.add(Entry("huge", 1000))
    scheduler.add(Entry("small", 1))
    assert ("huge",) == scheduler.schedule(100)


def test_a_job_to_run_alone_waits_for_an_empty_engine() -> None:
    """A job with an earlier death does not start beside another."""
    scheduler = Scheduler(slots=3)
    scheduler.add(Entry("a", 1))
    scheduler.add(Entry("risky", 1, alone=True))
    assert ("a",) == scheduler.schedule(100)


def test_nobody_joins_a_job_that_runs_alone() -> None:
    """While a job with an earlier death runs the others wait."""
    scheduler = Scheduler(slots=3)
    scheduler.add(Entry("risky", 1, alone=True))
    scheduler.add(Entry("b", 1))
    assert ("risky",) == scheduler.schedule(100)


def test_a_waiting_job_can_be_removed() -> None:
    """A job that is cancelled before its start never runs."""
    scheduler = Scheduler(slots=2)
    scheduler.add(Entry("a", 1))
    scheduler.remove("a")
    assert () == scheduler.schedule(100)


def test_removing_a_stranger_changes_nothing() -> None:
    """A job that has ended already may be removed again."""
    scheduler = Scheduler(slots=1)
    scheduler.add(Entry("a", 1))
    scheduler.remove("b")
    assert ("a",) == scheduler.waiting


@pytest.mark.parametrize("started", [False, True])
def test_a_job_is_here_once(started: bool) -> None:
    """A job that waits or runs cannot be added a second time."""
    scheduler = Scheduler(slots=1)
    scheduler.add(Entry("a", 1))
    if started:
        scheduler.schedule(100)
    with pytest.raises(ValueError, match="job a is here already"):
        scheduler.add(Entry("a", 1))


def test_only_one_groups_steps_need_memory_at_a_time() -> None:
    """Two that take turns need both what they hold, but the larger step only."""
    entries = [Entry("a", held=10, passing=50), Entry("b", held=20, passing=70)]
    assert 100 == most_needed(entries)


def test_steps_of_a_group_need_memory_at_once() -> None:
    """Those who make their steps together need the steps' memory together."""
    entries = [
        Entry("a", held=10, passing=50, group="canvas"),
        Entry("b", held=10, passing=50, group="canvas"),
        Entry("c", held=10, passing=60),
    ]
    assert 130 == most_needed(entries)


def test_memory_that_has_come_back_lets_the_next_one_in() -> None:
    """What is free is looked at each time."""
    scheduler = Scheduler(slots=2)
    for job in "ab":
        scheduler.add(Entry(job, 60))
    assert (("a",), ("a", "b")) == (scheduler.schedule(100), scheduler.schedule(120))


def test_it_needs_no_torch() -> None:
    """Scheduling, turns, forecasts and estimates are plain arithmetic."""
    names = ("scheduler", "turns", "forecast", "estimates", "host_memory")
    script = f"import sys; {'; '.join(f'import engine.{name}' for name in names)}"
    script += "; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert "False" == done.stdout.strip(), done.stderr
