"""Optimisers of one picture: each takes the gradient at the picture and gives the next picture.

Both work on the coefficients of the picture's Laplacian pyramid and keep the picture within [0, 1]
at every step, since a picture judged before its pixels are clamped looks better than it is.
"""

from typing import Protocol, Self

import torch
from torch import Tensor

from config.settings import OptimizerName
from engine.nst import pyramid
from engine.nst.curvature import Curvature


class Optimiser(Protocol):
    """The optimiser of one picture at one size."""

    image: Tensor
    """The picture now, (1, 3, H, W) in [0, 1]."""

    @property
    def nbytes(self) -> int:
        """What it holds between two steps, the picture included."""

    def step(self, gradient: Tensor, loss: float, rate: float) -> None:
        """Go on from the loss and its gradient (1, 3, H, W) at `image`; `rate` is in [0, 1]."""

    def grown(self, image: Tensor) -> Self:
        """The optimiser that goes on from a larger `image`, with what was learned."""


class Adam:
    """Adam (Kingma and Ba 2015) on pyramid coefficients."""

    BETA1, BETA2, EPSILON = 0.9, 0.99, 1e-12

    def __init__(self, image: Tensor, learning_rate: float) -> None:
        self.learning_rate = learning_rate
        self.count = 0
        self.coefficients = pyramid.decompose(image)
        self.mean = [torch.zeros_like(level) for level in self.coefficients]
        self.square = [torch.zeros_like(level) for level in self.coefficients]
        self.image = pyramid.clamp_(self.coefficients)

    @property
    def nbytes(self) -> int:
        """Of the picture, its coefficients and two moments of each."""
        held = (self.image, *self.coefficients, *self.mean, *self.square)
        return sum(tensor.nbytes for tensor in held)

    def step(self, gradient: Tensor, loss: float, rate: float) -> None:
        """One step of at most about `learning_rate * rate` a coefficient."""
        self.count += 1
        length = self.learning_rate * rate / (1 - self.BETA1**self.count)
        unbias = 1 / (1 - self.BETA2**self.count)
        slopes = pyramid.gradient(self.coefficients, gradient)
        states = zip(self.coefficients, slopes, self.mean, self.square, strict=True)
        for level, slope, mean, square in states:
            mean.lerp_(slope, 1 - self.BETA1)
            square.mul_(self.BETA2).addcmul_(slope, slope, value=1 - self.BETA2)
            level.addcdiv_(mean, (square * unbias).sqrt_().add_(self.EPSILON), value=-length)
        self.image = pyramid.clamp_(self.coefficients)

    def grown(self, image: Tensor) -> "Adam":
        """Moments move up by as many levels as the picture's size doubles."""
        larger = Adam(image, self.learning_rate)
        larger.count = self.count
        larger.mean = pyramid.carried(self.mean, larger.coefficients, power=1)
        larger.square = pyramid.carried(self.square, larger.coefficients, power=2)
        return larger


class LBFGS:
    """L-BFGS (Nocedal 1980) on pyramid coefficients, clamped inside the loop.

    The pyramid works as the first guess of the curvature. A step costs one evaluation: there is no
    line search, but a limit on its length, which shrinks where the loss rose.
    """

    LIMIT = 0.25
    """Largest change of a pixel in a step."""

    def __init__(self, image: Tensor, learning_rate: float) -> None:
        """`learning_rate` is the largest change of a pixel in the first step."""
        self.learning_rate = learning_rate
        self.coefficients = pyramid.decompose(image)
        self.image = pyramid.clamp_(self.coefficients)
        self._curvature = Curvature(_flat(self.coefficients))
        self._limit = self.LIMIT
        self._last: tuple[Tensor, Tensor, float] | None = None

    @property
    def nbytes(self) -> int:
        """Of the picture, its coefficients, the last point and slope, and the curvature."""
        coefficients = sum(level.nbytes for level in self.coefficients)
        return self.image.nbytes + 3 * coefficients + self._curvature.nbytes

    def step(self, gradient: Tensor, loss: float, rate: float) -> None:
        """One step; where something is known of the curvature, `rate` does not matter."""
        point = _flat(self.coefficients)
        slope = _flat(pyramid.gradient(self.coefficients, gradient))
        self._learn(point, slope, loss)
        direction = _split(self._curvature.direction(slope), self.coefficients)
        longest = max(float(pyramid.compose(direction).abs().max()), 1e-12)
        if self._curvature.known:
            length = min(1.0, self._limit / longest)
        else:
            length = self.learning_rate * rate / longest
        for level, change in zip(self.coefficients, direction, strict=True):
            level.add_(change, alpha=length)
        self.image = pyramid.clamp_(self.coefficients)
        self._last = (point, slope, loss)

    def grown(self, image: Tensor) -> "LBFGS":
        """A new one: curvature measured at another size does not fit."""
        return LBFGS(image, self.learning_rate)

    def _learn(self, point: Tensor, slope: Tensor, loss: float) -> None:
        if self._last is None:
            return
        last_point, last_slope, last_loss = self._last
        self._curvature.learn(point - last_point, slope - last_slope)
        rose = loss > last_loss
        self._limit = max(self._limit / 4, 1e-4) if rose else min(self._limit * 2, self.LIMIT)


def _flat(levels: list[Tensor]) -> Tensor:
    return torch.cat([level.flatten() for level in levels])


def _split(flat: Tensor, like: list[Tensor]) -> list[Tensor]:
    parts = torch.split(flat, [level.numel() for level in like])
    return [part.view_as(level) for part, level in zip(parts, like, strict=True)]


_KINDS: dict[OptimizerName, type[Adam] | type[LBFGS]] = {"adam": Adam, "lbfgs": LBFGS}


def optimiser(name: OptimizerName, image: Tensor, learning_rate: float) -> Optimiser:
    """The optimiser called `name`, at its start."""
    return _KINDS[name](image, learning_rate)
