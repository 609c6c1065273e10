"""The pyramid by kernels against plain torch."""

import pytest
import torch

from engine.nst.pyramid import Pyramid

from .machine import DEVICE, kernels, noise

SIZES = [(8, 12), (9, 8), (11, 13), (33, 18), (96, 65), (37, 40), (3, 5)]


@pytest.mark.parametrize("size", SIZES)
def test_composing_is_the_pyramids(size: tuple[int, int]) -> None:
    """From a vector a picture, edges, odd sizes and a single level included."""
    pyramid = Pyramid(*size, gain=0.7)
    coefficients = noise(2, pyramid.length)
    expected = pyramid.compose(coefficients.cpu()).to(DEVICE)
    found = kernels.composed(pyramid.levels(coefficients), 0.7)
    assert torch.allclose(expected, found, atol=1e-5)


@pytest.mark.parametrize("size", SIZES)
def test_decomposing_is_its_transpose(size: tuple[int, int]) -> None:
    """Into a vector a picture, of which nothing is left out."""
    pyramid, at = Pyramid(*size, gain=0.7), noise(2, 3, *size)
    expected = pyramid.adjoint(at.cpu()).to(DEVICE)
    found = torch.full_like(expected, torch.nan)
    kernels.decompose_(at, pyramid.levels(found), 0.7)
    assert torch.allclose(expected, found, atol=1e-5)
