"""Who stands where in the line, and when each picture will be ready."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.estimates import megapixel_steps, seconds_until_done
from jobs.broker import Waiting
from jobs.events import Beat
from jobs.job import StyleJob

_RUNNING_SHARE = 0.5
"""A job that is being painted is, for want of better knowledge, half done."""


@dataclass(frozen=True)
class Standing:
    """A job's place."""

    job: StyleJob
    number: int | None
    """1: the next to be painted; None: it is painted now."""
    seconds: float | None
    """Until its picture is ready, as far as that is known."""


def standings(
    line: Sequence[Waiting], engines: Sequence[Beat], painting: Collection[str] = ()
) -> list[Standing]:
    """The places of `line`, which is in the order of service.

    `painting` are jobs that are known to be painted beyond what the engines have said so far.
    """
    running = {job for beat in engines for job in beat.painting}.union(painting)
    standing, ahead, number = list[Standing](), 0.0, 0
    for waiting in line:
        job = waiting.job
        work = sum(megapixel_steps(recipe, job.canvas) for recipe in job.recipes)
        if job.id in running:
            left = work * _RUNNING_SHARE
            standing.append(Standing(job, None, seconds_until_done(0, left, engines)))
            ahead += left
            continue
        number += 1
        seconds = seconds_until_done(ahead, work, engines)
        standing.append(Standing(job, number, seconds))
        ahead += work
    return standing
