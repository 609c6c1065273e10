"""What L-BFGS knows: against the textbook's two loops and a curvature that is known."""

import pytest
import torch
from torch import Tensor

from engine.nst.curvature import Curvature

Pair = tuple[Tensor, Tensor]


def vector(seed: int, length: int = 50) -> Tensor:
    """A random vector (1, length) in float64."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(1, length, generator=generator, dtype=torch.float64)


def bowl_pairs(count: int, seed: int = 0) -> list[Pair]:
    """Changes and how a bowl that has another curvature along each axis bends its slope."""
    bowl = vector(seed).abs() + 0.1
    return [(change, bowl * change) for change in map(vector, range(seed + 1, seed + count + 1))]


def textbook(slope: Tensor, pairs: list[Pair]) -> Tensor:
    """Nocedal and Wright, Numerical Optimization, algorithm 7.4, with minus the slope."""
    q, shares = slope.clone(), []
    for change, bend in reversed(pairs):
        shares.append((change * q).sum() / (change * bend).sum())
        q -= shares[-1] * bend
    change, bend = pairs[-1]
    q *= (change * bend).sum() / (bend * bend).sum()
    for (change, bend), share in zip(pairs, reversed(shares), strict=True):
        q += change * (share - (bend * q).sum() / (change * bend).sum())
    return -q


def moved(curvature: Curvature, change: Tensor) -> None:
    """Let it take in a change (B, N) of the coefficients, of a picture that stays as it is."""
    image = change.new_full((len(change), 1, 1, 1), 0.5)
    curvature.walk_(image, torch.zeros_like(image), change, change.new_ones(len(change)))


def advised(pairs: list[Pair], slope: Tensor) -> tuple[Tensor, Tensor]:
    """The direction after `pairs`, each (B, N), and whether anything is known."""
    curvature = Curvature(len(slope), slope.shape[1], like=slope)
    advice = curvature.advice(slope, slope.clone())
    for change, bend in pairs:
        moved(curvature, change)
        advice = curvature.advice(slope, slope - bend)
    return advice


@pytest.mark.parametrize("count", [1, 4, Curvature.PAIRS, Curvature.PAIRS + 7])
def test_the_direction_is_that_of_the_two_loops(count: int) -> None:
    """With few pairs, and with so many that the oldest are forgotten."""
    pairs = bowl_pairs(count)
    expected = textbook(vector(99), pairs[-Curvature.PAIRS :])
    assert torch.allclose(expected, advised(pairs, vector(99))[0], rtol=1e-9, atol=1e-12)


def test_a_vector_longer_than_a_chunk_is_taken_whole() -> None:
    """The last chunk is filled up with zeros."""
    length = Curvature.CHUNK + 100
    change, slope = vector(1, length), vector(2, length)
    pairs = [(change, 3 * change)]
    assert torch.allclose(textbook(slope, pairs), advised(pairs, slope)[0])


def test_points_do_not_see_each_other() -> None:
    """Two together get the directions that each gets alone."""
    one, other = bowl_pairs(6), bowl_pairs(6, seed=40)
    both = [
        (torch.cat([a, c]), torch.cat([b, d])) for (a, b), (c, d) in zip(one, other, strict=True)
    ]
    expected = torch.cat([advised(one, vector(98))[0], advised(other, vector(99))[0]])
    together = advised(both, torch.cat([vector(98), vector(99)]))[0]
    assert torch.allclose(expected, together, rtol=1e-9, atol=1e-12)


def test_before_the_first_pair_it_is_steepest_descent() -> None:
    """Nothing is known, so the direction is minus the slope."""
    direction, known = advised([], vector(1))
    assert torch.equal(-vector(1), direction)
    assert not known.any()


def test_a_pair_that_bends_the_wrong_way_is_left_out() -> None:
    """Along it the slope falls, which no bowl does; the pairs around it stay."""
    first, last = bowl_pairs(2)
    wrong = (vector(7), -vector(7))
    expected = textbook(vector(99), [first, last])
    assert torch.allclose(expected, advised([first, wrong, last], vector(99))[0])
    assert not advised([wrong], vector(99))[1].any()


def test_a_walk_keeps_the_picture_in_its_range_and_notes_the_change() -> None:
    """What the clamp holds back is held back in the finest coefficients, which come first."""
    curvature = Curvature(1, 8, like=vector(1))
    image, ways = vector(1, 3).clamp(0, 1).view(1, 3, 1, 1), vector(2, 3).view(1, 3, 1, 1)
    direction, before = vector(3, 8), image.clone()
    curvature.advice(direction, direction.clone())
    curvature.walk_(image, ways, direction, torch.tensor([2.0]).double())
    assert torch.allclose((before + 2 * ways).clamp(0, 1), image)
    change = 2 * direction
    change[:, :3] += (image - before - 2 * ways).flatten(1)
    assert torch.allclose(change, curvature._rows[:, 0, 0, :8])
