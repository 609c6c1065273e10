"""Style by region: the Gram matrix of a part of the picture, against a style of its own.

Guided Gram matrices, after Gatys, Ecker, Bethge, Hertzmann and Shechtman, "Controlling Perceptual
Factors in Neural Style Transfer" (2017), section 4. The style is seen whole, and a soft mask
weighs places by its value where the paper weighs features by it.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Self

import torch
import torch.nn.functional as F
from torch import Tensor

from engine.nst.losses import LayerLoss, StyleLoss, lying_as
from engine.nst.products import gram_sum, spread
from engine.nst.tensors import alias

_TINY = 1e-8
"""Keeps a region that is empty from dividing by zero."""


class RegionLoss(LayerLoss):
    """`scale * |G - A|^2` at one layer in one region, G = sum_i p_i f_i f_i^T over its places.

    Its target (B, C, C), A, is the style's Gram matrix.
    """

    def __init__(self, target: Tensor, places: Tensor, scale: Tensor) -> None:
        """`places` p (B, 1, n), each picture's add up to 1; `scale` (B,)."""
        super().__init__(target, scale=scale)
        self.places = places

    @property
    def held(self) -> tuple[Tensor, ...]:
        """Target and places."""
        return self.target, self.places

    @classmethod
    def holding(cls, held: Sequence[Tensor], scale: Tensor) -> Self:
        """See LayerLoss."""
        target, places = held
        return cls(target, places, scale)

    def tapped(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """See LayerLoss."""
        return _guided_square(features, self.target, self.places, self.scale)


def region_losses(
    grams: list[Tensor], regions: Tensor, size: tuple[int, int], weight: float
) -> Iterator[RegionLoss]:
    """The loss of each region at a layer of `size` (h, w).

    `grams` has each region's target (1, C, C), `regions` (1, R, H, W) in [0, 1] their places. The
    layer's weight is shared out by area: each place is pulled as if there were one style only.
    """
    places = F.adaptive_avg_pool2d(regions, size).flatten(2)  # (1, R, n)
    areas = places.mean(dim=2)  # (1, R)
    places = places / places.sum(dim=2, keepdim=True).clamp_min(_TINY)
    for number, target in enumerate(grams):
        scale = StyleLoss(target, weight).scale * areas[:, number]
        yield RegionLoss(target, places[:, number : number + 1], scale)


class _GuidedSquare(torch.autograd.Function):
    """As losses._GramSquare, of features whose every place is weighed by the root of its share.

    With W = F diag(p)^(1/2), G = W W^T, and the gradient is 4 scale (G - A) W diag(p)^(1/2).
    """

    @staticmethod
    def forward(
        ctx: Any, features: Tensor, target: Tensor, places: Tensor, scale: Tensor
    ) -> tuple[Tensor, Tensor]:
        ctx.set_materialize_grads(False)
        weighed, _ = _weighed(features, places)
        difference = gram_sum(weighed) - target  # (B, C, C)
        ctx.save_for_backward(features, difference, places, scale)
        square = torch.linalg.vector_norm(difference, dim=(1, 2)).square()
        return alias(features), scale * square

    @staticmethod
    def backward(ctx: Any, *grads: Tensor | None) -> tuple[Tensor | None, None, None, None]:
        features, difference, places, scale = ctx.saved_tensors
        behind, at_loss = grads
        if at_loss is None:
            return behind, None, None, None
        # Made anew, since it takes more memory to keep than time to make.
        weighed, roots = _weighed(features, places)
        factor = (4 * at_loss * scale).view(-1, 1, 1)
        pull = spread(difference * factor, weighed).mul_(roots).to(features.dtype)
        onto = lying_as(features, behind)
        return pull if onto is None else onto.add_(pull), None, None, None


def _weighed(features: Tensor, places: Tensor) -> tuple[Tensor, Tensor]:
    """W (B, C, h, w), with the digits of `places`, and the roots (B, 1, h, w) of these."""
    batch, _, height, width = features.shape
    roots = places.sqrt().view(batch, 1, height, width)
    return features * roots, roots


_guided_square: Callable[..., tuple[Tensor, Tensor]] = _GuidedSquare.apply
