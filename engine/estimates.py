"""How long steps take: a straight line over the pixels for each backbone, and how it holds.

A step of a batch takes `step + megapixel * M` seconds for M megapixels of all its pictures; on the
CPUs that were measured this holds within a tenth from 64 to 512 px.
"""

import statistics
from collections import deque
from dataclasses import dataclass

_TURNS = 31
"""Turns of which the middle one tells the machine's speed: one that was held up changes nothing."""
_GLANCE = 0.4
"""A look without a way back, as a part of a step (measured)."""
_TYPICAL = 0.1
"""Megapixels at which a rate is told where one number has to do."""


@dataclass(frozen=True)
class Speed:
    """Seconds of a backbone's step: `step` for each, `megapixel` for each megapixel in it.

    For the layers of the backbone's own recipe. `glance` is what a megapixel takes that is only
    looked at, for targets and for measuring.
    """

    step: float
    megapixel: float
    glance: float


class Estimates:
    """The speed of each backbone on this device, corrected by what turns really take."""

    def __init__(self) -> None:
        self._speeds: dict[str, Speed] = {}
        self._factors: dict[str, deque[float]] = {}

    def knows(self, backbone: str) -> bool:
        """Whether its speed was measured."""
        return backbone in self._speeds

    def expect(self, backbone: str, speed: Speed) -> None:
        """Take `speed` as measured."""
        self._speeds[backbone] = speed
        # Weighs as much as a few turns do, which at first may be slow for being the first.
        self._factors[backbone] = deque([1.0] * (_TURNS // 4), maxlen=_TURNS)

    def speed(self, backbone: str) -> Speed | None:
        """As the machine is now; None where nothing is known."""
        speed = self._speeds.get(backbone)
        if speed is None:
            return None
        factor = statistics.median(self._factors[backbone])
        return Speed(speed.step * factor, speed.megapixel * factor, speed.glance * factor)

    def rate(self, backbone: str) -> float | None:
        """Seconds a megapixel and step at a usual size, where one number has to do."""
        speed = self.speed(backbone)
        return None if speed is None else speed.step / _TYPICAL + speed.megapixel

    def learn(self, backbone: str, megapixels: float, seconds: float) -> None:
        """Take in that a step with `megapixels` took `seconds`; the first one counts as it is."""
        if megapixels <= 0 or seconds <= 0:
            return
        if (known := self._speeds.get(backbone)) is None:
            rate = seconds / megapixels
            self.expect(backbone, Speed(0.0, rate, rate * _GLANCE))
            return
        expected = known.step + known.megapixel * megapixels
        self._factors[backbone].append(seconds / expected)
