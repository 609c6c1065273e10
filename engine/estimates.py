"""How long steps take: a straight line over the pixels for each backbone, and how it holds.

A step of a batch takes `step + megapixel * M` seconds for M megapixels of all its pictures. What
turns really take corrects the line in two ways: all of it follows the machine, which others use
too; and each region of it bends a little, since a cache or a GPU likes some canvases better.
"""

import math
import statistics
from collections import deque
from dataclasses import dataclass

_TURNS = 31
"""Turns of which the middle one tells the machine's speed: one that was held up changes nothing."""
_BEND = 0.1
"""How much of a turn's difference its region keeps (as a power, since factors multiply)."""
_MOST_BENT = 3.0
_GLANCE = 0.4
"""A look without a way back, as a part of a step (measured)."""
_SHEETS = 1.4
"""Steps of many small pictures take so much longer than one's of as many pixels (measured)."""
_TYPICAL = 0.1
"""Megapixels at which a rate is told where one number has to do."""


@dataclass(frozen=True)
class Speed:
    """Seconds of a backbone's step: `step` for each, `megapixel` for each megapixel in it.

    For the layers of the backbone's own recipe. A look, for targets and for measuring, takes
    `look` and `glance` for each megapixel.
    """

    step: float
    megapixel: float
    glance: float
    look: float = 0.0

    def times(self, factor: float) -> "Speed":
        """The same line where everything takes `factor` as long."""
        numbers = (self.step, self.megapixel, self.glance, self.look)
        return Speed(*(number * factor for number in numbers))


class _Line:
    """One backbone's speed as it was measured, and what the turns since then say."""

    def __init__(self, speed: Speed) -> None:
        self._speed = speed
        # Weighs as much as a few turns do, which at first may be slow for being the first.
        self._recent = deque([1.0] * (_TURNS // 4), maxlen=_TURNS)
        self._bends: dict[int, float] = {}

    def at(self, megapixels: float) -> Speed:
        """The speed for steps of about so many megapixels, now."""
        return self._speed.times(statistics.median(self._recent) * self._bend(megapixels))

    def learn(self, megapixels: float, seconds: float) -> None:
        """Take in that a step with `megapixels` took `seconds`."""
        bend = self._bend(megapixels)
        found = seconds / (self._speed.step + self._speed.megapixel * megapixels) / bend
        # Against the turns before it: where two regions alternate it would be its own measure.
        off = found / statistics.median(self._recent)
        self._recent.append(found)
        bent = min(max(bend * off**_BEND, 1 / _MOST_BENT), _MOST_BENT)
        self._bends[_region(megapixels)] = bent

    def _bend(self, megapixels: float) -> float:
        return self._bends.get(_region(megapixels), 1.0)


def _region(megapixels: float) -> int:
    """Steps whose megapixels differ by less than two fifths or so are of one region."""
    return round(2 * math.log2(megapixels))


class Estimates:
    """The speed of each backbone on this device, corrected by what turns really take."""

    def __init__(self) -> None:
        self._lines: dict[str, _Line] = {}

    def knows(self, backbone: str) -> bool:
        """Whether its speed was measured."""
        return backbone in self._lines

    def expect(self, backbone: str, speed: Speed) -> None:
        """Take `speed` as measured."""
        self._lines[backbone] = _Line(speed)

    def of_sheets(self, backbone: str) -> str:
        """The name under which the speed of sheets is kept, so that pictures' stays what it is.

        Where only that of pictures is known, it begins from there.
        """
        name = f"{backbone}, sheets"
        if self.knows(backbone) and not self.knows(name):
            self.expect(name, self.speed(backbone, _TYPICAL).times(_SHEETS))
        return name

    def speed(self, backbone: str, megapixels: float) -> Speed:
        """For steps of about so many megapixels, as the machine is now; it must be known."""
        return self._lines[backbone].at(megapixels)

    def rate(self, backbone: str) -> float | None:
        """Seconds a megapixel and step at a usual size, where one number has to do."""
        if not self.knows(backbone):
            return None
        speed = self.speed(backbone, _TYPICAL)
        return speed.step / _TYPICAL + speed.megapixel

    def learn(self, backbone: str, megapixels: float, seconds: float) -> None:
        """Take in that a step with `megapixels` took `seconds`; the first one counts as it is."""
        if megapixels <= 0 or seconds <= 0:
            return
        if self.knows(backbone):
            self._lines[backbone].learn(megapixels, seconds)
        else:
            rate = seconds / megapixels
            self.expect(backbone, Speed(0.0, rate, rate * _GLANCE))
