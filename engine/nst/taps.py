"""Where the losses of one layer meet: what they add to the gradient on its way back.

On a GPU that is one pass over memory for both of them and for the ReLU before them.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from engine.gpu import kernels_for
from engine.nst.losses import ContentLoss, StyleLoss, gram
from engine.nst.tensors import alias

Tapped = tuple[Tensor, Tensor | None, Tensor | None]
"""The features for the next layer, and the losses (B,) of style and content."""


def masks(images: Tensor) -> bool:
    """Whether the gradient behind `tapped` is already that before the features' ReLU."""
    return kernels_for(images) is not None


def tapped(features: Tensor, style: StyleLoss | None, content: ContentLoss | None) -> Tapped:
    """Both losses at one layer, whose features (B, C, h, w) are a ReLU's output.

    What it gives must be used as that of `LayerLoss.tapped`.
    """
    if masks(features):
        return _layer_losses(
            features,
            None if style is None else style.target,
            None if style is None else style.scale,
            None if content is None else content.target,
            None if content is None else content.scale,
        )
    styled = contented = None
    if style is not None:
        features, styled = style.tapped(features)
    if content is not None:
        features, contented = content.tapped(features)
    return features, styled, contented


class _LayerLosses(torch.autograd.Function):
    """Both losses as losses._GramSquare and losses._ScaledSquare have them; see engine.kernels."""

    @staticmethod
    def forward(
        ctx: Any,
        features: Tensor,
        matrix: Tensor | None,
        style_scale: Tensor | None,
        target: Tensor | None,
        content_scale: Tensor | None,
    ) -> Tapped:
        ctx.set_materialize_grads(False)
        difference = style = content = None
        if matrix is not None:
            difference = gram(features) - matrix  # (B, C, C)
            style = style_scale * torch.linalg.vector_norm(difference, dim=(1, 2)).square()
        if target is not None:
            content = content_scale * kernels_for(features).squared_distance(features, target)
        ctx.save_for_backward(features, difference, style_scale, target, content_scale)
        return alias(features), style, content

    @staticmethod
    def backward(ctx: Any, *grads: Tensor | None) -> tuple[Tensor, None, None, None, None]:
        features, difference, style_scale, target, content_scale = ctx.saved_tensors
        behind, at_style, at_content = grads
        matrices = factors = None
        if at_style is not None:
            # The difference is symmetric: the gradient is 4 scale (G - A) F / n.
            factor = 4 * at_style * style_scale / features[0, 0].numel()
            matrices = difference * factor.view(-1, 1, 1)
        if at_content is not None:
            factors = 2 * at_content * content_scale
        wanted = None if factors is None else target
        slope = kernels_for(features).pulled(behind, features, matrices, wanted, factors)
        return slope, None, None, None, None


_layer_losses: Callable[..., Tapped] = _LayerLosses.apply
