"""What L-BFGS knows: against the textbook's two loops and a curvature that is known."""

import pytest
import torch
from torch import Tensor

from engine.nst.curvature import Curvature


def vector(seed: int, length: int = 50) -> Tensor:
    """A random vector in float64."""
    return torch.randn(length, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def textbook(slope: Tensor, pairs: list[tuple[Tensor, Tensor]]) -> Tensor:
    """Nocedal and Wright, Numerical Optimization, algorithm 7.4, with minus the slope."""
    q, shares = slope.clone(), []
    for change, bend in reversed(pairs):
        shares.append((change @ q) / (change @ bend))
        q -= shares[-1] * bend
    change, bend = pairs[-1]
    q *= (change @ bend) / (bend @ bend)
    for (change, bend), share in zip(pairs, reversed(shares), strict=True):
        q += change * (share - (bend @ q) / (change @ bend))
    return -q


@pytest.mark.parametrize("count", [1, 4, Curvature.PAIRS, Curvature.PAIRS + 7])
def test_the_direction_is_that_of_the_two_loops(count: int) -> None:
    """With few pairs, and with so many that the oldest are forgotten."""
    bowl = vector(0).abs() + 0.1
    curvature, pairs = Curvature(vector(0)), []
    for seed in range(1, count + 1):
        change = vector(seed)
        pairs.append((change, bowl * change))
        curvature.learn(*pairs[-1])
    slope = vector(99)
    expected = textbook(slope, pairs[-Curvature.PAIRS :])
    assert torch.allclose(expected, curvature.direction(slope), rtol=1e-9, atol=1e-12)


def test_before_the_first_pair_it_is_steepest_descent() -> None:
    """Nothing is known, so the direction is minus the slope."""
    slope = vector(1)
    assert torch.equal(-slope, Curvature(slope).direction(slope))


def test_a_pair_that_bends_the_wrong_way_is_left_out() -> None:
    """Along it the slope falls, which no bowl does."""
    curvature = Curvature(vector(1))
    curvature.learn(vector(1), -vector(1))
    assert not curvature.known
