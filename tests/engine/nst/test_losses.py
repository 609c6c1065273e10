"""Losses: against slow, obvious references in float64, and their gradients."""

from collections.abc import Callable
from itertools import pairwise

import pytest
import torch
from torch import Tensor

from engine.nst.losses import ContentLoss, StyleLoss, blend, gram, tv_loss


def features(seed: int, batch: int = 2, channels: int = 3, h: int = 4, w: int = 5) -> Tensor:
    """Random features in float64 that want a gradient."""
    generator = torch.Generator().manual_seed(seed)
    values = torch.randn(batch, channels, h, w, generator=generator, dtype=torch.float64)
    return values.requires_grad_()


def slow_gram(feature: Tensor) -> list[list[float]]:
    """Of one picture (C, h, w), number by number: sum over places of F_i F_j, over h w."""
    channels, height, width = feature.shape
    feature = feature.detach()
    places = [(y, x) for y in range(height) for x in range(width)]
    return [
        [
            sum(float(feature[i, y, x] * feature[j, y, x]) for y, x in places) / len(places)
            for j in range(channels)
        ]
        for i in range(channels)
    ]


def test_gram_is_the_mean_product_of_channels() -> None:
    """Each number is the sum over all places of F_i F_j, over their count."""
    given = features(0)
    expected = torch.tensor([slow_gram(picture) for picture in given], dtype=torch.float64)
    assert torch.allclose(expected, gram(given), rtol=1e-12)


def test_style_loss_is_the_squared_distance_of_grams_over_the_targets_square() -> None:
    """|G - A|^2 / |A|^2, summed number by number."""
    given, style = features(1), features(2)
    expected = []
    for ours, theirs in zip(given, style, strict=True):
        g, a = slow_gram(ours), slow_gram(theirs)
        pairs = [
            (x, y) for row, other in zip(g, a, strict=True) for x, y in zip(row, other, strict=True)
        ]
        expected.append(sum((x - y) ** 2 for x, y in pairs) / sum(y**2 for _, y in pairs))
    assert pytest.approx(expected, rel=1e-12) == StyleLoss(gram(style).detach())(given).tolist()


def test_content_loss_is_the_squared_difference_over_the_targets_square() -> None:
    """The mean squared difference over the mean square, number by number."""
    given, target = features(3), features(4)
    expected = []
    for ours, theirs in zip(given, target, strict=True):
        pairs = list(zip(ours.flatten().tolist(), theirs.flatten().tolist(), strict=True))
        mean = sum((x - y) ** 2 for x, y in pairs) / len(pairs)
        expected.append(mean / (sum(y**2 for _, y in pairs) / len(pairs)))
    assert pytest.approx(expected, rel=1e-12) == ContentLoss(target.detach())(given).tolist()


def test_tv_is_the_mean_squared_difference_of_neighbours() -> None:
    """The mean across plus the mean down, number by number."""
    given = features(5)
    expected = []
    for picture in given:
        rows = picture.tolist()
        across = [(b - a) ** 2 for channel in rows for row in channel for a, b in pairwise(row)]
        down = [
            (b - a) ** 2
            for channel in rows
            for row, below in pairwise(channel)
            for a, b in zip(row, below, strict=True)
        ]
        expected.append(sum(across) / len(across) + sum(down) / len(down))
    assert pytest.approx(expected, rel=1e-12) == tv_loss(given).tolist()


def test_tv_of_a_line_of_pixels_is_that_along_it() -> None:
    """A picture one pixel high has no neighbours below, and still a number."""
    line = torch.tensor([0.0, 1.0, 1.0]).expand(1, 3, 1, 3)
    assert [0.5] == tv_loss(line).tolist()


@pytest.mark.parametrize("kind", ["content", "style", "tv"])
def test_gradients_are_those_of_finite_differences(kind: str) -> None:
    """In float64, each number of the features moved a little."""
    target = features(6).detach()
    losses: dict[str, Callable[[Tensor], Tensor]] = {
        "content": ContentLoss(target),
        "style": StyleLoss(gram(target)),
        "tv": tv_loss,
    }
    assert torch.autograd.gradcheck(losses[kind], (features(7),))


def test_a_black_style_gives_a_finite_loss_and_gradient() -> None:
    """Nothing is divided by zero."""
    given = features(8)
    loss = StyleLoss(torch.zeros(2, 3, 3, dtype=torch.float64))(given).sum()
    (slope,) = torch.autograd.grad(loss, given)
    assert torch.isfinite(loss)
    assert torch.isfinite(slope).all()


def test_pictures_of_a_batch_do_not_see_each_other() -> None:
    """A picture's losses in a batch are those it has alone."""
    given, target = features(9).detach(), features(10).detach()
    together = StyleLoss(gram(target))(given) + ContentLoss(target)(given)
    alone = StyleLoss(gram(target[1:]))(given[1:]) + ContentLoss(target[1:])(given[1:])
    assert pytest.approx(alone.tolist(), rel=1e-12) == together[1:].tolist()


def test_a_blend_is_the_weighted_mean_of_grams() -> None:
    """Weights 1 and 3 make a quarter and three quarters, whatever they sum to."""
    first, second = gram(features(11)), gram(features(12))
    assert torch.allclose(first * 0.25 + second * 0.75, blend([first, second], [1, 3]))


def test_losses_do_not_depend_on_size() -> None:
    """The same texture over twice the area has the same losses."""
    small, target = features(13).detach(), features(14).detach()
    large, large_target = (torch.cat([each, each], dim=3) for each in (small, target))
    assert pytest.approx(StyleLoss(gram(target))(small).tolist()) == (
        StyleLoss(gram(large_target))(large).tolist()
    )
    assert pytest.approx(ContentLoss(target)(small).tolist()) == (
        ContentLoss(large_target)(large).tolist()
    )


def test_targets_in_company_lie_as_features_do() -> None:
    """Channels last, also where a single picture's first axis has a stride that means nothing."""
    features = torch.rand(1, 8, 6, 5).contiguous(memory_format=torch.channels_last)
    # As convolutions and views may leave it: of an axis with one entry no stride is wrong.
    single = features.as_strided(features.shape, (8, *features.stride()[1:]))
    assert torch.equal(features, single)
    loss = ContentLoss(single)
    for found in (loss.room_for(3), ContentLoss.together([loss, None, loss])):
        assert found.target.is_contiguous(memory_format=torch.channels_last)
