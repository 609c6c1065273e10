"""Estimates: the speed of a backbone, and what it learns from the turns."""

import pytest

from engine.estimates import Estimates, Speed

SPEED = Speed(step=0.1, megapixel=2.0, glance=0.5)


def measured() -> Estimates:
    """With a speed for vgg16."""
    estimates = Estimates()
    estimates.expect("vgg16", SPEED)
    return estimates


def test_nothing_is_known_without_a_measurement() -> None:
    """An engine that has measured nothing has no rate."""
    estimates = Estimates()
    assert (False, None) == (estimates.knows("vgg16"), estimates.rate("vgg16"))


def test_what_was_measured_counts_as_it_is() -> None:
    """Until a turn says otherwise."""
    assert SPEED == measured().speed("vgg16", 0.1)


def test_one_number_for_a_usual_size() -> None:
    """At 0.1 megapixels a step of 0.1 s and 2 s a megapixel are 3 s a megapixel."""
    assert pytest.approx(3.0) == measured().rate("vgg16")


def test_without_a_measurement_the_first_step_tells() -> None:
    """3 s for half a megapixel are 6 s a megapixel."""
    estimates = Estimates()
    estimates.learn("vgg16", megapixels=0.5, seconds=3)
    assert pytest.approx(6.0) == estimates.rate("vgg16")


def test_it_follows_the_machine() -> None:
    """A machine that has become three times slower is believed after some twenty steps."""
    estimates = measured()
    for _ in range(20):
        estimates.learn("vgg16", megapixels=0.1, seconds=0.9)
    found = estimates.speed("vgg16", 0.1)
    assert pytest.approx([0.3, 6.0, 1.5], rel=0.1) == [found.step, found.megapixel, found.glance]


def test_a_hiccup_changes_nothing() -> None:
    """A few steps that took fifty times as long as others are passed over."""
    estimates = measured()
    for seconds in (0.12, 6.0, 0.12, 0.12, 6.0, 0.12, 6.0):
        estimates.learn("vgg16", megapixels=0.01, seconds=seconds)
    found = estimates.speed("vgg16", 0.1)
    assert pytest.approx(SPEED.megapixel) == found.megapixel


def test_as_expected_changes_nothing() -> None:
    """Turns that take what the line says leave it where it is."""
    estimates = measured()
    for megapixels in (0.01, 0.1, 1.0):
        estimates.learn("vgg16", megapixels, 0.1 + 2.0 * megapixels)
    assert pytest.approx(3.0) == estimates.rate("vgg16")


def test_backbones_have_speeds_of_their_own() -> None:
    """What is learnt of one backbone says nothing of another."""
    assert None is measured().rate("vgg19")


@pytest.mark.parametrize(("megapixels", "seconds"), [(0.0, 5.0), (1.0, 0.0)])
def test_no_work_teaches_nothing(megapixels: float, seconds: float) -> None:
    """A turn without pixels or time leaves the speed alone."""
    estimates = measured()
    estimates.learn("vgg16", megapixels, seconds)
    assert SPEED == estimates.speed("vgg16", 0.1)


def test_a_region_bends_the_line() -> None:
    """Where large steps take half of what the line says, and small ones what it says, both do."""
    estimates = measured()
    for _ in range(60):
        estimates.learn("vgg16", 0.01, 0.12)
        estimates.learn("vgg16", 1.0, 1.05)
    speeds = {megapixels: estimates.speed("vgg16", megapixels) for megapixels in (0.01, 1.0)}
    seconds = [speed.step + speed.megapixel * each for each, speed in speeds.items()]
    assert pytest.approx([0.12, 1.05], rel=0.05) == seconds
