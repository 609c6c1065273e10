"""Whose turn it is: jobs take turns, in groups, by the seconds that each has used (stride)."""

from collections.abc import Collection, Iterable, Sequence
from typing import TypeVar

G = TypeVar("G", bound=Sequence[str])


class Turns:
    """Gives each job the same share of time, so that quick steps are not held up by slow ones.

    A turn of a group is paid for by its members in equal parts. So many who make their steps
    together get the time of many, without which a GPU would spend half of it on the few. A group
    stands where its least served member does, and a job never gets credit for the time in which it
    was not here.
    """

    def __init__(self, slack: float = 0.0) -> None:
        """`slack`: seconds by which a job may be behind while more than it has company go first.

        Where a step of many takes hardly longer than one of few, jobs then gather before their
        next canvas and go on together, while a newcomer's group waits to be worth a step.
        """
        self._used: dict[str, float] = {}
        self._slack = slack

    def join(self, jobs: Iterable[str]) -> None:
        """Jobs that are here already stay as they are; new ones stand beside the least served."""
        least = min(self._used.values(), default=0.0)
        for job in jobs:
            self._used.setdefault(job, least)

    def leave(self, job: str) -> None:
        """Forget a job, whether it is here or not."""
        self._used.pop(job, None)

    def next(self, groups: Collection[G]) -> G:
        """The group whose turn it is; of equals the first."""
        levels = [(self._level(group), group) for group in groups]
        latest = min(level for level, _ in levels) + self._slack
        near = [(level, group) for level, group in levels if level <= latest]
        if not self._slack:
            return near[0][1]
        return min(near, key=lambda each: (-len(each[1]), each[0]))[1]

    def charge(self, group: Sequence[str], seconds: float) -> None:
        """A turn of `group` has taken so long."""
        for job in group:
            self._used[job] += seconds / len(group)

    def _level(self, group: Sequence[str]) -> float:
        return min(self._used[job] for job in group)
