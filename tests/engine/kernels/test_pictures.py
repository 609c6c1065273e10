"""Kernels on pictures against plain torch."""

import torch

from .machine import kernels, noise


def test_smoothness_is_that_of_plain_torch() -> None:
    """The squares of each picture, and the gradient at it."""
    x = noise(2, 3, 21, 60).requires_grad_()
    across, down = x[..., 1:] - x[..., :-1], x[..., 1:, :] - x[..., :-1, :]
    squares = torch.stack([each.square().sum(dim=(1, 2, 3)) for each in (across, down)], dim=1)
    assert torch.allclose(squares, kernels.neighbour_squares(x.detach()), rtol=1e-5)
    factors = noise(2, 2, seed=1)
    (expected,) = torch.autograd.grad((squares * factors / 2).sum(), x)
    assert torch.allclose(expected, kernels.neighbour_pull(x.detach(), factors), atol=1e-5)
