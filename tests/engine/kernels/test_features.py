"""Kernels on features against plain torch."""

import pytest
import torch
from torch.nn import functional as F

from .machine import kernels, nhwc, noise


@pytest.mark.parametrize(("window", "size"), [(3, (5, 6)), (3, (8, 9)), (2, (5, 6)), (2, (4, 4))])
def test_pooling_is_torchs(window: int, size: tuple[int, int]) -> None:
    """The picture, and the gradient before the ReLU; SqueezeNet's windows are rounded up."""
    before = nhwc(noise(2, 4, *size)).requires_grad_()
    x = F.relu(before)
    expected = F.max_pool2d(x, window, 2, ceil_mode=window == 3)
    found, taken = kernels.pooled(x.detach(), window, (expected.shape[2], expected.shape[3]))
    assert torch.equal(expected, found)
    at = nhwc(noise(*expected.shape, seed=1))
    (gradient,) = torch.autograd.grad(expected, before, at)
    assert torch.allclose(gradient, kernels.unpooled(at, taken, window, size))


def test_the_distance_of_features() -> None:
    """A number a picture, summed in float32."""
    x, target = (nhwc(noise(2, 8, 40, 30, seed=seed)) for seed in (1, 2))
    expected = (x - target).square().sum(dim=(1, 2, 3))
    assert torch.allclose(expected, kernels.squared_distance(x, target), rtol=1e-5)
