"""When the jobs of an engine will be done, as far as it can be foretold now."""

from collections.abc import Callable, Collection, Mapping
from functools import cache, partial

from engine.estimates import Estimates, Speed
from engine.forecast import seconds_until_done
from engine.seat import Seat
from engine.sheet import Sheet

_SECONDS = 0.25
"""Least time between two forecasts while nobody comes or goes."""
_SHARE = 0.05
"""Of the time, at most, where a forecast takes longer than that of a few jobs does."""
_SHORT = 0.002


class Prospects:
    """Foretells anew when that is worth its while: a GPU waits meanwhile."""

    def __init__(
        self,
        estimates: Estimates,
        seats: Mapping[str, Seat],
        painted: Callable[[], Collection[str]],
        slots: int,
        clock: Callable[[], float],
    ) -> None:
        """`painted` gives the jobs that are at work, at most `slots`; the others come then."""
        self._estimates, self._seats, self._painted = estimates, seats, painted
        self._slots, self._clock = slots, clock
        self._ends: dict[str, float] = {}
        self._foretold = self._took = float("-inf")
        self._is_stale = True

    def changed(self) -> None:
        """Somebody has come or gone."""
        self._is_stale = True

    def seconds_left(self, job: str) -> float | None:
        """Until the job is done, if its company stays; None where nothing is known of a speed.

        Of one that came since the last forecast, where many come at once, as long as the longest.
        """
        passed = self._clock() - self._foretold
        rested = self._took < _SHORT or self._took <= passed * _SHARE
        if rested and (self._is_stale or job not in self._ends or passed > _SECONDS):
            self._foretell()
        if job not in self._ends and not self._is_known(job):
            return None
        end = self._ends.get(job, max(self._ends.values(), default=None))
        return None if end is None else max(0.0, end - self._clock())

    def _is_known(self, job: str) -> bool:
        return job in self._seats and self._estimates.knows(self.speed_name(self._seats[job]))

    def speed_name(self, seat: Seat) -> str:
        """Under which the speed of its steps is kept."""
        name = seat.painting.backbone.name
        is_sheet = isinstance(seat.painting, Sheet)
        return self._estimates.of_sheets(name) if is_sheet else name

    def _foretell(self) -> None:
        self._foretold = now = self._clock()
        stages, speeds = {}, dict[str, Callable[[float], Speed]]()
        for job, seat in self._seats.items():
            name = self.speed_name(seat)
            if self._estimates.knows(name):
                speeds.setdefault(name, cache(partial(self._estimates.speed, name)))
                stages[job] = seat.stages(speeds[name])
        painted = self._painted()
        here = {job: each for job, each in stages.items() if job in painted}
        ahead = {job: each for job, each in stages.items() if job not in painted}
        found = seconds_until_done(here, ahead, self._slots)
        self._ends = {job: now + seconds for job, seconds in found.items()}
        self._is_stale, self._took = False, self._clock() - now
