"""The line: a job goes into its user's first free lane and is served lane by lane.

A stream holds one job a subject, and a user has one subject a lane, so the server itself sees to it
that a user's nth unfinished job stands in lane n (from 0), behind everyone's first, and that nobody
has more jobs than there are lanes. Each class has lanes of its own, and a user's jobs count
together: a lane in which they have one of another class is left out. Of one lane, pictures are
served before sheets.
"""

import asyncio
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum

from nats.aio.msg import Msg

from config.settings import Queue
from jobs.broker import names
from jobs.broker.jetstream import JetStream, Refused
from jobs.broker.presence import Presence
from jobs.broker.reading import left_after, read_job, sequence_of, subject_of
from jobs.errors import QueueFull, TooManyWaiting
from jobs.job import JobClass, StyleJob

_FULL = 10077  # what is full only the description says; a disk may be, too
_LANE_FULL = "maximum messages per subject exceeded"
_LINE_FULL = "maximum messages exceeded"
_PAGE = 256
_ENGINE_SECONDS = 0.25


@dataclass(frozen=True)
class Ticket:
    """A job is in the queue. `duplicate` if it was before this call."""

    job_id: str
    lane: int
    sequence: int
    duplicate: bool


@dataclass(frozen=True)
class Waiting:
    """An unfinished job and where it stands."""

    job: StyleJob
    lane: int
    sequence: int
    painting: bool = False
    """Whether an engine has said that it paints it."""

    @property
    def stop(self) -> tuple[int, int]:
        """How far from the front of the line; see `stop`."""
        return stop(self.job.job_class, self.lane)


class Stopped(Enum):
    """What a cancel met."""

    NOTHING = "nothing"
    """No such job is unfinished."""
    QUEUED = "queued"
    """It waited: nobody else will tell its end, so the caller does (`Broker.conclude`)."""
    PAINTING = "painting"
    """An engine paints it, and will tell its end."""

    def __bool__(self) -> bool:
        """Whether there was something to cancel."""
        return self is not Stopped.NOTHING


class Line:
    """The jobs that wait or are painted."""

    def __init__(self, connection: JetStream, settings: Queue, presence: Presence) -> None:
        self._connection, self._settings, self._presence = connection, settings, presence

    async def submit(self, job: StyleJob) -> Ticket:
        """Put `job` into the line, once however often it is submitted.

        The server remembers an id for two minutes; after that the user's unfinished jobs are looked
        through. A job that has been answered meanwhile is not painted again (see `Bench.take`).
        Raises TooManyWaiting, QueueFull, QueueAway.
        """
        unfinished = await self._of_user(job.user)
        for known in unfinished:
            if known.job.id == job.id:
                return Ticket(job.id, known.lane, known.sequence, duplicate=True)
        data = job.model_dump_json().encode()
        # Of its own class the server knows better, since a lane may be free by now.
        others = {one.lane for one in unfinished if one.job.job_class is not job.job_class}
        for lane in range(self._settings.waiting_per_member):
            if lane in others:
                continue
            try:
                ack = await self._connection.store(
                    names.job_subject(job.job_class, lane, job.user), data, {"Nats-Msg-Id": job.id}
                )
            except Refused as refused:
                if refused.reason == _FULL and refused.description == _LANE_FULL:
                    continue
                if refused.reason == _FULL and refused.description == _LINE_FULL:
                    raise QueueFull from refused
                raise
            await self._connection.publish(names.bell_subject(job.job_class), str(lane).encode())
            return Ticket(job.id, lane, ack["seq"], bool(ack.get("duplicate")))
        raise TooManyWaiting(self._settings.waiting_per_member)

    async def all(self) -> list[Waiting]:
        """Every unfinished job in the order of service, as far as it can be foreseen."""
        painting = await self._presence.painting()
        waiting = [
            replace(one, painting=one.job.id in painting) for one in await self._of_everyone()
        ]
        return order_of_service(waiting, self._settings.fair_every)

    async def cancel(self, job_id: str, user: str | None) -> Stopped:
        """Have a job stopped and never taken again; `user` spares a look through the whole line.

        The stored job is deleted before engines are told, so that none takes it afterwards; one
        that has just taken it hears the message. A caller that dies in between calls again.
        Raises QueueAway.
        """
        candidates = await (self._of_user(user) if user else self._of_everyone())
        found = [one.sequence for one in candidates if one.job.id == job_id]
        deleted = [await self._delete(sequence) for sequence in found]
        if await self._is_painted(job_id):
            return Stopped.PAINTING
        return Stopped.QUEUED if any(deleted) else Stopped.NOTHING

    async def _is_painted(self, job_id: str) -> bool:
        """Tell the engines to stop the job; whether one answers that it paints it."""
        answered = asyncio.Event()

        async def heard(message: Msg) -> None:
            # Where no engine listens, the server answers, without data.
            if message.data:
                answered.set()

        inbox = self._connection.client.new_inbox()
        ears = await self._connection.listen(inbox, heard)
        try:
            await self._connection.tell(names.cancel_subject(job_id), reply=inbox)
            async with asyncio.timeout(_ENGINE_SECONDS):
                await answered.wait()
        except TimeoutError:
            return False
        finally:
            await self._connection.unlisten(ears)
        return True

    async def _delete(self, sequence: int) -> bool:
        try:
            await self._connection.api(f"STREAM.MSG.DELETE.{names.JOBS}", {"seq": sequence})
        except Refused as refused:
            if not refused.is_missing:
                raise
            return False
        return True

    async def _of_user(self, user: str) -> list[Waiting]:
        request = {"multi_last": [names.user_filter(user)], "batch": _PAGE}
        return _readable(await self._connection.read(names.JOBS, request))

    async def _of_everyone(self) -> list[Waiting]:
        """All stored jobs by sequence, read page by page."""
        found, start = list[Waiting](), 1
        while True:
            request = {"next_by_subj": "jobs.>", "seq": start, "batch": _PAGE}
            page = await self._connection.read(names.JOBS, request)
            found.extend(_readable(page))
            if not page or not left_after(page[-1]):
                return found
            start = sequence_of(page[-1]) + 1


def _readable(page: list[Msg]) -> list[Waiting]:
    return [
        Waiting(job, names.lane_of(subject_of(stored)), sequence_of(stored))
        for stored in page
        if isinstance(job := read_job(stored.data), StyleJob)
    ]


def stop(job_class: JobClass, lane: int) -> tuple[int, int]:
    """Where a lane of a class is on the way from the front of the line to its back: sort by it.

    Lane by lane, and in each the classes in the order of their enum. So a sheet, which is quicker
    than most pictures, waits for everyone's first picture and goes before anyone's second.
    """
    return lane, list(JobClass).index(job_class)


def order_of_service(waiting: Iterable[Waiting], fair_every: int) -> list[Waiting]:
    """`waiting` as one engine would take it: first what is painted, then stop by stop.

    Every `fair_every`-th comes from the last stop. Where an engine stands in that count is not
    known here, so the order is what to expect, and not a promise.
    """
    ordered = sorted(waiting, key=lambda one: (not one.painting, one.stop, one.sequence))
    painting = [one for one in ordered if one.painting]
    stops: dict[tuple[int, int], deque[Waiting]] = {}
    for one in ordered[len(painting) :]:
        stops.setdefault(one.stop, deque()).append(one)
    served = painting
    turn = 0
    while stops:
        turn += 1
        here = max(stops) if turn % fair_every == 0 else min(stops)
        served.append(stops[here].popleft())
        if not stops[here]:
            del stops[here]
    return served
