"""The losses without a unit of size: each holds its target and gives one number a picture.

So one recipe looks alike at 256 and 1024 px, and pictures of one batch do not see each other.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, Self

import torch
from torch import Tensor

from engine.gpu import kernels_for
from engine.nst.products import gram_sum, spread
from engine.nst.tensors import alias

_TINY = 1e-8
"""Keeps a target that is black everywhere from dividing by zero."""


def gram(features: Tensor) -> Tensor:
    """The Gram matrix F F^T / (h w) of features (B, C, h, w): (B, C, C). Gatys et al. 2015, (3)."""
    return gram_sum(features) / features[0, 0].numel()


def blend(grams: list[Tensor], weights: list[float]) -> Tensor:
    """The weighted mean of Gram matrices: the target of several styles at once."""
    total = sum(weights)
    mixed = torch.zeros_like(grams[0])
    for matrix, weight in zip(grams, weights, strict=True):
        mixed += matrix * (weight / total)
    return mixed


def scale_for(square: Tensor, weight: float) -> Tensor:
    """What a distance from a target is multiplied by; `square` (B,) is the target's own."""
    return weight / square.clamp_min(_TINY)


class LayerLoss(ABC):
    """A loss at one layer: a target, and what each picture's distance to it is multiplied by."""

    def __init__(self, target: Tensor, weight: float = 1.0, scale: Tensor | None = None) -> None:
        """`target` (B, ...). `scale` (B,), if not given, is `weight` over its own square."""
        self.target = target
        if scale is None:
            axes = tuple(range(1, target.ndim))
            scale = scale_for(_square_sum(target, axes), weight)
        self.scale = scale

    @abstractmethod
    def tapped(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """The same features for the next layer, and the loss (B,), without a unit.

        On the way back its gradient is added to that of the layers behind, in place. So what it
        gives must be used once, by what makes a gradient of its own.
        """

    def __call__(self, features: Tensor) -> Tensor:
        """(B,), without a unit."""
        return self.tapped(features)[1]

    @property
    def held(self) -> tuple[Tensor, ...]:
        """What a picture is compared with: the target, and what a kind of loss has beside it."""
        return (self.target,)

    @classmethod
    def holding(cls, held: Sequence[Tensor], scale: Tensor) -> Self:
        """A loss that holds these, see `held`."""
        (target,) = held
        return cls(target, scale=scale)

    @property
    def nbytes(self) -> int:
        """What it holds takes."""
        return sum(each.nbytes for each in self.held)

    def times(self, factor: float) -> Self:
        """The same target, counting `factor` as much."""
        return self.holding(self.held, self.scale * factor)

    def room_for(self, places: int) -> Self:
        """Room for the losses of so many pictures, none of which counts anything yet."""
        held = [_joined([each] * places).zero_() for each in self.held]
        return self.holding(held, torch.cat([self.scale] * places).zero_())

    def first(self, places: int) -> Self:
        """The losses of the first so many pictures, in the same memory."""
        return self.holding([each[:places] for each in self.held], self.scale[:places])

    @classmethod
    def together(cls, losses: Sequence[Self | None]) -> Self:
        """The losses of a batch, one a picture; a picture that has none here counts nothing."""
        first = next(loss for loss in losses if loss is not None)
        if len(losses) == 1:
            return first
        nothing = cls.holding(
            [torch.zeros_like(held) for held in first.held], torch.zeros_like(first.scale)
        )
        each = [nothing if loss is None else loss for loss in losses]
        held = [_joined(parts) for parts in zip(*(loss.held for loss in each), strict=True)]
        # Scales are kept, since computed anew they would differ in the last digit.
        return cls.holding(held, torch.cat([loss.scale for loss in each]))


class ContentLoss(LayerLoss):
    """Mean squared difference of features over the target's mean square.

    Its target (B, C, h, w) is the content picture's features.
    """

    def tapped(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """See LayerLoss."""
        return _scaled_square(features, self.target, self.scale)


class StyleLoss(LayerLoss):
    """|G - A|^2 / |A|^2, with the Gram matrix G of the features and that of the style A.

    Its target (B, C, C) is the style's Gram matrix, see `gram` and `blend`.
    """

    def tapped(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """See LayerLoss."""
        return _gram_square(features, self.target, self.scale)


def tv_loss(images: Tensor) -> Tensor:
    """(B,): the mean squared difference of neighbours, across plus down, of (B, 3, H, W).

    Squares instead of magnitudes, as in Johnson et al. 2016: smooth at zero.
    """
    return _neighbour_square(images)


def _joined(targets: Sequence[Tensor]) -> Tensor:
    """Along the first axis, lying as each of them does.

    `cat` asks for the stride of the first axis, too, which means nothing where it has one entry.
    """
    joined = torch.cat(list(targets))
    if targets[0].is_contiguous() or targets[0].ndim != 4:
        return joined
    return joined.contiguous(memory_format=torch.channels_last)


def _square_sum(values: Tensor, axes: tuple[int, ...]) -> Tensor:
    """Summed over `axes`, in float32 at least."""
    wide = torch.promote_types(values.dtype, torch.float32)
    norm: Tensor = torch.linalg.vector_norm(values, dim=axes, dtype=wide)
    return norm.square()


class _ScaledSquare(torch.autograd.Function):
    """`scale * |x - target|^2`; keeps the difference alone for the way back."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, target: Tensor, scale: Tensor) -> tuple[Tensor, Tensor]:
        ctx.set_materialize_grads(False)
        difference = x - target
        ctx.save_for_backward(difference, scale)
        return alias(x), scale * _square_sum(difference, (1, 2, 3))

    @staticmethod
    def backward(ctx: Any, *grads: Tensor | None) -> tuple[Tensor | None, None, None]:
        difference, scale = ctx.saved_tensors
        behind, at_loss = grads
        if at_loss is None:
            return behind, None, None
        wide = (2 * at_loss * scale).to(difference.dtype).view(-1, 1, 1, 1)
        onto = lying_as(difference, behind)
        pull = difference * wide if onto is None else onto.addcmul_(difference, wide)
        return pull, None, None


class _GramSquare(torch.autograd.Function):
    """`scale * |G - A|^2`, G = F F^T / n: two products in all, where autograd takes three.

    G - A is symmetric, so its gradient is 4 scale (G - A) F / n.
    """

    @staticmethod
    def forward(ctx: Any, features: Tensor, target: Tensor, scale: Tensor) -> tuple[Tensor, Tensor]:
        ctx.set_materialize_grads(False)
        difference = gram(features) - target  # (B, C, C)
        ctx.save_for_backward(features, difference, scale)
        return alias(features), scale * _square_sum(difference, (1, 2))

    @staticmethod
    def backward(ctx: Any, *grads: Tensor | None) -> tuple[Tensor | None, None, None]:
        features, difference, scale = ctx.saved_tensors
        behind, at_loss = grads
        if at_loss is None:
            return behind, None, None
        factor = (4 * at_loss * scale / features[0, 0].numel()).view(-1, 1, 1)
        onto = lying_as(features, behind)
        return spread(difference * factor, features, onto=onto), None, None


def lying_as(features: Tensor, gradient: Tensor | None) -> Tensor | None:
    """The gradient, lying as the features do, so that it can be added to in place."""
    if gradient is None or gradient.stride() == features.stride():
        return gradient
    return torch.empty_like(features).copy_(gradient)


class _NeighbourSquare(torch.autograd.Function):
    """The mean squares of differences to the right and down, with a gradient in four sums."""

    @staticmethod
    def forward(ctx: Any, images: Tensor) -> Tensor:
        channels, height, width = images.shape[1:]
        # A picture one pixel wide has no neighbours across.
        counts = max(1, channels * height * (width - 1)), max(1, channels * (height - 1) * width)
        ctx.counts = counts
        if (kernels := kernels_for(images)) is not None:
            ctx.save_for_backward(images)
            quick: Tensor = kernels.neighbour_squares(images)
            return quick[:, 0] / counts[0] + quick[:, 1] / counts[1]
        across = images[..., :, 1:] - images[..., :, :-1]
        down = images[..., 1:, :] - images[..., :-1, :]
        ctx.save_for_backward(across, down)
        squares = [
            _square_sum(each, (1, 2, 3)) / count
            for each, count in zip((across, down), counts, strict=True)
        ]
        found: Tensor = squares[0] + squares[1]
        return found

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        if len(ctx.saved_tensors) == 1:
            (images,) = ctx.saved_tensors
            factors = torch.stack([2 * grads[0] / count for count in ctx.counts], dim=1)
            quick: Tensor = kernels_for(images).neighbour_pull(images, factors)
            return quick
        across, down = ctx.saved_tensors
        factor = (2 * grads[0]).view(-1, 1, 1, 1)
        across, down = across * (factor / ctx.counts[0]), down * (factor / ctx.counts[1])
        batch, channels, height, width = len(down), down.shape[1], across.shape[2], down.shape[3]
        gradient: Tensor = across.new_zeros((batch, channels, height, width))
        gradient[..., :, 1:] += across
        gradient[..., :, :-1] -= across
        gradient[..., 1:, :] += down
        gradient[..., :-1, :] -= down
        return gradient


_Tapped = Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]
_scaled_square: _Tapped = _ScaledSquare.apply
_gram_square: _Tapped = _GramSquare.apply
_neighbour_square: Callable[[Tensor], Tensor] = _NeighbourSquare.apply
