"""A picture as the coefficients of its Laplacian pyramid (Burt and Adelson 1983).

Coarse coefficients move whole regions at once, which makes Adam about twice as fast at first as on
pixels (measured).
"""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

LEVELS = 5
_LEAST_SIDE = 4


def _halved(image: Tensor) -> Tensor:
    """Half as large, (B, 3, ceil(H/2), ceil(W/2)), averaged so that nothing aliases."""
    height, width = image.shape[-2:]
    size = ((height + 1) // 2, (width + 1) // 2)
    return F.interpolate(image, size=size, mode="bilinear", antialias=True)


def enlarged(image: Tensor, size: tuple[int, int]) -> Tensor:
    """Enlarged to `size` (H, W) by linear interpolation."""
    return F.interpolate(image, size=size, mode="bilinear")


def decompose(image: Tensor, levels: int = LEVELS) -> list[Tensor]:
    """The coefficients of (B, 3, H, W), finest first; the last is the picture made small."""
    coefficients: list[Tensor] = []
    while len(coefficients) < levels - 1 and min(image.shape[-2:]) >= 2 * _LEAST_SIDE:
        small = _halved(image)
        coefficients.append(image - enlarged(small, _size(image)))
        image = small
    return [*coefficients, image]


def compose(coefficients: list[Tensor]) -> Tensor:
    """The picture (B, 3, H, W) of which these are the coefficients."""
    image = coefficients[-1]
    for finer in reversed(coefficients[:-1]):
        image = finer + enlarged(image, _size(finer))
    return image


def clamp_(coefficients: list[Tensor]) -> Tensor:
    """Bring the picture into [0, 1] by correcting the finest level in place, and return it."""
    with torch.no_grad():
        image = compose(coefficients)
        inside = image.clamp(0, 1)
        coefficients[0] += inside - image
        return inside


def _size(image: Tensor) -> tuple[int, int]:
    return image.shape[-2], image.shape[-1]


def gradient(coefficients: list[Tensor], at_picture: Tensor) -> list[Tensor]:
    """The gradient at each coefficient, of that at the picture (1, 3, H, W)."""
    with torch.enable_grad():
        leaves = [level.detach().requires_grad_() for level in coefficients]
        return list(torch.autograd.grad(compose(leaves), leaves, at_picture))


def carried(state: list[Tensor], coefficients: list[Tensor], power: int) -> list[Tensor]:
    """What was learned about each coefficient, for the pyramid of a larger picture.

    A slope shrinks with the part of the picture that its coefficient covers; `state` are averages
    of the slopes' `power`.
    """
    growth = max(coefficients[0].shape[-2:]) / max(state[0].shape[-2:])
    shift = round(math.log2(growth))
    found = []
    for place, level in enumerate(coefficients):
        old = state[min(max(0, place - shift), len(state) - 1)]
        factor = (old.numel() / level.numel()) ** power
        found.append(enlarged(old, _size(level)) * factor)
    return found
