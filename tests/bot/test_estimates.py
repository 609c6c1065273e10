"""Estimates of time."""

import pytest

from bot.estimates import in_words, megapixel_steps, seconds_until_done
from jobs.events import Beat
from tests.bot.making import commission


def beat(pace: float | None) -> Beat:
    return Beat(engine="e", backbone="vgg19", device="cpu", seconds_per_megapixel_step=pace)


def test_work_is_steps_times_pixels() -> None:
    """A scale's work is its steps times its share of the canvas in millions of pixels."""
    recipe = commission().recipe
    expected = sum(s.steps * (1000 * s.fraction) * (500 * s.fraction) / 1e6 for s in recipe.scales)
    assert megapixel_steps(recipe, (1000, 500)) == pytest.approx(expected)


def test_engines_share_what_is_ahead() -> None:
    """Two engines halve the wait, and not the painting itself."""
    assert seconds_until_done(10, 4, [beat(0.5), beat(0.5)]) == pytest.approx((10 / 2 + 4) * 0.5)


@pytest.mark.parametrize("engines", [[], [beat(None)]])
def test_nobody_knows(engines: list[Beat]) -> None:
    """Without a measured pace there is no estimate."""
    assert seconds_until_done(1, 1, engines) is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (2, "a few seconds"),
        (42, "about 40 seconds"),
        (170, "about 3 minutes"),
        (9000, "about 2 hours"),
    ],
)
def test_words(seconds: float, words: str) -> None:
    """Times are rounded as people round them."""
    assert in_words(seconds) == words
