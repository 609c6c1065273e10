"""Style by region: against slow, obvious references in float64, and its gradients."""

import pytest
import torch
from torch import Tensor

from engine.nst.losses import StyleLoss, gram
from engine.nst.regions import RegionLoss, region_losses


def features(seed: int, channels: int = 3, h: int = 4, w: int = 6) -> Tensor:
    """Random features in float64 that want a gradient."""
    generator = torch.Generator().manual_seed(seed)
    values = torch.randn(1, channels, h, w, generator=generator, dtype=torch.float64)
    return values.requires_grad_()


def masks(seed: int, count: int = 2, h: int = 4, w: int = 6) -> Tensor:
    """Soft masks in float64."""
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(1, count, h, w, generator=generator, dtype=torch.float64)


def halves(given: Tensor) -> Tensor:
    """Two regions, left and right, over a picture as large as these features."""
    mask = torch.zeros(1, 2, *given.shape[2:], dtype=torch.float64)
    half = given.shape[3] // 2
    mask[:, 0, :, :half] = 1
    mask[:, 1, :, half:] = 1
    return mask


def of(given: Tensor, grams: list[Tensor], regions: Tensor, weight: float = 1.0) -> Tensor:
    """The sum of the losses of all regions."""
    losses = list(region_losses(grams, regions, (given.shape[2], given.shape[3]), weight))
    return torch.stack([loss(given) for loss in losses]).sum(0)


def test_a_loss_is_the_distance_of_the_weighed_gram_by_area() -> None:
    """Summed number by number: area |G - A|^2 / |A|^2, G the mask's weighted mean of products."""
    given, target, mask = features(0).detach(), gram(features(1)).detach(), masks(2, count=1)
    places = [(y, x) for y in range(4) for x in range(6)]
    area = sum(float(mask[0, 0, y, x]) for y, x in places)
    expected = square = 0.0
    for i in range(3):
        for j in range(3):
            products = (
                float(mask[0, 0, y, x] * given[0, i, y, x] * given[0, j, y, x]) for y, x in places
            )
            a = float(target[0, i, j])
            expected += (sum(products) / area - a) ** 2
            square += a**2
    expected *= 5.0 * (area / len(places)) / square
    assert pytest.approx([expected], rel=1e-12) == of(given, [target], mask, 5.0).tolist()


def test_the_gradient_is_that_of_finite_differences() -> None:
    """In float64, of two regions whose soft masks lie over each other."""
    grams = [gram(features(seed)).detach() for seed in (3, 4)]
    assert torch.autograd.gradcheck(lambda given: of(given, grams, masks(5)), (features(6),))


def test_the_gradient_is_autograds() -> None:
    """The same as that of the formula written out."""
    given, target, mask = features(7), gram(features(8)).detach(), masks(9, count=1)
    (loss,) = region_losses([target], mask, (given.shape[2], given.shape[3]), 2.0)
    (ours,) = torch.autograd.grad(loss(given).sum(), given)
    flat = given.flatten(2)
    plain = loss.scale * ((flat * loss.places) @ flat.mT - target).square().sum()
    (theirs,) = torch.autograd.grad(plain.sum(), given)
    assert torch.allclose(theirs, ours, rtol=1e-12, atol=0)


def test_a_white_mask_is_none() -> None:
    """All of the picture as one region: the loss and the gradient of the unmasked one."""
    given, target = features(10), gram(features(11)).detach()
    white = torch.ones(1, 1, 8, 12, dtype=torch.float64)
    masked, plain = of(given, [target], white, 3.0), StyleLoss(target, 3.0)(given)
    assert pytest.approx(plain.tolist(), rel=1e-12) == masked.tolist()
    slopes = [torch.autograd.grad(loss.sum(), given)[0] for loss in (masked, plain)]
    assert torch.allclose(*slopes, rtol=1e-12)


def test_regions_of_one_texture_pull_as_the_whole_would() -> None:
    """Halves that look alike, in one style: each place is pulled as without masks."""
    half = features(12, w=3).detach()
    given = torch.cat([half, half], dim=3).requires_grad_()
    target = gram(features(13)).detach()
    masked, plain = of(given, [target, target], halves(given)), StyleLoss(target)(given)
    assert pytest.approx(plain.tolist(), rel=1e-12) == masked.tolist()
    slopes = [torch.autograd.grad(loss.sum(), given)[0] for loss in (masked, plain)]
    assert torch.allclose(*slopes, rtol=1e-12)


def test_a_region_is_blind_to_the_others() -> None:
    """Outside of its mask its slope is nothing."""
    given = features(14)
    left = halves(given)[:, :1]
    (slope,) = torch.autograd.grad(of(given, [gram(features(15)).detach()], left).sum(), given)
    assert (False, 0.0) == (bool((slope[..., :3] == 0).any()), float(slope[..., 3:].abs().max()))


def test_it_does_not_depend_on_size() -> None:
    """The same texture and mask over twice the area, and masks at the picture's size."""
    given, target, mask = features(16).detach(), gram(features(17)).detach(), masks(18)
    twice = torch.cat([given, given], dim=3)
    over = torch.cat([mask, mask], dim=3).repeat_interleave(8, dim=2).repeat_interleave(8, dim=3)
    expected = of(given, [target, target], mask)
    assert pytest.approx(expected.tolist()) == of(twice, [target, target], over).tolist()


def test_an_empty_region_counts_nothing() -> None:
    """Nothing is divided by zero, at a coarse scale that has lost a speck, say."""
    given = features(19)
    loss = of(given, [gram(features(20)).detach()], torch.zeros(1, 1, 4, 6, dtype=torch.float64))
    (slope,) = torch.autograd.grad(loss.sum(), given)
    assert ([0.0], 0.0) == (loss.tolist(), float(slope.abs().max()))


def test_a_region_is_counted() -> None:
    """Its target and its places take memory."""
    loss = RegionLoss(torch.zeros(1, 3, 3), torch.zeros(1, 1, 24), torch.zeros(1))
    assert 4 * (9 + 24) == loss.nbytes


def test_features_of_few_digits() -> None:
    """Sums have the target's digits, and the slope has the features'."""
    whole, target, mask = features(21).float(), gram(features(22)).detach().float(), masks(23, 1)
    short = whole.detach().bfloat16().requires_grad_()
    loss = of(short, [target], mask.float())
    (slope,) = torch.autograd.grad(loss.sum(), short)
    expected = of(short.detach().float(), [target], mask.float())
    assert (torch.bfloat16, expected.tolist()) == (slope.dtype, loss.tolist())
