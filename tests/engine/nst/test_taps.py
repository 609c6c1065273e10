"""Where the losses of a layer meet: on a CPU, as each by itself."""

import pytest
import torch
from torch import Tensor

from engine.nst.losses import ContentLoss, StyleLoss, gram
from engine.nst.taps import tapped


def features(seed: int) -> Tensor:
    """Of two pictures, in float64."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(2, 3, 4, 5, generator=generator, dtype=torch.float64).relu()


@pytest.mark.parametrize("kinds", ["style content", "style", "content", ""])
def test_losses_and_gradient_are_those_of_each(kinds: str) -> None:
    """And of what is behind; a loss that is not there is None."""
    style = StyleLoss(gram(features(1))) if "style" in kinds else None
    content = ContentLoss(features(2)) if "content" in kinds else None
    given = features(3).requires_grad_()
    losses = [None if loss is None else loss(given) for loss in (style, content)]
    expected = given.square().sum() + sum(loss.sum() for loss in losses if loss is not None)
    # They may write over the gradient of what is behind.
    passed, *found = tapped(given.view_as(given), style, content)
    total = passed.square().sum() + sum(loss.sum() for loss in found if loss is not None)
    assert [loss is None for loss in losses] == [loss is None for loss in found]
    assert torch.allclose(expected, total)
    slopes = [torch.autograd.grad(each, given)[0] for each in (expected, total)]
    assert torch.allclose(*slopes)
