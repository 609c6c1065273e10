"""Optimisers: each takes the gradient at a picture and gives the next picture.

Both work on the coefficients of the picture's Laplacian pyramid and keep the picture within [0, 1]
at every step, since a picture judged before its pixels are clamped looks better than it is. One
holds several pictures of one canvas, or one. All that it knows is in tensors whose first axis
counts the pictures, and a step changes them in place and asks the device for nothing, so that
steps can be captured in a graph and pictures can come and go.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from copy import copy
from typing import ClassVar, Self

import torch
from torch import Tensor

from config.settings import OptimizerName
from engine.gpu import kernels_for
from engine.nst.curvature import Curvature
from engine.nst.pyramid import Pyramid
from engine.streams import borrowed

_LANDING = 0.5
"""Part of the last scale over which an optimiser slows down."""
_SLOWEST = 0.1


class Optimiser(ABC):
    """The optimiser of pictures of one canvas at one scale."""

    STATE: ClassVar[tuple[str, ...]] = ("image", "_made", "_landing", "_learning_rate")
    """Attributes that are tensors (B, ...), in which lies all that it knows."""
    GROWS: ClassVar[tuple[str, ...]] = ("image", "_learning_rate")
    """Those of them that `grown` makes something of."""
    GAIN: ClassVar[float] = 1.0
    """Of the pyramid's levels, see Pyramid."""

    def __init__(self, image: Tensor, learning_rate: float, landing: float = math.inf) -> None:
        """From `image` (B, 3, H, W) in [0, 1].

        `landing` is how many steps there will be if it is to slow down in their second half, so
        that what trembles comes to rest; infinite where nothing comes to an end here.
        """
        self.pyramid = Pyramid(image.shape[2], image.shape[3], gain=self.GAIN)
        self.image = image.detach().clone(memory_format=torch.contiguous_format)
        """The pictures now, (B, 3, H, W) in [0, 1]."""
        self._made = image.new_zeros(len(image))
        self._landing = image.new_full((len(image),), landing)
        self._learning_rate = image.new_full((len(image),), learning_rate)
        self._room: Optimiser | None = None

    @abstractmethod
    def step(self, gradient: Tensor, loss: Tensor) -> None:
        """Go on from the losses (B,) and their gradient (B, 3, H, W) at `image`."""

    @abstractmethod
    def grown(self, image: Tensor, landing: float = math.inf) -> Self:
        """The optimiser that goes on from a larger `image`, with what was learned."""

    def land(self, landing: float) -> None:
        """From now on there are `landing` steps left, see `__init__`."""
        self._landing.fill_(landing)
        self._made.zero_()

    @property
    def nbytes(self) -> int:
        """What it holds between two steps, the pictures included."""
        return sum(getattr(holder, name).nbytes for holder, name in self._held())

    def room_for(self, pictures: int) -> Self:
        """One of the same kind and canvas, in which so many pictures can lie."""
        return type(self)(self.image.new_full((pictures, *self.image.shape[1:]), 0.5), 0.0)

    def first(self, pictures: int) -> Self:
        """The first so many of these, in the same memory."""
        part = self._copied()
        for holder, name in part._held():
            setattr(holder, name, getattr(holder, name)[:pictures])
        return part

    def move_into(self, room: Self, place: int) -> None:
        """Lie at `place` of `room` from now on: what is stepped there is stepped here."""
        held = list(self._held())
        views = [getattr(holder, name)[place : place + 1] for holder, name in room._held()]
        own = [getattr(holder, name) for holder, name in held]
        torch._foreach_copy_(views, own)
        borrowed(*own)
        for (holder, name), view in zip(held, views, strict=True):
            setattr(holder, name, view)
        self._room = room

    def lies_in(self, room: "Optimiser") -> bool:
        """Whether it does."""
        return self._room is room

    def move_out(self) -> None:
        """Lie by itself again, as it is now; one that does already stays as it is."""
        if self._room is None:
            return
        for holder, name in self._held():
            setattr(holder, name, getattr(holder, name).clone())
        self._room = None

    def leave(self) -> None:
        """Take along, of all that lies in a room, what another optimiser grows from.

        No steps can be made with this one any more.
        """
        if self._room is None:
            return
        for name in self.GROWS:
            setattr(self, name, getattr(self, name).clone())
        self._room = None

    def _copied(self) -> Self:
        """Another one with the same tensors."""
        return copy(self)

    def _held(self) -> Iterator[tuple[object, str]]:
        """All that it knows: an object and the name of its tensor (B, ...)."""
        for name in self.STATE:
            yield self, name

    def _rate(self) -> Tensor:
        """(B,): full speed, and slower towards the end. Counts the step."""
        left = 1 - self._made / self._landing
        self._made += 1
        return (_SLOWEST + (1 - _SLOWEST) * left / _LANDING).clamp_max(1.0)


class Adam(Optimiser):
    """Adam (Kingma and Ba 2015) on pyramid coefficients."""

    BETA1, BETA2, EPSILON = 0.9, 0.99, 1e-12
    STATE = (*Optimiser.STATE, "mean", "square", "count")
    GROWS = (*Optimiser.GROWS, "mean", "square", "count")

    def __init__(self, image: Tensor, learning_rate: float, landing: float = math.inf) -> None:
        """`learning_rate` is about the largest change of a coefficient in a step."""
        super().__init__(image, learning_rate, landing)
        self.mean = image.new_zeros((len(image), self.pyramid.length))
        self.square = torch.zeros_like(self.mean)
        self.count = image.new_zeros(len(image))

    def step(self, gradient: Tensor, loss: Tensor) -> None:
        """One step, whatever the loss."""
        self.count += 1
        slope = self.pyramid.adjoint(gradient)
        self.mean.lerp_(slope, 1 - self.BETA1)
        self.square.mul_(self.BETA2).addcmul_(slope, slope, value=1 - self.BETA2)
        length = self._learning_rate * self._rate() / (1 - self.BETA1**self.count)
        unbias = 1 / (1 - self.BETA2**self.count)
        deviation = (self.square * unbias[:, None]).sqrt_().add_(self.EPSILON)
        change = self.pyramid.compose(self.mean / deviation)
        self.image.addcmul_(change, length[:, None, None, None], value=-1).clamp_(0, 1)

    def grown(self, image: Tensor, landing: float = math.inf) -> "Adam":
        """Moments move up by as many levels as the picture's size doubles."""
        larger = Adam(image, 0.0, landing)
        larger.count, larger._learning_rate = self.count.clone(), self._learning_rate.clone()
        larger.mean = self.pyramid.carried(self.mean, larger.pyramid, power=1)
        larger.square = self.pyramid.carried(self.square, larger.pyramid, power=2)
        return larger


class LBFGS(Optimiser):
    """L-BFGS (Nocedal 1980) on pyramid coefficients, clamped inside the loop.

    The pyramid works as the first guess of the curvature. A step costs one evaluation: there is no
    line search, but a limit on its length, which shrinks where the loss rose.
    """

    LIMIT = 0.25
    """Largest change of a pixel in a step."""
    GAIN = 0.7
    """With 1 fine lines come last; without a pyramid large forms do (measured, docs/quality.md)."""
    _LEAST_LIMIT = 1e-4
    STATE = (*Optimiser.STATE, "_limit", "_last_loss", "_last_slope")

    def __init__(
        self,
        image: Tensor,
        learning_rate: float,
        landing: float = math.inf,
        digits: torch.dtype | None = None,
    ) -> None:
        """`learning_rate` is the largest change of a pixel in the first step.

        `digits` is the dtype in which steps are remembered; the picture's if not given.
        """
        super().__init__(image, learning_rate, landing)
        self._limit = image.new_full((len(image),), self.LIMIT)
        self._last_loss = image.new_full((len(image),), math.inf)
        self._last_slope = image.new_zeros((len(image), self.pyramid.length))
        self._curvature = Curvature(len(image), self.pyramid.length, like=image, digits=digits)

    def step(self, gradient: Tensor, loss: Tensor) -> None:
        """One step; where something is known of the curvature, the rate does not matter."""
        slope = self.pyramid.adjoint(gradient)
        direction, known = self._curvature.advice(slope, self._last_slope)
        moved = self.pyramid.compose(direction)
        self._curvature.walk_(self.image, moved, direction, self._length(loss, moved, known))

    def grown(self, image: Tensor, landing: float = math.inf) -> "LBFGS":
        """A new one: curvature measured at another size does not fit."""
        larger = LBFGS(image, 0.0, landing, self._curvature.digits)
        larger._learning_rate = self._learning_rate.clone()
        return larger

    def room_for(self, pictures: int) -> "LBFGS":
        """As Optimiser.room_for, with the same digits."""
        blank = self.image.new_full((pictures, *self.image.shape[1:]), 0.5)
        return LBFGS(blank, 0.0, digits=self._curvature.digits)

    def _next_limit(self, loss: Tensor) -> Tensor:
        shrunk = (self._limit / 4).clamp_min(self._LEAST_LIMIT)
        return torch.where(loss > self._last_loss, shrunk, (self._limit * 2).clamp_max(self.LIMIT))

    def _length(self, loss: Tensor, moved: Tensor, known: Tensor) -> Tensor:
        """(B,): how far to go, where all the way moves the pixels by `moved` (B, 3, H, W).

        `known` (B,) is whether anything is, of the curvature. Takes in the losses (B,).
        """
        if (kernels := kernels_for(moved)) is not None:
            quick: Tensor = kernels.paced_(
                moved, known, loss, self._limit, self._last_loss,
                self._made, self._landing, self._learning_rate,
                most=self.LIMIT, least=self._LEAST_LIMIT, slowest=_SLOWEST, part=_LANDING,
            )  # fmt: skip
            return quick
        self._limit.copy_(self._next_limit(loss))
        self._last_loss.copy_(loss)
        # On a CPU `vector_norm` takes ten times as long for it.
        longest = moved.abs().amax(dim=(1, 2, 3)).clamp_min(1e-12)
        limited = (self._limit / longest).clamp_max(1.0)
        return torch.where(known, limited, self._learning_rate * self._rate() / longest)

    def _copied(self) -> Self:
        part = super()._copied()
        part._curvature = copy(self._curvature)
        return part

    def _held(self) -> Iterator[tuple[object, str]]:
        yield from super()._held()
        for name in Curvature.STATE:
            yield self._curvature, name


def optimiser(
    name: OptimizerName,
    image: Tensor,
    learning_rate: float,
    landing: float = math.inf,
    digits: torch.dtype | None = None,
) -> Optimiser:
    """The optimiser called `name`, at its start; see the classes for the arguments."""
    match name:
        case "adam":
            return Adam(image, learning_rate, landing)
        case "lbfgs":
            return LBFGS(image, learning_rate, landing, digits)
