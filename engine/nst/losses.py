"""The losses without a unit of size: each holds its target and gives one number a picture.

So one recipe looks alike at 256 and 1024 px, and pictures of one batch do not see each other.
"""

from collections.abc import Callable, Sequence
from typing import Any, Self

import torch
from torch import Tensor

_TINY = 1e-8
"""Keeps a target that is black everywhere from dividing by zero."""


def gram(features: Tensor) -> Tensor:
    """The Gram matrix F F^T / (h w) of features (B, C, h, w): (B, C, C). Gatys et al. 2015, (3)."""
    flat = features.flatten(2)  # (B, C, h*w)
    return flat @ flat.mT / flat.shape[2]


def blend(grams: list[Tensor], weights: list[float]) -> Tensor:
    """The weighted mean of Gram matrices: the target of several styles at once."""
    total = sum(weights)
    mixed = torch.zeros_like(grams[0])
    for matrix, weight in zip(grams, weights, strict=True):
        mixed += matrix * (weight / total)
    return mixed


class LayerLoss:
    """A loss at one layer: a target, and what each picture's distance to it is multiplied by."""

    def __init__(self, target: Tensor, weight: float = 1.0, scale: Tensor | None = None) -> None:
        """`target` (B, ...). `scale` (B,), if not given, is `weight` over its own square."""
        self.target = target
        if scale is None:
            scale = weight / target.square().flatten(1).sum(dim=1).clamp_min(_TINY)
        self.scale = scale

    @property
    def nbytes(self) -> int:
        """What the target takes."""
        return self.target.nbytes

    def times(self, factor: float) -> Self:
        """The same target, counting `factor` as much."""
        return type(self)(self.target, scale=self.scale * factor)

    @classmethod
    def together(cls, losses: Sequence[Self | None]) -> Self:
        """The losses of a batch, one a picture; a picture that has none here counts nothing."""
        first = next(loss for loss in losses if loss is not None)
        if len(losses) == 1:
            return first
        nothing = cls(torch.zeros_like(first.target), scale=torch.zeros_like(first.scale))
        each = [nothing if loss is None else loss for loss in losses]
        # Scales are kept, since computed anew they would differ in the last digit.
        scales = torch.cat([loss.scale for loss in each])
        return cls(torch.cat([loss.target for loss in each]), scale=scales)


class ContentLoss(LayerLoss):
    """Mean squared difference of features over the target's mean square.

    Its target (B, C, h, w) is the content picture's features.
    """

    def __call__(self, features: Tensor) -> Tensor:
        """(B,), without a unit."""
        return _scaled_square(features, self.target, self.scale)


class StyleLoss(LayerLoss):
    """|G - A|^2 / |A|^2, with the Gram matrix G of the features and that of the style A.

    Its target (B, C, C) is the style's Gram matrix, see `gram` and `blend`.
    """

    def __call__(self, features: Tensor) -> Tensor:
        """(B,), without a unit."""
        return _gram_square(features, self.target, self.scale)


def tv_loss(images: Tensor) -> Tensor:
    """(B,): the mean squared difference of neighbours, across plus down, of (B, 3, H, W).

    Squares instead of magnitudes, as in Johnson et al. 2016: smooth at zero.
    """
    across = images[..., :, 1:] - images[..., :, :-1]
    down = images[..., 1:, :] - images[..., :-1, :]
    return _mean_square(across) + _mean_square(down)


def _mean_square(differences: Tensor) -> Tensor:
    """(B,); 0 where a picture one pixel wide has no neighbours."""
    flat = differences.flatten(1)
    return flat.square().sum(dim=1) / max(1, flat.shape[1])


class _ScaledSquare(torch.autograd.Function):
    """`scale * |x - target|^2`; keeps the difference alone for the way back."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, target: Tensor, scale: Tensor) -> Tensor:
        difference = x - target
        ctx.save_for_backward(difference, scale)
        loss: Tensor = scale * torch.linalg.vector_norm(difference, dim=(1, 2, 3)).square()
        return loss

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        difference, scale = ctx.saved_tensors
        return difference * (2 * grads[0] * scale).view(-1, 1, 1, 1), None, None


class _GramSquare(torch.autograd.Function):
    """`scale * |G - A|^2`, G = F F^T / n: two products in all, where autograd takes three.

    G - A is symmetric, so its gradient is 4 scale (G - A) F / n.
    """

    @staticmethod
    def forward(ctx: Any, features: Tensor, target: Tensor, scale: Tensor) -> Tensor:
        difference = gram(features) - target  # (B, C, C)
        ctx.save_for_backward(features, difference, scale)
        loss: Tensor = scale * torch.linalg.vector_norm(difference, dim=(1, 2)).square()
        return loss

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        features, difference, scale = ctx.saved_tensors
        flat = features.flatten(2)  # (B, C, n)
        factor = (4 * grads[0] * scale / flat.shape[2]).view(-1, 1, 1)
        return ((difference * factor) @ flat).view_as(features), None, None


_scaled_square: Callable[[Tensor, Tensor, Tensor], Tensor] = _ScaledSquare.apply
_gram_square: Callable[[Tensor, Tensor, Tensor], Tensor] = _GramSquare.apply
