"""The reaper: kills at every failpoint, one after the other, and at random moments besides."""

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.house import BOT, ENGINE, PARTS, RUN, SERVER, House
from tests.chaos.orders import Book
from tests.standin import Discord

_LOOK_SECONDS = 0.02
_HIT_SECONDS = 15.0
"""A point that nobody came by for so long is tried again later."""
_BACK_SECONDS = 10.0
_BREATH_SECONDS = 6.0
_PAUSE_SECONDS = (0.5, 5.0)
_ONLINE_SECONDS = 60.0
EVERYTHING = "everything"
RUN_ALONE = "run"
_MOMENTS = (SERVER, ENGINE, BOT, SERVER, EVERYTHING, BOT, ENGINE, SERVER, RUN_ALONE)


@dataclass
class Reaper:
    """Kills parts of `house` until it is told to stop."""

    house: House
    discord: Discord
    book: Book
    rng: random.Random
    pause: tuple[float, float] = _PAUSE_SECONDS
    """Least and most seconds between two random kills."""
    breath: int = 1
    """Answers that are given before a part is killed again; six seconds each at most."""
    hits: Counter[str] = field(default_factory=Counter)
    """By failpoint."""
    kills: Counter[str] = field(default_factory=Counter)
    """At random moments, by victim."""
    slowest: dict[str, float] = field(default_factory=dict)
    """The longest that a part was away, in seconds."""
    orphans: list[str] = field(default_factory=list)
    _falls: int = 0
    """How often the whole house fell, which makes other measurements void."""

    async def sweep(
        self, part: str, points: list[str], enough: Callable[[], bool] = lambda: False
    ) -> list[str]:
        """Kill `part` once at each of `points`, until it is `enough`; those it did not come by."""
        missed = []
        for point in points:
            await self._breathe()
            if enough():
                break
            if not await self._kill_at(part, point):
                missed.append(point)
        return missed

    async def strike(self) -> None:
        """Kill at random moments, the parts by turns, until cancelled."""
        moments = list(_MOMENTS)
        while True:
            self.rng.shuffle(moments)
            for victim in moments:
                await self._breathe()
                await asyncio.sleep(self.rng.uniform(*self.pause))
                await self.strike_at(victim)

    async def strike_at(self, victim: str) -> None:
        """Kill one part now, or the whole house in one of two ways, and see it come back."""
        if victim in (EVERYTHING, RUN_ALONE):
            await self._fell(victim)
            return
        before = self.house.parts().get(victim)
        if before is not None and self.house.kill(victim):
            self.kills[victim] += 1
            await self._comes_back(victim, before.pid)

    async def _fell(self, victim: str) -> None:
        self._falls += 1
        self.kills[victim] += self.house.kill(*(PARTS if victim == EVERYTHING else [RUN])) > 0
        self.orphans += await self.house.orphans()
        await self.house.start()
        await self.discord.ready("stylize", timeout=_ONLINE_SECONDS)

    async def _breathe(self) -> None:
        wanted = self.book.answered + self.breath
        with contextlib.suppress(TimeoutError):
            await self.discord.world.wait_for(
                lambda: self.book.answered >= wanted, _BREATH_SECONDS * self.breath
            )

    async def _kill_at(self, part: str, point: str) -> bool:
        victim = await self._present(part)
        armed = self.house.failpoints / point
        armed.touch()
        if not await _vanishes(armed):
            armed.unlink(missing_ok=True)
            return False
        self.hits[point] += 1
        await self._comes_back(part, victim)
        return True

    async def _present(self, part: str) -> int:
        while True:
            process = self.house.parts().get(part)
            if process is not None:
                return int(process.pid)
            await asyncio.sleep(_LOOK_SECONDS)

    async def _comes_back(self, part: str, pid: int) -> None:
        falls = self._falls
        seconds = await self.house.back(part, pid, _BACK_SECONDS)
        if falls == self._falls:
            away = _BACK_SECONDS if seconds is None else seconds
            self.slowest[part] = max(away, self.slowest.get(part, 0.0))


async def _vanishes(file: Path) -> bool:
    """Whether a process takes the file away; files do not tell, so it is looked at often."""
    loop = asyncio.get_running_loop()
    end = loop.time() + _HIT_SECONDS
    while file.exists():  # noqa: ASYNC240  # a local stat
        if loop.time() > end:
            return False
        await asyncio.sleep(_LOOK_SECONDS)
    return True
