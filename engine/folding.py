"""Pictures folded into channels: tensor cores want many of them, and pictures have three."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.gpu import kernels_for


def folded(
    images: Tensor, margin: int, fold: int, across: int, channels: int, dtype: torch.dtype
) -> Tensor:
    """Pictures (B, 3, H, W) as (B, channels, h, w) of `dtype`, channels last.

    They get a margin that mirrors them, and squares of `fold` pixels become one with as many
    channels. Of these pixels each takes in the next `across` - 1, so that a kernel has only one
    column. What is missing at the end of a side or of the channels is zero.
    """
    if kernels_for(images) is not None:
        return _quick(images, margin, fold, across, channels, dtype)
    x = F.pad(images, [margin] * 4, mode="reflect")
    if fold > 1:
        odd_height, odd_width = (-side % fold for side in x.shape[2:])
        x = F.pixel_unshuffle(F.pad(x, (0, odd_width, 0, odd_height)), fold)
    short = x.shape[3] - across + 1
    x = torch.cat([x[..., place : place + short] for place in range(across)], dim=1)
    x = F.pad(x, (0, 0, 0, 0, 0, channels - x.shape[1]))
    return x.to(dtype, memory_format=torch.channels_last)


class _FoldedFunction(torch.autograd.Function):
    """See engine.kernels."""

    @staticmethod
    def forward(
        ctx: Any,
        images: Tensor,
        margin: int,
        fold: int,
        across: int,
        channels: int,
        dtype: torch.dtype,
    ) -> Tensor:
        ctx.geometry = margin, fold, across, tuple(images.shape[2:])
        found: Tensor = kernels_for(images).folded(images, margin, fold, across, channels, dtype)
        return found

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        found: Tensor = kernels_for(grads[0]).unfolded(grads[0], *ctx.geometry)
        return found, None, None, None, None, None


_quick: Callable[[Tensor, int, int, int, int, torch.dtype], Tensor] = _FoldedFunction.apply


def folded_weight(weight: Tensor, fold: int, channels: int) -> Tensor:
    """A kernel (D, C, k, k) of stride `fold` as one (D, channels, n, 1) of stride 1.

    On what `folded` gives with `across` = n, ceil(k / fold). A kernel of an odd side gets a row of
    zeros.
    """
    weight = F.pad(weight, (0, -weight.shape[3] % fold, 0, -weight.shape[2] % fold))
    deep, colours, side, _ = weight.shape
    small = side // fold
    weight = weight.view(deep, colours, small, fold, small, fold).permute(0, 4, 1, 3, 5, 2)
    weight = weight.reshape(deep, small * colours * fold * fold, small, 1)
    return F.pad(weight, (0, 0, 0, 0, 0, channels - weight.shape[1]))
