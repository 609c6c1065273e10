"""Kernels on curvature against plain torch."""

import pytest
import torch

from engine.nst.curvature import Curvature
from engine.nst.pyramid import Pyramid

from .machine import CUDA, DEVICE, kernels, noise

# Triton's interpreter multiplies no matrices of bfloat16.
KINDS = [torch.float32, torch.bfloat16 if CUDA else torch.float16]


@pytest.mark.parametrize("kind", KINDS)
def test_the_products_of_curvature(kind: torch.dtype) -> None:
    """Those of the rows with change, bend and slope, where the bend is put into its row first."""
    length = Curvature.CHUNK + 300
    curvature = Curvature(2, length, like=noise(1), digits=kind)
    rows = curvature._rows.normal_()
    rows[:, 1:, :, 300:] = 0.0
    slope, last, count = noise(2, length, seed=1), noise(2, length, seed=2), torch.tensor([4, 24])
    count, bend = count.to(DEVICE), (slope - last).to(kind)
    found = kernels.learn_(rows, slope, last, count).double().sum(dim=1)
    found = torch.cat([found[:, :2], found[:, 2:].sum(dim=1, keepdim=True)], dim=1)
    assert torch.equal(slope, last)
    for picture, slot in enumerate([3, 5]):
        flat = rows[picture].transpose(0, 1).flatten(1)[:, :length].double()  # (2P, N)
        assert torch.equal(bend[picture], flat[curvature.PAIRS + slot].to(kind))
        vectors = torch.stack([flat[slot], bend[picture].double(), slope[picture].double()])
        assert torch.allclose(vectors @ flat.T, found[picture], rtol=1e-3, atol=1e-1)


def test_the_direction_of_curvature() -> None:
    """The rows times coordinates, and a share of the slope."""
    length = Curvature.CHUNK + 300
    rows = Curvature(2, length, like=noise(1))._rows.normal_()
    coordinates, own, slope = (
        noise(2, 2 * Curvature.PAIRS, seed=50),
        noise(2, seed=51),
        noise(2, length, seed=52),
    )
    pairs = torch.matmul(coordinates[:, None, None, :], rows).flatten(1)[:, :length]
    found = kernels.combined(rows, slope, coordinates, own)
    assert torch.allclose(pairs + own[:, None] * slope, found, atol=1e-4)


def test_a_walk_keeps_the_picture_in_its_range_and_notes_the_change() -> None:
    """Pixels that the clamp holds back are held back in the finest coefficients."""
    pyramid = Pyramid(40, 36)
    image, direction = noise(2, 3, 40, 36).clamp(0, 1), noise(2, pyramid.length, seed=1)
    moved, steps = pyramid.compose(direction), torch.tensor([0.5, -0.25], device=DEVICE)
    curvature = Curvature(2, pyramid.length, like=image)
    count = torch.tensor([4, 24], device=DEVICE)
    after = image + steps.view(2, 1, 1, 1) * moved
    change = direction * steps[:, None]
    pyramid.levels(change)[0].add_(after.clamp(0, 1)).sub_(after)
    kernels.walk_(image, moved, direction, steps, count, curvature._rows)
    assert torch.allclose(after.clamp(0, 1), image, atol=1e-6)
    for picture, slot in enumerate([3, 5]):
        row = curvature._rows[picture, :, slot].flatten()
        assert torch.allclose(change[picture], row[: pyramid.length], atol=1e-5)
        assert not row[pyramid.length :].any()
