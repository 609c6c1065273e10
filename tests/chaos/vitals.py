"""Memory and descriptors of each process: early, late, and the most that was seen."""

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import NoReturn

import psutil

from tests.chaos.house import PARTS, House

_SECONDS = 1.0
_MIB = 1 << 20


@dataclass(frozen=True)
class Vitals:
    """One look at a process."""

    mib: float
    """Resident memory."""
    descriptors: int


@dataclass
class Chart:
    """What was seen of each part, by its name."""

    start: dict[str, Vitals] = field(default_factory=dict)
    calm: dict[str, Vitals] = field(default_factory=dict)
    end: dict[str, Vitals] = field(default_factory=dict)
    most: dict[str, Vitals] = field(default_factory=dict)

    async def keep(self, house: House) -> NoReturn:
        """Look once a second, until cancelled."""
        while True:
            self._look(house)
            await asyncio.sleep(_SECONDS)

    def begin(self, house: House) -> None:
        """The start is now."""
        self.start = self._look(house)

    def calm_down(self, house: House) -> None:
        """From now on nothing is killed."""
        self.calm = self._look(house)

    def finish(self, house: House) -> None:
        """The end is now."""
        self.end = self._look(house)

    def _look(self, house: House) -> dict[str, Vitals]:
        parts = house.parts()
        seen = {name: vitals for name in PARTS if (vitals := _of(parts.get(name))) is not None}
        for name, now in seen.items():
            most = self.most.get(name, now)
            self.most[name] = Vitals(max(now.mib, most.mib), max(now.descriptors, most.descriptors))
        return seen


def _of(process: psutil.Process | None) -> Vitals | None:
    if process is None:
        return None
    with contextlib.suppress(psutil.Error):
        return Vitals(process.memory_info().rss / _MIB, process.num_fds())
    return None
