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

    def __init__(self) -> None:
        self._used: dict[str, float] = {}

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
        return min(groups, key=self._level)

    def charge(self, group: Sequence[str], seconds: float) -> None:
        """A turn of `group` has taken so long."""
        for job in group:
            self._used[job] += seconds / len(group)

    def _level(self, group: Sequence[str]) -> float:
        return min(self._used[job] for job in group)
