"""When each job will be done, given its company: pure arithmetic."""

from collections import Counter, defaultdict, deque
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Stage:
    """A stretch of a job: steps that cost the same."""

    group: Hashable
    """Jobs that are at stages of one group make their steps at once."""
    seconds: float
    """What this job's step adds to its group's."""
    steps: int = 1
    overhead: float = 0.0
    """What a step of the group costs beside, once for all."""


@dataclass
class _Runner:
    stages: deque[Stage]
    left: float
    """Steps of the first stage."""


def seconds_until_done(
    running: Mapping[str, Sequence[Stage]],
    waiting: Mapping[str, Sequence[Stage]] | None = None,
    slots: int = 1,
) -> dict[str, float]:
    """Seconds from now on, a job. Jobs share the time equally; a slot that is free is filled."""
    ahead = deque((waiting or {}).items())
    here: dict[str, _Runner] = {}
    done: dict[str, float] = {}
    now = 0.0
    for job, stages in running.items():
        _enter(job, stages, here, done, now)
    while True:
        while ahead and len(here) < max(1, slots):
            _enter(*ahead.popleft(), here, done, now)
        if not here:
            return done
        paces = _paces(here)
        now += (passed := min(runner.left * paces[job] for job, runner in here.items()))
        for job, runner in list(here.items()):
            runner.left -= passed / paces[job] if paces[job] > 0 else runner.left
            if runner.left <= 1e-9:
                runner.stages.popleft()
                _enter(job, here.pop(job).stages, here, done, now)


def _enter(
    job: str,
    stages: Sequence[Stage],
    here: dict[str, _Runner],
    done: dict[str, float],
    now: float,
) -> None:
    """Let a job go on with the first of `stages` that has steps, or be done."""
    left = deque(stage for stage in stages if stage.steps > 0)
    if left:
        here[job] = _Runner(left, left[0].steps)
    else:
        done[job] = now


def _paces(here: Mapping[str, _Runner]) -> dict[str, float]:
    """Seconds that pass from a job's step to its next, while the other groups have their turns."""
    own, overhead = defaultdict[Hashable, float](float), defaultdict[Hashable, float](float)
    members = Counter(runner.stages[0].group for runner in here.values())
    for runner in here.values():
        stage = runner.stages[0]
        own[stage.group] += stage.seconds
        overhead[stage.group] = max(overhead[stage.group], stage.overhead)
    # A group has as much of the time as it has of the jobs.
    turns = {
        group: len(here) / count * (own[group] + overhead[group])
        for group, count in members.items()
    }
    return {job: turns[runner.stages[0].group] for job, runner in here.items()}
