"""Products of features with themselves: on a CPU, against torch's own in float64."""

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

from engine.nst import products

SIZES = [(1, 1, 1), (3, 1, 7), (5, 9, 1), (16, 4, 5), (96, 40, 31), (200, 6, 7)]


def features(channels: int, height: int, width: int) -> Tensor:
    """Of three pictures, channels last."""
    generator = torch.Generator().manual_seed(channels)
    values = torch.randn(3, channels, height, width, generator=generator)
    return values.contiguous(memory_format=torch.channels_last)


def symmetric(channels: int) -> Tensor:
    """Three matrices."""
    matrices = features(channels, channels, 1)[..., 0].contiguous()
    return matrices + matrices.mT


@pytest.fixture(params=["quick", "on two threads", "torch's own"], autouse=True)
def _routine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """By oneDNN where torch has it, and by torch's own everywhere."""
    if request.param == "torch's own":
        monkeypatch.setattr(products, "_ONEDNN", None)
    threads = torch.get_num_threads()
    torch.set_num_threads(2 if request.param == "on two threads" else 1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize("size", SIZES)
def test_a_sum_is_that_of_products_over_places(size: tuple[int, int, int]) -> None:
    """Of each picture, up to rounding."""
    given = features(*size)
    flat = given.double().flatten(2)
    assert torch.allclose((flat @ flat.mT).float(), products.gram_sum(given), rtol=1e-5, atol=1e-3)


@pytest.mark.parametrize("onto", [True, False])
@pytest.mark.parametrize("size", SIZES)
def test_a_matrix_is_spread_over_places(size: tuple[int, int, int], onto: bool) -> None:
    """Of each picture, added to what is there, if anything is."""
    given, matrices = features(*size), symmetric(size[0])
    there = torch.ones_like(given) if onto else None
    expected = (matrices.double() @ given.double().flatten(2)).view_as(given) + int(onto)
    found = products.spread(matrices, given, onto=there)
    assert torch.allclose(expected.float(), found, rtol=1e-5, atol=1e-3)
    assert found is there or not onto


def test_a_picture_does_not_see_neighbours() -> None:
    """To the bit, where the quick routine is had."""
    given, matrices = features(96, 40, 31), symmetric(96)
    if products._ONEDNN is None:
        pytest.skip("torch's own may differ in the last digit")
    assert torch.equal(products.gram_sum(given[1:2]), products.gram_sum(given)[1:2])
    alone = products.spread(matrices[1:2], given[1:2])
    assert torch.equal(alone, products.spread(matrices, given)[1:2])


def test_a_sum_has_a_gradient() -> None:
    """Where one is wanted of features themselves, torch's own product makes it."""
    given = features(4, 3, 2).requires_grad_()
    weights = symmetric(4)
    (slope,) = torch.autograd.grad((products.gram_sum(given) * weights).sum(), given)
    expected = 2 * (weights @ given.detach().flatten(2)).view_as(given)
    assert torch.allclose(expected, slope, atol=1e-4)
