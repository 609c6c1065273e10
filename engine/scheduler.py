"""Which jobs are painted now: first come, first served, within slots and a budget of pixels."""

from collections import OrderedDict
from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """A job as the scheduler sees it."""

    job: str
    pixels: int
    """Area of its canvas: what it will need of the budget."""
    alone: bool = False
    """Whether it must not share the engine, since it may take the others with it."""


class Scheduler:
    """Jobs that wait and jobs that run; none overtakes another."""

    def __init__(self, slots: int, pixel_budget: int) -> None:
        """At most `slots` jobs run together, with `pixel_budget` pixels in all.

        A job that is larger than the whole budget runs by itself: its memory is the runner's
        matter, which makes it smaller if it has to.
        """
        self.slots, self.pixel_budget = slots, pixel_budget
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

    def schedule(self) -> tuple[str, ...]:
        """Start what fits, and give the jobs that take the next step."""
        while self._waiting and self._fits(next(iter(self._waiting.values()))):
            job, entry = self._waiting.popitem(last=False)
            self._running[job] = entry
        return self.running

    def _fits(self, entry: Entry) -> bool:
        if not self._running:
            return True
        if entry.alone or any(other.alone for other in self._running.values()):
            return False
        used = sum(other.pixels for other in self._running.values())
        return len(self._running) < self.slots and used + entry.pixels <= self.pixel_budget
