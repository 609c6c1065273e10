"""Forecasts: when jobs are done that share an engine."""

import pytest

from engine.forecast import Stage, seconds_until_done


def test_a_job_by_itself() -> None:
    """Ten steps of 2 s, each with an overhead of half a second, then one of 5 s."""
    stages = [Stage("small", 2.0, 10, 0.5), Stage("large", 5.0)]
    assert {"a": 30.0} == seconds_until_done({"a": stages})


def test_jobs_share_the_time() -> None:
    """The quick one of two takes twice its own time; the slow one has the engine from then on."""
    running = {"quick": [Stage("q", 1.0, 10)], "slow": [Stage("s", 5.0, 10)]}
    assert pytest.approx({"quick": 20.0, "slow": 60.0}) == seconds_until_done(running)


def test_a_batch_makes_its_steps_at_once() -> None:
    """Two in a batch: each step costs both, but the overhead once."""
    running = {"a": [Stage("g", 1.0, 4, 0.5)], "b": [Stage("g", 1.0, 8, 0.5)]}
    assert pytest.approx({"a": 10.0, "b": 16.0}) == seconds_until_done(running)


def test_many_who_step_together_have_the_time_of_many() -> None:
    """Three in a batch have three quarters of the time: their step of 3 s comes each 4 s."""
    running = {name: [Stage("g", 1.0, 6)] for name in "abc"} | {"d": [Stage("h", 1.0, 6)]}
    expected = {"a": 24.0, "b": 24.0, "c": 24.0, "d": 24.0}
    assert pytest.approx(expected) == seconds_until_done(running)


def test_jobs_meet_at_a_later_canvas() -> None:
    """One has been at the large canvas when the other arrives; there they share a batch."""
    running = {
        "a": [Stage("small", 1.0, 10), Stage("large", 2.0, 10, 1.0)],
        "b": [Stage("large", 2.0, 10, 1.0)],
    }
    # 20 s for both; a has then 10 steps to go and b 20 / 6; a batch's step takes 5 s.
    expected = {"b": 20 + (10 - 10 / 3) * 5, "a": 20 + (10 - 10 / 3) * 5 + (10 / 3) * 3}
    assert pytest.approx(expected) == seconds_until_done(running)


def test_a_free_slot_is_filled() -> None:
    """With one slot the second starts when the first is done."""
    found = seconds_until_done({"a": [Stage("a", 1.0, 5)]}, {"b": [Stage("b", 1.0, 5)]}, slots=1)
    assert pytest.approx({"a": 5.0, "b": 10.0}) == found


def test_stages_without_steps_take_no_time() -> None:
    """What has been done already counts nothing."""
    assert {"a": 0.0} == seconds_until_done({"a": [Stage("a", 9.0, 0)]})


def test_nobody_here() -> None:
    """Nothing to foretell."""
    assert {} == seconds_until_done({})


def test_steps_that_cost_nothing() -> None:
    """They are done at once, and without end there is none."""
    assert {"a": 0.0} == seconds_until_done({"a": [Stage("a", 0.0, 5)]})
