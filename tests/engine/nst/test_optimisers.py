"""Optimisers: down they go, within [0, 1], and on from one size to the next."""

import math
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
        walker.step(2 * difference / difference.numel(), torch.tensor([losses[-1]]))
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
    walker.step(torch.zeros_like(before), torch.zeros(1))
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
    assert 3 == int(grown.count)
    small, large = walker.pyramid.levels(walker.mean), grown.pyramid.levels(grown.mean)
    assert torch.allclose(small[0], large[1])


@pytest.mark.parametrize("name", NAMES)
def test_pictures_in_one_room_walk_as_they_do_alone(name: OptimizerName) -> None:
    """One comes with its past, one joins later, and one place is empty."""
    goals = [target(6), target(7)]
    alone = [optimiser(name, target(8), 0.05), optimiser(name, target(9), 0.02, landing=8)]
    met = [optimiser(name, target(8), 0.05), optimiser(name, target(9), 0.02, landing=8)]
    room = met[0].room_for(3)
    for walker in (alone[0], met[0]):
        descend(walker, goals[0], steps=3)
    for place, walker in enumerate(met):
        walker.move_into(room, place)
    descend(alone[0], goals[0], steps=4)
    descend(alone[1], goals[1], steps=4)
    for _ in range(4):
        away = room.image - torch.cat([*goals, goals[0]])
        losses = away.square().mean(dim=(1, 2, 3))
        room.step(2 * away / away[0].numel(), losses)
    for walker in met:
        walker.move_out()
    descend(room, torch.zeros(3, 3, 32, 24), steps=1)
    for expected, found in zip(alone, met, strict=True):
        assert torch.allclose(expected.image, found.image, atol=1e-6)


def test_a_landing_slows_adam_down() -> None:
    """The last of ten steps is a tenth and a bit of what it would be."""
    walkers = [Adam(torch.full((1, 3, 16, 16), 0.5), 0.01, landing) for landing in (10.0, math.inf)]
    moves = []
    for walker in walkers:
        for _ in range(10):
            before = walker.image.clone()
            walker.step(torch.ones_like(before), torch.ones(1))
        moves.append(float((walker.image - before).abs().max()))
    assert pytest.approx(0.1 + 0.9 * 0.1 / 0.5, rel=1e-3) == moves[0] / moves[1]
