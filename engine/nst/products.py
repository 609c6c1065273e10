"""Matrix products of features with themselves, as each device does them best."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn.grad import conv2d_weight

_CHUNKS = 64
"""So many parts of a picture, at most, are summed side by side: one alone leaves a GPU idle."""


def _onednn() -> Callable[..., Tensor] | None:
    """Of matrices X and W on a CPU, X W^T, without a gradient; None where torch has it not.

    torch's own products are MKL's, which takes twice as long on AMD (measured: 10 of 60 ms a step).
    """
    if not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]  # untyped in torch
        return None
    # What torch.compile makes of a Linear on a CPU.
    operator: Any = getattr(torch.ops.mkldnn, "_linear_pointwise", None)
    return None if operator is None else lambda x, w: operator(x, w, None, "none", [], "")


_ONEDNN = _onednn()


def gram_sum(features: Tensor) -> Tensor:
    """F F^T of features (B, C, h, w), summed over places: (B, C, C), in float32 at least."""
    places = _by_place(features)
    if places is None:
        flat = features.flatten(2)  # (B, C, h*w)
        return flat @ flat.mT
    if (product := _product_for(features)) is not None:
        return torch.stack([_gram_sum_by(product, picture) for picture in torch.split(features, 1)])
    batch, count, channels = places.shape
    # Their sums must not be more than the features themselves.
    chunks = _divisor(count, most=min(_CHUNKS, count // (2 * channels)))
    parts = places.reshape(batch * chunks, count // chunks, channels)
    sums = _product(parts.mT, parts)  # (B * chunks, C, C)
    return sums.view(batch, chunks, channels, channels).sum(dim=1)


def spread(matrices: Tensor, features: Tensor, onto: Tensor | None = None) -> Tensor:
    """M F of symmetric matrices (B, C, C) and features (B, C, h, w), which it is shaped like.

    Added to `onto` in place where that is given, which lies as the features do.
    """
    matrices = matrices.to(features.dtype)
    places = _by_place(features)
    if places is None:
        flat = features.flatten(2)
        if onto is None:
            return (matrices @ flat).view_as(features)
        onto.flatten(2).baddbmm_(matrices, flat)
        return onto
    if (product := _product_for(features)) is not None:
        each = (product(*pair) for pair in zip(places, matrices, strict=True))
        onto = torch.zeros_like(features) if onto is None else onto
        for picture, part in zip(_places_of(onto), each, strict=True):
            picture.add_(part)
        return onto
    if onto is None:
        batch, channels, height, width = features.shape
        return (places @ matrices).view(batch, height, width, channels).permute(0, 3, 1, 2)
    _places_of(onto).baddbmm_(places, matrices)
    return onto


def _product_for(features: Tensor) -> Callable[..., Tensor] | None:
    """The quick product where it can be had: each picture by itself, so none sees neighbours."""
    if features.device.type != "cpu" or features.dtype != torch.float32:
        return None
    return None if torch.is_grad_enabled() and features.requires_grad else _ONEDNN


def _gram_sum_by(product: Callable[..., Tensor], features: Tensor) -> Tensor:
    """(C, C), of one picture (1, C, h, w)."""
    channels = features.shape[1]
    if torch.get_num_threads() > 1:
        # It is the gradient of a convolution by 1x1, which is shared by threads and quicker then.
        shape = channels, channels, 1, 1
        found: Tensor = conv2d_weight(features, shape, features)  # type: ignore[no-untyped-call]  # likewise
        return found.view(channels, channels)
    across = _places_of(features)[0].mT  # (C, h*w)
    return product(across, across)


def _by_place(features: Tensor) -> Tensor | None:
    """(B, h*w, C) where that is how they lie."""
    if not features.is_contiguous(memory_format=torch.channels_last):
        return None
    return _places_of(features)


def _places_of(features: Tensor) -> Tensor:
    """A view (B, h*w, C) of what lies channels last."""
    batch, channels, height, width = features.shape
    return features.permute(0, 2, 3, 1).view(batch, height * width, channels)


def _divisor(count: int, most: int) -> int:
    """The largest divisor of `count` up to `most`, or 1."""
    return next((chunks for chunks in range(most, 0, -1) if count % chunks == 0), 1)


def _product(left: Tensor, right: Tensor) -> Tensor:
    """Of (N, C, n) and (N, n, C), summed and given in float32 where they have fewer digits."""
    if left.dtype in (torch.bfloat16, torch.float16):
        return torch.bmm(left, right, out_dtype=torch.float32)
    return left @ right
