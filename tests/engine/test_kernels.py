"""The Triton kernels against plain torch; where there is no GPU, Triton's interpreter runs them."""

import importlib.util
import os

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

if importlib.util.find_spec("triton") is None:
    pytest.skip("Triton comes with torch for CUDA only", allow_module_level=True)
CUDA = torch.cuda.is_available()
if not CUDA:
    os.environ["TRITON_INTERPRET"] = "1"

from engine import kernels
from engine.nst.curvature import Curvature
from engine.nst.pyramid import Pyramid

DEVICE = "cuda" if CUDA else "cpu"


def noise(*shape: int, seed: int = 0) -> Tensor:
    """Random numbers of a normal distribution."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed)).to(DEVICE)


def nhwc(tensor: Tensor) -> Tensor:
    """As a GPU has features."""
    return tensor.contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("size", [(8, 12), (9, 8), (11, 13), (33, 18)])
def test_undoubling_is_the_pyramids(size: tuple[int, int]) -> None:
    """A level of the adjoint, edges and odd sizes included."""
    pyramid, at = Pyramid(*size, levels=2), noise(2, 3, *size)
    expected = pyramid.levels(pyramid.adjoint(at))[-1]
    assert torch.allclose(expected, kernels.undoubled(at), atol=1e-5)


@pytest.mark.parametrize(("window", "size"), [(3, (5, 6)), (3, (8, 9)), (2, (5, 6)), (2, (4, 4))])
def test_pooling_is_torchs(window: int, size: tuple[int, int]) -> None:
    """The picture, and the gradient at it; SqueezeNet's windows are rounded up, VGG's down."""
    x = nhwc(noise(2, 4, *size)).requires_grad_()
    expected = F.max_pool2d(x, window, 2, ceil_mode=window == 3)
    found, taken = kernels.pooled(x.detach(), window, (expected.shape[2], expected.shape[3]))
    assert torch.equal(expected, found)
    at = nhwc(noise(*expected.shape, seed=1))
    (gradient,) = torch.autograd.grad(expected, x, at)
    assert torch.allclose(gradient, kernels.unpooled(at, taken, window, size))


def test_smoothness_is_that_of_plain_torch() -> None:
    """The squares of each picture, and the gradient at it."""
    x = noise(2, 3, 21, 60).requires_grad_()
    across, down = x[..., 1:] - x[..., :-1], x[..., 1:, :] - x[..., :-1, :]
    squares = torch.stack([each.square().sum(dim=(1, 2, 3)) for each in (across, down)], dim=1)
    assert torch.allclose(squares, kernels.neighbour_squares(x.detach()), rtol=1e-5)
    factors = noise(2, 2, seed=1)
    (expected,) = torch.autograd.grad((squares * factors / 2).sum(), x)
    assert torch.allclose(expected, kernels.neighbour_pull(x.detach(), factors), atol=1e-5)


def test_the_distance_of_features() -> None:
    """A number a picture, summed in float32."""
    x, target = (nhwc(noise(2, 8, 40, 30, seed=seed)) for seed in (1, 2))
    expected = (x - target).square().sum(dim=(1, 2, 3))
    assert torch.allclose(expected, kernels.squared_distance(x, target), rtol=1e-5)


@pytest.mark.parametrize("alone", [True, False])
def test_the_pull_of_a_target(alone: bool) -> None:
    """With a gradient from behind, and without."""
    x, target, behind = (nhwc(noise(2, 8, 6, 5, seed=seed)) for seed in (1, 2, 3))
    factors = noise(2, seed=4)
    expected = factors.view(2, 1, 1, 1) * (x - target)
    found = kernels.pulled(None if alone else behind, x, target, factors)
    assert torch.allclose(expected if alone else expected + behind, found, atol=1e-6)


def test_the_products_of_curvature() -> None:
    """Those of the rows with change, bend and slope, where the bend is put into its row first."""
    length = Curvature.CHUNK + 300
    curvature = Curvature(2, length, like=noise(1))
    rows = curvature._rows.normal_()
    rows[:, 1:, :, 300:] = 0.0
    slope, last, slots = noise(2, length, seed=1), noise(2, length, seed=2), torch.tensor([3, 9])
    slots, bend = slots.to(DEVICE), slope - last
    found = kernels.learn_(rows, slope, last, slots)
    assert torch.equal(slope, last)
    for picture, slot in enumerate(slots.tolist()):
        flat = rows[picture].transpose(0, 1).flatten(1)[:, :length]  # (2P, N)
        assert torch.equal(bend[picture], flat[curvature.PAIRS + slot])
        vectors = torch.stack([flat[slot], bend[picture], slope[picture]], dim=1)
        assert torch.allclose((flat @ vectors).double(), found[picture], rtol=1e-3, atol=1e-1)


def test_the_direction_of_curvature() -> None:
    """The rows times coordinates, and a share of the slope."""
    length = Curvature.CHUNK + 300
    rows = Curvature(2, length, like=noise(1))._rows.normal_()
    coordinates, own, slope = noise(2, 20, seed=50), noise(2, seed=51), noise(2, length, seed=52)
    pairs = torch.matmul(coordinates[:, None, None, :], rows).flatten(1)[:, :length]
    found = kernels.combined(rows, slope, coordinates, own)
    assert torch.allclose(pairs + own[:, None] * slope, found, atol=1e-4)


def test_a_walk_keeps_the_picture_in_its_range_and_notes_the_change() -> None:
    """Pixels that the clamp holds back are held back in the finest coefficients."""
    pyramid = Pyramid(40, 36)
    image, direction = noise(2, 3, 40, 36).clamp(0, 1), noise(2, pyramid.length, seed=1)
    moved, steps = pyramid.compose(direction), torch.tensor([0.5, -0.25], device=DEVICE)
    curvature = Curvature(2, pyramid.length, like=image)
    slots = torch.tensor([3, 9], device=DEVICE)
    after = image + steps.view(2, 1, 1, 1) * moved
    change = direction * steps[:, None]
    pyramid.levels(change)[0].add_(after.clamp(0, 1)).sub_(after)
    kernels.walk_(image, moved, direction, steps, slots, curvature._rows)
    assert torch.allclose(after.clamp(0, 1), image, atol=1e-6)
    for picture, slot in enumerate(slots.tolist()):
        row = curvature._rows[picture, :, slot].flatten()
        assert torch.allclose(change[picture], row[: pyramid.length], atol=1e-5)
        assert not row[pyramid.length :].any()
