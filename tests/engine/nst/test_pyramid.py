"""The Laplacian pyramid: what it composes, and its transpose."""

import pytest
import torch
from torch import Tensor

from engine.nst.pyramid import Pyramid, enlarged


def noise(*shape: int, seed: int = 0) -> Tensor:
    """Random numbers in [0, 1], float64."""
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_a_large_picture_has_five_levels_each_half_as_large() -> None:
    """Sides are halved and rounded up."""
    assert [(99, 64), (50, 32), (25, 16), (13, 8), (7, 4)] == Pyramid(99, 64).sizes


def test_a_tiny_picture_is_its_own_only_level() -> None:
    """There is nothing to halve."""
    coefficients = noise(1, 3 * 3 * 3)
    assert torch.equal(coefficients.view(1, 3, 3, 3), Pyramid(3, 3).compose(coefficients))


def test_the_coarsest_level_alone_makes_a_smooth_picture() -> None:
    """One step up it is a linear interpolation."""
    pyramid = Pyramid(16, 24, levels=2)
    coefficients = torch.zeros(1, pyramid.length, dtype=torch.float64)
    coarse = pyramid.levels(coefficients)[1]
    coarse += noise(1, 3, 8, 12)
    assert torch.allclose(enlarged(coarse, (16, 24)), pyramid.compose(coefficients))


def test_a_gain_counts_for_each_level_once_more() -> None:
    """The coarsest of three levels counts its square."""
    pyramid = Pyramid(32, 32, levels=3, gain=0.5)
    coefficients = torch.zeros(1, pyramid.length, dtype=torch.float64)
    pyramid.levels(coefficients)[-1].fill_(1.0)
    assert torch.allclose(torch.full((1, 3, 32, 32), 0.25).double(), pyramid.compose(coefficients))


def test_a_flat_coarsest_level_makes_a_flat_picture() -> None:
    """Edges and odd sizes included."""
    pyramid = Pyramid(45, 37)
    coefficients = torch.zeros(1, pyramid.length, dtype=torch.float64)
    pyramid.levels(coefficients)[-1].fill_(0.25)
    flat = torch.full((1, 3, 45, 37), 0.25, dtype=torch.float64)
    assert torch.allclose(flat, pyramid.compose(coefficients))


@pytest.mark.parametrize("size", [(96, 64), (37, 53), (16, 16), (1, 40), (3, 3), (8, 9)])
def test_the_adjoint_is_what_autograd_finds(size: tuple[int, int]) -> None:
    """For several pictures at once, whatever the size."""
    pyramid = Pyramid(*size, gain=0.7)
    coefficients = noise(2, pyramid.length).requires_grad_()
    at_picture = noise(2, 3, *size, seed=1)
    (expected,) = torch.autograd.grad(pyramid.compose(coefficients), coefficients, at_picture)
    assert torch.allclose(expected, pyramid.adjoint(at_picture))


def test_state_moves_up_a_level_when_the_picture_doubles() -> None:
    """A level of the small picture is the next coarser of the large; slopes shrink with area."""
    small, large = Pyramid(64, 64), Pyramid(128, 128)
    state = torch.zeros(1, small.length)
    for number, level in enumerate(small.levels(state), 1):
        level.fill_(number)
    carried = large.levels(small.carried(state, large, power=1))
    assert [0.25, 1.0, 2.0, 3.0, 4.0] == [float(level.mean()) for level in carried]
