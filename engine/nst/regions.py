"""Style by region: the Gram matrix of a part of the picture, against a style of its own.

Guided Gram matrices, after Gatys, Ecker, Bethge, Hertzmann and Shechtman, "Controlling Perceptual
Factors in Neural Style Transfer" (2017), section 4. The style is seen whole, and a soft mask
weighs places by its value where the paper weighs features by it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from engine.nst.losses import StyleLoss

_TINY = 1e-8
"""Keeps a region that is empty from dividing by zero."""


@dataclass(frozen=True, eq=False)
class RegionLoss:
    """`scale * |G - A|^2` at one layer in one region, G = sum_i p_i f_i f_i^T over its places.

    `target` A (1, C, C), the style's Gram matrix; `places` p (1, 1, n), which add up to 1;
    `scale` (1,). Only for a picture by itself: no batch has the same regions.
    """

    target: Tensor
    places: Tensor
    scale: Tensor

    @property
    def nbytes(self) -> int:
        """What target and places take."""
        return self.target.nbytes + self.places.nbytes

    def __call__(self, features: Tensor) -> Tensor:
        """(1,), without a unit, for features (1, C, h, w)."""
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
    """As losses._GramSquare with weighed places: two products in all, where autograd takes three.

    G - A is symmetric, so its gradient is 4 scale (G - A) F diag(p).
    """

    @staticmethod
    def forward(
        ctx: Any, features: Tensor, target: Tensor, places: Tensor, scale: Tensor
    ) -> Tensor:
        flat = features.flatten(2).to(target.dtype)  # (1, C, n)
        difference = (flat * places) @ flat.mT - target  # (1, C, C)
        ctx.save_for_backward(features, difference, places, scale)
        loss: Tensor = scale * torch.linalg.vector_norm(difference, dim=(1, 2)).square()
        return loss

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None, None]:
        features, difference, places, scale = ctx.saved_tensors
        factor = (4 * grads[0] * scale).view(-1, 1, 1)
        flat = features.flatten(2).to(difference.dtype)
        slope = ((difference * factor) @ flat) * places
        return slope.view_as(features).to(features.dtype), None, None, None


_guided_square: Callable[[Tensor, Tensor, Tensor, Tensor], Tensor] = _GuidedSquare.apply
