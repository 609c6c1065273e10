"""The engine: paints the jobs that it is given, those of one canvas together, a step at a time."""

import time
from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass

from config.settings import Settings
from engine.admission import Admission
from engine.backbone_cache import BackboneCache
from engine.backbones import Backbone
from engine.company import Company
from engine.estimates import Estimates, Speed
from engine.hands import Hands
from engine.nst.captured import Captures
from engine.nst.style_cache import StyleCache
from engine.outcomes import (
    Broken,
    Completed,
    Event,
    Outcome,
    Paints,
    Preview,
    Stepped,
    next_of,
    preview_of,
)
from engine.painted import Painted
from engine.painting import Painting
from engine.prospects import Prospects
from engine.scheduler import Scheduler
from engine.seat import Seat
from engine.sheet import Sheet
from engine.sources import Pictures
from engine.strides import Strides
from engine.turns import Turns
from jobs.job import StyleJob
from pictures.encode import Encoded

_AHEAD = 16
"""Jobs that are made ready: twice what threads prepare, so that an easel is never empty."""
_SLACK = 0.02
"""Seconds, see Turns: in a simulation of 64 pictures at a time, a tenth more of them a second."""


@dataclass(frozen=True)
class _Turn:
    """A turn that was begun, of jobs that may have been dropped since."""

    group: Hashable
    paintings: dict[str, Paints]
    work: float
    """Megapixels of each of its steps, 0 for what is of another kind."""
    steps: int
    begun: float
    landed: Callable[[], Sequence[Outcome]]
    """Waits until it is over."""


Measure = Callable[[Backbone], Speed]


class Engine:
    """Paints. Not thread-safe: one thread makes all calls, so a call falls between two steps."""

    def __init__(
        self,
        settings: Settings,
        backbones: BackboneCache,
        estimates: Estimates,
        *,
        measure: Measure | None = None,
        clock: Callable[[], float] = time.monotonic,
        free_bytes: Callable[[], int] | None = None,
    ) -> None:
        """`measure` gives the speed of a backbone that is new; without it the first steps tell.

        `free_bytes` is the device's, unless a test knows better.
        """
        self._settings, self._backbones, self.estimates = settings, backbones, estimates
        self._measure, self._clock = measure, clock
        self._admission = Admission(settings, free_bytes or backbones.device.free_bytes, self._tidy)
        self._easels: int = settings.engine.slots or backbones.device.slots
        """So many are painted at once."""
        self._at_easels: frozenset[str] = frozenset()
        self._turns = Turns(_SLACK if backbones.device.captures else 0.0)
        self._styles = StyleCache()
        self._captures = Captures() if backbones.device.captures else None
        # Where a step takes the host no time, it must not be kept from the next one.
        self._hands = Hands(backbones.device) if self._captures else None
        self._turn: _Turn | None = None
        self._landed = float("-inf")
        self._strides = Strides(backbones.device.stride)
        self._scheduler = Scheduler(self.slots)
        self._seats: dict[str, Seat] = {}
        self._prospects = Prospects(estimates, self._seats, self._painted, self._easels, clock)
        self._companies: dict[Hashable, Company] = {}

    @property
    def backbone(self) -> str:
        """The one that paints where nobody asks for another, or its stand-in."""
        return self._backbones.get(self._settings.engine.backbone).name

    @property
    def device(self) -> str:
        """In words."""
        return self._backbones.device.name

    @property
    def slots(self) -> int:
        """Jobs that it takes at once: those that are painted, and some that are made ready.

        Where nothing is done beside the steps, nothing is made ready.
        """
        return self._easels + (0 if self._hands is None else min(self._easels, _AHEAD))

    @property
    def busy(self) -> bool:
        """Whether there is anything to do, or to let go of."""
        is_left = self._turn is not None or (self._hands is not None and self._hands.busy)
        return bool(self._seats) or is_left

    def close(self) -> bool:
        """Begin nothing any more; whether something is still being done."""
        return self._hands is not None and self._hands.close()

    def add(self, job: StyleJob, pictures: Pictures, *, alone: bool = False) -> float | None:
        """Take a job in, and give the estimate of its seconds in the company that it has here.

        What does not fit into the memory is painted smaller, and its note says so. Raises
        OutOfMemory where no size fits, WeightsError, and DeviceLost as `step` does.
        """
        with self._backbones.device.blamed():
            return self._added(job, pictures, alone=alone)

    def _added(self, job: StyleJob, pictures: Pictures, *, alone: bool) -> float | None:
        recipe = job.recipe
        backbone = self._backbones.get(recipe.backbone, stand_in=recipe.may_be_adapted)
        if self._measure is not None and not self.estimates.knows(backbone.name):
            self.estimates.expect(backbone.name, self._measure(backbone))
        kept = self._settings, self._styles, self._captures
        painting: Painting | Sheet
        if job.cells:
            painting = Sheet(job.cells, pictures, backbone, *kept)
        else:
            painting = Painting(recipe, pictures, backbone, *kept)
        seat = self._admission.seat(job, painting, self._seats.values(), self._clock())
        self._scheduler.add(seat.entry(alone=alone))
        self._seats[job.id] = seat
        self._prospects.changed()
        return self.seconds_left(job.id)

    def drop(self, job: str) -> Paints | None:
        """Forget a job; gives what there is of it, None where it is not here."""
        self._scheduler.remove(job)
        self._turns.leave(job)
        self._prospects.changed()
        seat = self._seats.pop(job, None)
        if not self._seats:
            self._companies.clear()
            self._at_easels = frozenset()
        return None if seat is None else seat.painting

    def stop(self, job: str) -> Callable[[int], Encoded] | None:
        """Forget a job; gives what draws the frame that it has come to, see Painting.unfinished."""
        painting = self.drop(job)
        if painting is None:
            return None
        if self._hands is not None:
            self._hands.let_go(job, painting)
        return painting.unfinished() if painting.begun else None

    def step(self) -> list[Event]:
        """A stride of the group whose turn it is: schedule, run, collect.

        A stride is one step, and several on a device that must not wait for the host after each.
        There the next stride is begun before the last is collected, and what is not a step is done
        in threads beside. What it raises is no fault of one job: the engine is of no use any more.
        """
        here = self._seats.values()
        memory = self._admission.memory(here) if self._scheduler.waiting else 0
        running = self._scheduler.schedule(memory)
        if self._hands is None:
            self._turns.join(running)
            return self._collected(self._begun(running))
        for job in running:
            painting = self._seats[job].painting
            if not self._hands.have(job, painting) and not painting.is_ready:
                self._hands.go_on(job, painting)
        before, self._turn = self._turn, self._begun(self._first_ready(running))
        events = self._collected(before)
        must_wait = not events and self._turn is None
        return events + self._fetched(self._hands, must_wait=must_wait)

    def _begun(self, ready: Sequence[str]) -> _Turn | None:
        """A stride of the group of `ready` jobs whose turn it is, without waiting for its end."""
        groups = self._groups(ready)
        if not groups:
            return None
        begun = self._clock()
        turn = self._turns.next(list(groups.values()))
        first = self._seats[turn[0]]
        group, work, made = first.group, self._work(turn), first.painting.steps_made
        landed = self._run(turn)
        steps = max(1, first.painting.steps_made - made)
        paintings = {job: self._seats[job].painting for job in turn}
        return _Turn(group, paintings, work, steps, begun, landed)

    def _collected(self, turn: _Turn | None) -> list[Event]:
        """What has become of a turn; those that were dropped meanwhile are not told of."""
        if turn is None:
            return []
        outcomes = dict(zip(turn.paintings, turn.landed(), strict=True))
        here = [job for job, painting in turn.paintings.items() if self._has(job, painting)]
        events = [self._told(job, outcomes[job]) for job in here]
        now = self._clock()
        seconds = now - max(turn.begun, self._landed)
        self._landed = now
        self._learn(turn, here, events, seconds)
        self._let_go(events)
        return events

    def _learn(
        self, turn: _Turn, here: Sequence[str], events: Sequence[Event], seconds: float
    ) -> None:
        """Charge a turn, and take in how long its steps took."""
        self._strides.learn(turn.group, seconds / turn.steps)
        if not here:
            return
        self._turns.charge(here, seconds)
        if turn.work and not any(isinstance(event, Broken) for event in events):
            name = self._prospects.speed_name(self._seats[here[0]])
            self.estimates.learn(name, turn.work, seconds / turn.steps)

    def _tidy(self) -> None:
        if self._captures is not None:
            self._captures.tidy()
            self._backbones.device.free()

    def _painted(self) -> Collection[str]:
        return self._scheduler.running if self._hands is None else self._at_easels

    def _has(self, job: str, painting: Paints) -> bool:
        """Whether a job is still here, and did not come anew."""
        return job in self._seats and self._seats[job].painting is painting

    def _fetched(self, hands: Hands, *, must_wait: bool) -> list[Event]:
        """What was done that is not a step; something is, if it must wait."""
        fetched = hands.fetch(wait_for_one=must_wait)
        here = [(job, outcome) for job, painting, outcome in fetched if self._has(job, painting)]
        events = [self._told(*each) for each in here]
        self._let_go(events)
        return events

    def _first_ready(self, running: Sequence[str]) -> list[str]:
        """Those that are painted now; whoever is at an easel stays there until it is done."""
        left = [job for job in running if not self._seats[job].painting.done]
        staying = [job for job in left if job in self._at_easels]
        ready = [job for job in left if self._is_ready(job)]
        coming = [job for job in ready if job not in self._at_easels]
        self._at_easels = frozenset((staying + coming)[: self._easels])
        here = [job for job in ready if job in self._at_easels]
        self._turns.join(here)
        return here

    def _is_ready(self, job: str) -> bool:
        """Whether a job's next is a step, and no other thread is at it."""
        painting = self._seats[job].painting
        if self._hands is not None and self._hands.have(job, painting):
            return False
        return painting.is_ready

    def _groups(self, running: Sequence[str]) -> dict[Hashable, list[str]]:
        """The running jobs by what their next steps have in common; one that is done goes first."""
        done = [job for job in running if self._seats[job].painting.done]
        groups: dict[Hashable, list[str]] = {}
        for job in done[:1] or running:
            groups.setdefault(self._seats[job].group, []).append(job)
        self._strides.keep(groups)
        if not done:
            # A company of one needs no stack of targets.
            self._companies = {
                group: company
                for group, company in self._companies.items()
                if len(groups.get(group, ())) > (1 if self._hands is None else 0)
            }
        return groups

    def _work(self, turn: Sequence[str]) -> float:
        """Megapixels of the steps in `turn`, 0 for one that is of another kind."""
        seats = [self._seats[job] for job in turn]
        return sum(seat.work for seat in seats if seat.painting.begun and not seat.painting.done)

    def _run(self, turn: Sequence[str]) -> Callable[[], Sequence[Outcome]]:
        """A stride of each job in `turn`, whose fault stays its own; what waits for its end."""
        first = self._seats[turn[0]]
        most = self._strides.of(first.group)
        met = [self._seats[job].painting for job in turn]
        paintings = [painting for painting in met if isinstance(painting, Painting)]
        if len(turn) == 1 and (self._hands is None or first.painting.meets is None):
            outcome = next_of(first.job, first.painting, most)
            assert outcome is not None
            return lambda: [outcome]
        if first.group not in self._companies:
            self._companies[first.group] = Company(first.painting.backbone, self._captures)
        return self._companies[first.group].launch(paintings, most)

    def _told(self, job: str, outcome: Outcome) -> Event:
        if isinstance(outcome, Exception):
            # If the device is lost, that is no fault of this job, and others would fail for it too.
            self._backbones.device.must_live()
            return Broken(job, outcome)
        if isinstance(outcome, Painted):
            return Completed(job, outcome)
        seat = self._seats[job]
        if isinstance(outcome, Preview):
            assert seat.frame is not None
            return Stepped(job, seat.frame, self.seconds_left(job), outcome.jpeg)
        seat.frame = outcome
        return Stepped(job, outcome, self.seconds_left(job), self._preview(seat))

    def _preview(self, seat: Seat) -> bytes | None:
        now, every = self._clock(), self._settings.engine.preview_seconds
        if now - seat.previewed < every or not self._is_ready(seat.job):
            return None
        seat.previewed = now
        if self._hands is None:
            preview = preview_of(seat.job, seat.painting)()
            return None if preview is None else preview.jpeg
        self._hands.draw(seat.job, seat.painting)
        return None

    def _let_go(self, events: Sequence[Event]) -> None:
        """Of the jobs that have ended."""
        for event in events:
            if not isinstance(event, Stepped):
                self.drop(event.job)

    def seconds_left(self, job: str) -> float | None:
        """Until the job is done; see Prospects.seconds_left."""
        return self._prospects.seconds_left(job)
