"""A picture as the coefficients of its Laplacian pyramid (Burt and Adelson 1983).

Coarse coefficients move whole regions at once, which makes an optimiser about twice as fast at
first as on pixels (measured). The coefficients of a picture are one vector, so that an optimiser
need not know of levels.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.gpu import kernels_for

LEVELS = 5
_LEAST_SIDE = 4
_CHANNELS = 3


class Pyramid:
    """The pyramid of pictures (B, 3, H, W): `compose` is linear, and `adjoint` its transpose."""

    def __init__(self, height: int, width: int, levels: int = LEVELS, gain: float = 1.0) -> None:
        """`gain` is what a level counts of the next finer one."""
        self._gain = gain
        self.sizes: list[tuple[int, int]] = [(height, width)]
        """(h, w) of each level, the finest first."""
        while len(self.sizes) < levels and min(self.sizes[-1]) >= 2 * _LEAST_SIDE:
            h, w = self.sizes[-1]
            self.sizes.append(((h + 1) // 2, (w + 1) // 2))
        self._lengths = [_CHANNELS * h * w for h, w in self.sizes]

    @property
    def length(self) -> int:
        """How many coefficients a picture has."""
        return sum(self._lengths)

    def levels(self, coefficients: Tensor) -> list[Tensor]:
        """Coefficients (B, length) as views (B, 3, h, w), the finest first."""
        parts = torch.split(coefficients, self._lengths, dim=1)
        return [
            part.view(-1, _CHANNELS, *size) for part, size in zip(parts, self.sizes, strict=True)
        ]

    def compose(self, coefficients: Tensor) -> Tensor:
        """The picture (B, 3, H, W) of coefficients (B, length)."""
        levels = self.levels(coefficients)
        if (kernels := kernels_for(coefficients)) is not None:
            quick: Tensor = kernels.composed(levels, self._gain)
            return quick
        *finer, image = levels
        for level in reversed(finer):
            doubled = _doubled(image, level.shape[2], level.shape[3])
            image = torch.add(level, doubled, alpha=self._gain)
        return image

    def adjoint(self, at_picture: Tensor) -> Tensor:
        """The gradient at each coefficient, (B, length), of that at the picture (B, 3, H, W)."""
        if (kernels := kernels_for(at_picture)) is not None:
            quick = at_picture.new_empty((len(at_picture), self.length))
            kernels.decompose_(at_picture, self.levels(quick), self._gain)
            return quick
        levels = [at_picture]
        for _ in self.sizes[1:]:
            levels.append(_undoubled(levels[-1]).mul_(self._gain))
        return torch.cat([level.flatten(1) for level in levels], dim=1)

    def carried(self, state: Tensor, larger: "Pyramid", power: int) -> Tensor:
        """What was learned about each coefficient, for the pyramid of a larger picture.

        A slope shrinks with the part of the picture that its coefficient covers; `state` are
        averages of the slopes' `power`.
        """
        old = self.levels(state)
        shift = round(math.log2(max(larger.sizes[0]) / max(self.sizes[0])))
        found = []
        for place, size in enumerate(larger.sizes):
            before = min(max(0, place - shift), len(old) - 1)
            level = old[before]
            area = level.shape[2] * level.shape[3] / (size[0] * size[1])
            factor = (area * self._gain ** (place - before)) ** power
            found.append(enlarged(level, size).flatten(1) * factor)
        return torch.cat(found, dim=1)


def enlarged(image: Tensor, size: tuple[int, int]) -> Tensor:
    """Enlarged to `size` (H, W) by linear interpolation."""
    return F.interpolate(image, size=size, mode="bilinear")


def _doubled(image: Tensor, height: int, width: int) -> Tensor:
    """Twice as large by linear interpolation, less the last row or column of an odd size."""
    return enlarged(image, (2 * image.shape[2], 2 * image.shape[3]))[:, :, :height, :width]


def _undoubled(image: Tensor) -> Tensor:
    """The transpose of doubling, half as large and rounded up."""
    return _undoubled_along(_undoubled_along(image, 2), 3)


def _undoubled_along(image: Tensor, axis: int) -> Tensor:
    """The transpose of doubling along `axis`, written out: autograd's is eight times slower.

    Doubling makes of x[i] the pair (3 x[i] + x[i-1]) / 4 and (3 x[i] + x[i+1]) / 4, where what lies
    beyond an end is the end itself.
    """
    if image.shape[axis] % 2:
        pad = (0, 0, 0, 1) if axis == 2 else (0, 1)
        image = F.pad(image, pad)
    shape = image.shape
    pairs = image.reshape(*shape[:axis], shape[axis] // 2, 2, *shape[axis + 1 :])
    left, right = pairs.select(axis + 1, 0), pairs.select(axis + 1, 1)
    found: Tensor = (left + right).mul_(0.75)
    last = found.shape[axis] - 1
    found.narrow(axis, 1, last).add_(right.narrow(axis, 0, last), alpha=0.25)
    found.narrow(axis, 0, last).add_(left.narrow(axis, 1, last), alpha=0.25)
    found.select(axis, 0).add_(left.select(axis, 0), alpha=0.25)
    found.select(axis, last).add_(right.select(axis, last), alpha=0.25)
    return found
