"""Kernels on the first convolution's pictures against plain torch."""

import pytest
import torch

from engine.folding import folded

from .machine import DEVICE, kernels, noise

# margin, fold, across: VGG's, those of SqueezeNet 1.0 and 1.1, and one with an odd fold.
STEMS = [(1, 1, 3), (3, 2, 4), (1, 2, 2), (2, 3, 1)]
SIZES = [(12, 8), (9, 8), (8, 11), (7, 300), (5, 4)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("margin", "fold", "across"), STEMS)
def test_folding_is_that_of_plain_torch(
    margin: int, fold: int, across: int, size: tuple[int, int]
) -> None:
    """Edges, odd sizes and missing channels included, channels last."""
    images = noise(2, 3, *size)
    # Triton's interpreter cuts digits off where a GPU rounds.
    for channels, dtype, last in ((64, torch.bfloat16, 2**-7), (48, torch.float32, 0.0)):
        expected = folded(images.cpu(), margin, fold, across, channels, dtype).to(DEVICE)
        found = kernels.folded(images, margin, fold, across, channels, dtype)
        assert expected.dtype == found.dtype
        assert torch.allclose(expected, found, rtol=last, atol=0.0)
        assert found.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("margin", "fold", "across"), STEMS)
def test_unfolding_is_its_transpose(
    margin: int, fold: int, across: int, size: tuple[int, int]
) -> None:
    """As autograd has it of plain torch."""
    images = noise(2, 3, *size).cpu().requires_grad_()
    out = folded(images, margin, fold, across, 48, torch.float32)
    at = noise(*out.shape, seed=1)
    (expected,) = torch.autograd.grad(out, images, at.cpu())
    found = kernels.unfolded(at, margin, fold, across, size)
    assert torch.allclose(expected.to(DEVICE), found, atol=1e-5)
    assert found.is_contiguous()


def test_a_gradient_of_few_digits_is_summed_in_many() -> None:
    """bfloat16 in, float32 out."""
    at = noise(1, 48, 7, 6, seed=1).bfloat16()
    expected = kernels.unfolded(at.float(), 3, 2, 4, (8, 12))
    assert torch.equal(expected, kernels.unfolded(at, 3, 2, 4, (8, 12)))
