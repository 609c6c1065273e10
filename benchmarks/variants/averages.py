"""What is taken as the finished picture: the last iterate or an average of some."""

from abc import ABC, abstractmethod

from torch import Tensor


class Average(ABC):
    """Looks at the pictures (1, 3, H, W) of a painting, step by step, and gives one: `image`."""

    image: Tensor

    @abstractmethod
    def see(self, part: float, image: Tensor) -> None:
        """`image` after this part (0 .. 1) of the steps; it may change afterwards."""


class Last(Average):
    """No average."""

    def see(self, part: float, image: Tensor) -> None:
        """See Average."""
        self.image = image


class LastTenth(Average):
    """The mean of the last tenth of the steps."""

    FROM = 0.9

    def __init__(self) -> None:
        self._seen = 0

    def see(self, part: float, image: Tensor) -> None:
        """See Average."""
        if part <= self.FROM:
            return
        self._seen += 1
        if self._seen == 1:
            self.image = image.clone()
        else:
            self.image.lerp_(image, 1 / self._seen)


class Exponential(Average):
    """Each step counts `decay` of the one after it; it begins anew where the canvas grows."""

    def __init__(self, decay: float) -> None:
        self._decay, self._weight = decay, 0.0

    def see(self, part: float, image: Tensor) -> None:
        """See Average."""
        if self._weight and self.image.shape != image.shape:
            self._weight = 0.0
        self._weight = self._decay * self._weight + 1
        if self._weight == 1:
            self.image = image.clone()
        else:
            self.image.lerp_(image, 1 / self._weight)
