"""Which jobs are painted now: first come, first served, within slots and memory."""

from collections import OrderedDict, defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """A job as the scheduler sees it; memory in bytes."""

    job: str
    held: int
    """What it holds from its first step to its last."""
    passing: int = 0
    """What a step needs beside that. Groups take turns, so only one group's counts at a time."""
    group: Hashable = None
    """Jobs of one group may make a step at once; None is a group of its own."""
    alone: bool = False
    """Whether it must not share the engine, since it may take the others with it."""


class Scheduler:
    """Jobs that wait and jobs that run; none overtakes another."""

    def __init__(self, slots: int) -> None:
        """At most `slots` jobs run together."""
        self.slots = slots
        self._waiting: OrderedDict[str, Entry] = OrderedDict()
        self._running: OrderedDict[str, Entry] = OrderedDict()

    @property
    def waiting(self) -> tuple[str, ...]:
        """Jobs that wait, in the order in which they will start."""
        return tuple(self._waiting)

    @property
    def running(self) -> tuple[str, ...]:
        """Jobs that run, the oldest first."""
        return tuple(self._running)

    def add(self, entry: Entry) -> None:
        """Let a job wait. Raises ValueError for one that is here already."""
        if entry.job in self._waiting or entry.job in self._running:
            raise ValueError(f"job {entry.job} is here already")
        self._waiting[entry.job] = entry

    def remove(self, job: str) -> None:
        """Forget a job, whether it waits, runs or is not here at all."""
        self._waiting.pop(job, None)
        self._running.pop(job, None)

    def schedule(self, memory: int) -> tuple[str, ...]:
        """Start what fits into `memory` beside those that run, and give all that run.

        A job that does not fit even by itself runs by itself: whoever adds it makes it small
        enough, as far as can be known before.
        """
        while self._waiting and self._fits(next(iter(self._waiting.values())), memory):
            job, entry = self._waiting.popitem(last=False)
            self._running[job] = entry
        return self.running

    def _fits(self, entry: Entry, memory: int) -> bool:
        if not self._running:
            return True
        if entry.alone or any(other.alone for other in self._running.values()):
            return False
        together = [*self._running.values(), entry]
        return len(together) <= self.slots and most_needed(together) <= memory


def most_needed(entries: Iterable[Entry]) -> int:
    """Bytes that these jobs need at the worst moment: all that they hold, and one group's step."""
    held, passing = 0, defaultdict[Hashable, int](int)
    for entry in entries:
        held += entry.held
        passing[entry.job if entry.group is None else entry.group] += entry.passing
    return held + max(passing.values(), default=0)
