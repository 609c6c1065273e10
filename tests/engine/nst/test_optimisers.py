"""Optimisers: down they go, within [0, 1], and on from one size to the next."""

from typing import get_args

import pytest
import torch
from torch import Tensor

from config.settings import OptimizerName
from engine.nst.optimisers import Adam, Optimiser, optimiser

NAMES = get_args(OptimizerName)


def target(seed: int = 1, low: float = 0.0, high: float = 1.0) -> Tensor:
    """A picture to be reached."""
    values = torch.rand(1, 3, 32, 24, generator=torch.Generator().manual_seed(seed))
    return low + (high - low) * values


def descend(walker: Optimiser, goal: Tensor, steps: int) -> list[float]:
    """The mean squared distance to `goal` before each step, and at the end."""
    losses = []
    for _ in range(steps):
        difference = walker.image - goal
        losses.append(float(difference.square().mean()))
        walker.step(2 * difference / difference.numel(), losses[-1], rate=1.0)
    return [*losses, float((walker.image - goal).square().mean())]


@pytest.mark.parametrize("name", NAMES)
def test_it_finds_a_picture(name: OptimizerName) -> None:
    """From grey, sixty steps bring the distance to under a hundredth."""
    walker = optimiser(name, torch.full((1, 3, 32, 24), 0.5), learning_rate=0.05)
    losses = descend(walker, target(), steps=60)
    assert losses[-1] < losses[0] / 100


@pytest.mark.parametrize("name", NAMES)
def test_the_picture_stays_within_its_range(name: OptimizerName) -> None:
    """Drawn far beyond white and black, it ends there."""
    walker = optimiser(name, target(2), learning_rate=0.1)
    descend(walker, target(3, low=-2, high=3), steps=20)
    assert float(walker.image.min()) >= 0.0
    assert float(walker.image.max()) <= 1.0


@pytest.mark.parametrize("name", NAMES)
def test_a_slope_of_zero_changes_nothing(name: OptimizerName) -> None:
    """No division by zero, no step."""
    walker = optimiser(name, target(), learning_rate=0.1)
    before = walker.image.clone()
    walker.step(torch.zeros_like(before), loss=0.0, rate=1.0)
    assert torch.allclose(before, walker.image)


@pytest.mark.parametrize("name", NAMES)
def test_it_goes_on_from_a_larger_picture(name: OptimizerName) -> None:
    """The larger picture is the one that was given, and the next step works."""
    walker = optimiser(name, target(), learning_rate=0.05)
    descend(walker, target(4), steps=3)
    larger = torch.rand(1, 3, 64, 48, generator=torch.Generator().manual_seed(5))
    grown = walker.grown(larger)
    assert torch.allclose(larger, grown.image, atol=1e-6)
    losses = descend(grown, torch.full_like(larger, 0.5), steps=10)
    assert losses[-1] < losses[0]


def test_the_first_step_of_lbfgs_moves_a_pixel_by_at_most_the_learning_rate() -> None:
    """Nothing is known of the curvature yet, so the step is short and known."""
    walker = optimiser("lbfgs", torch.full((1, 3, 32, 24), 0.5), learning_rate=0.02)
    descend(walker, target(), steps=1)
    assert pytest.approx(0.02, rel=1e-3) == float((walker.image - 0.5).abs().max())


def test_adam_carries_its_moments_to_the_next_size() -> None:
    """Its count goes on, and what it knows of the coarse coefficients is kept."""
    walker = Adam(target(), learning_rate=0.05)
    descend(walker, target(4), steps=3)
    grown = walker.grown(torch.full((1, 3, 64, 48), 0.5))
    assert 3 == grown.count
    assert torch.allclose(walker.mean[0], grown.mean[1])
