"""Scales: as the settings have them up to LARGE px, and more of them beyond."""

import pytest

from config.settings import load_settings
from jobs.scales import LARGE, scales_of

OWN = load_settings().recipes["squeezenet1_0"]


@pytest.mark.parametrize("size", [64, 384, LARGE])
def test_small_sizes_have_the_own_scales(size: int) -> None:
    """Half the size and the whole, whatever the size is."""
    scales = scales_of(OWN, 200, size)
    found = [(scale.fraction, scale.steps, scale.content) for scale in scales]
    assert [(0.5, 119, 2.0), (1.0, 81, 1.0)] == found


@pytest.mark.parametrize(
    ("size", "sides"),
    [
        (1100, [512, 1024, 1100]),
        (2048, [512, 1024, 2048]),
        (3000, [512, 1024, 1753, 3000]),
        (4096, [512, 1024, 2048, 4096]),
    ],
)
def test_a_larger_one_comes_from_the_same_look(size: int, sides: list[int]) -> None:
    """That of LARGE px; no size is more than twice the one before it."""
    assert sides == [round(scale.fraction * size) for scale in scales_of(OWN, 200, size)]


def test_the_larger_the_fewer_steps() -> None:
    """A tenth of them at the first size beyond, half as many at the next."""
    assert [101, 68, 20, 11] == [scale.steps for scale in scales_of(OWN, 200, 4096)]


@pytest.mark.parametrize("steps", [1, 2, 3, 12, 999])
@pytest.mark.parametrize("size", [64, 1025, 4096, 8192])
def test_as_many_steps_as_were_asked_for(steps: int, size: int) -> None:
    """However few, and the last scale has one of them."""
    scales = scales_of(OWN, steps, size)
    assert (steps, 1.0) == (sum(scale.steps for scale in scales), scales[-1].fraction)
    assert scales[-1].steps >= 1
