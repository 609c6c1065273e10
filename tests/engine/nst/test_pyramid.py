"""The Laplacian pyramid: there and back, its gradient, its clamp."""

import pytest
import torch

from engine.nst import pyramid


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    """Random numbers in [0, 1], float64."""
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("size", [(96, 64), (37, 53), (16, 16), (1, 40), (3, 3)])
def test_a_picture_is_what_its_coefficients_compose(size: tuple[int, int]) -> None:
    """There and back, whatever the size."""
    image = noise(1, 3, *size)
    back = pyramid.compose(pyramid.decompose(image))
    assert 0.0 == pytest.approx(float((image - back).abs().max()), abs=1e-12)


def test_a_large_picture_has_five_levels_each_half_as_large() -> None:
    """Sides are halved and rounded up."""
    shapes = [level.shape[-2:] for level in pyramid.decompose(noise(1, 3, 99, 64))]
    assert [(99, 64), (50, 32), (25, 16), (13, 8), (7, 4)] == shapes


def test_a_flat_picture_has_only_its_coarsest_level() -> None:
    """Everything finer is zero."""
    levels = pyramid.decompose(torch.full((1, 3, 64, 64), 0.25, dtype=torch.float64))
    finer = max(float(level.abs().max()) for level in levels[:-1])
    assert 0.0 == pytest.approx(finer, abs=1e-12)


def test_the_gradient_at_coefficients_is_that_of_finite_differences() -> None:
    """For a weighted sum of the pixels, moving any one coefficient."""
    levels = pyramid.decompose(noise(1, 3, 9, 8))
    weights = noise(1, 3, 9, 8, seed=1)
    slopes = pyramid.gradient(levels, weights)
    for level, slope in zip(levels, slopes, strict=True):
        place = (0, 1, level.shape[2] // 2, level.shape[3] // 2)
        before = float((pyramid.compose(levels) * weights).sum())
        level[place] += 1.0
        after = float((pyramid.compose(levels) * weights).sum())
        level[place] -= 1.0
        assert pytest.approx(after - before) == float(slope[place])


def test_clamping_corrects_the_finest_level_alone() -> None:
    """The picture is within [0, 1], the coarser coefficients are as they were."""
    levels = pyramid.decompose(noise(1, 3, 32, 32) * 4 - 1.5)
    coarser = [level.clone() for level in levels[1:]]
    expected = pyramid.compose(levels).clamp(0, 1)
    assert torch.equal(expected, pyramid.clamp_(levels))
    assert torch.allclose(expected, pyramid.compose(levels))
    assert all(torch.equal(a, b) for a, b in zip(coarser, levels[1:], strict=True))


def test_state_moves_up_a_level_when_the_picture_doubles() -> None:
    """A level of the small picture is the next coarser of the large; slopes shrink with area."""
    small = [
        torch.full_like(level, n)
        for n, level in enumerate(pyramid.decompose(noise(1, 3, 64, 64)), 1)
    ]
    large = pyramid.decompose(noise(1, 3, 128, 128))
    carried = pyramid.carried(small, large, power=1)
    assert [0.25, 1.0, 2.0, 3.0, 4.0] == [float(level.mean()) for level in carried]
    assert [level.shape for level in large] == [level.shape for level in carried]
