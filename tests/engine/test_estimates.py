"""Estimates: the work of a painting, the rate of a backbone, the time that is left."""

import pytest

from config.settings import load_settings
from engine.estimates import Estimates, Pace, step_work, whole_work
from jobs.recipe import Recipe, Scale
from jobs.request import Wish, make_recipe


@pytest.fixture
def recipe() -> Recipe:
    """Sixty steps at half the size, forty at the whole."""
    recipe = make_recipe(Wish(styles=["0" * 64], seed=0), load_settings())
    scales = (Scale(fraction=0.5, steps=60), Scale(fraction=1, steps=40))
    return recipe.model_copy(update={"scales": scales})


def test_a_step_is_worth_the_pixels_of_its_scale(recipe: Recipe) -> None:
    """At half the long side a step has a quarter of the work."""
    works = [step_work(recipe, (2000, 1000), scale) for scale in (0, 1)]
    assert [0.5, 2.0] == works


def test_the_whole_work_adds_up(recipe: Recipe) -> None:
    """60 steps of a quarter megapixel and 40 of one are 55 megapixel steps."""
    assert 55.0 == whole_work(recipe, (1000, 1000))


def test_nothing_is_foretold_without_a_measurement(recipe: Recipe) -> None:
    """An engine that has measured nothing has no estimate."""
    assert None is Estimates().seconds(recipe, (1000, 1000))


def test_the_first_measurement_counts_as_it_is(recipe: Recipe) -> None:
    """10 megapixel steps in 20 s foretell 110 s for 55."""
    estimates = Estimates()
    estimates.learn(recipe.backbone, work=10, seconds=20)
    assert 110.0 == estimates.seconds(recipe, (1000, 1000))


def test_a_painting_counts_more_than_an_expectation(recipe: Recipe) -> None:
    """What was expected at the start is forgotten once a painting has been measured."""
    estimates = Estimates()
    estimates.expect(recipe.backbone, 100)
    before = estimates.rate(recipe.backbone)
    estimates.learn(recipe.backbone, work=10, seconds=20)
    assert (100, 2) == (before, estimates.rate(recipe.backbone))


def test_a_rate_follows_the_machine() -> None:
    """After a machine has become slower, a few jobs are enough for the estimate to say so."""
    estimates = Estimates()
    estimates.learn("vgg16", work=1, seconds=1)
    for _ in range(8):
        estimates.learn("vgg16", work=1, seconds=3)
    assert pytest.approx(3, rel=0.05) == estimates.rate("vgg16")


def test_one_odd_job_does_not_change_everything() -> None:
    """A single job at ten times the time moves the rate by less than four times."""
    estimates = Estimates()
    estimates.learn("vgg16", work=1, seconds=1)
    estimates.learn("vgg16", work=1, seconds=10)
    assert pytest.approx(3.7) == estimates.rate("vgg16")


def test_backbones_have_rates_of_their_own() -> None:
    """What is learnt of one backbone says nothing of another."""
    estimates = Estimates()
    estimates.learn("vgg16", work=1, seconds=1)
    assert None is estimates.rate("vgg19")


def test_no_work_teaches_nothing() -> None:
    """A job that ended before its first step leaves the rate alone."""
    estimates = Estimates()
    estimates.learn("vgg16", work=0, seconds=5)
    assert None is estimates.rate("vgg16")


def test_before_the_first_step_the_expected_rate_decides() -> None:
    """A painting that has not begun takes its work at the rate that is expected."""
    assert pytest.approx(20.0) == Pace(work=10, rate=2).seconds_left


def test_without_a_rate_the_first_step_tells() -> None:
    """A painting nobody had an estimate for has one after a step."""
    pace = Pace(work=10, rate=None)
    before = pace.seconds_left
    pace.add(work=1, seconds=3)
    assert (None, 27.0) == (before, pace.seconds_left)


def test_its_own_pace_wins() -> None:
    """Half way, what the painting measured counts ten times as much as the expected rate."""
    pace = Pace(work=10, rate=1)
    pace.add(work=5, seconds=15)
    assert pytest.approx(5 * (15 + 0.5) / 5.5) == pace.seconds_left


def test_at_the_end_nothing_is_left() -> None:
    """All work done leaves no time, however the numbers were rounded."""
    pace = Pace(work=10, rate=1)
    pace.add(work=10.000001, seconds=15)
    assert 0.0 == pace.seconds_left
