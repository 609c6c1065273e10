"""The engine's side of the line: which job is taken next, and what ends before it is painted."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterator

from nats.aio.msg import Msg

from config.settings import Queue
from jobs.broker import names
from jobs.broker.bell import Bell
from jobs.broker.jetstream import JetStream
from jobs.broker.layout import lanes
from jobs.broker.lease import Lease
from jobs.broker.line import stop
from jobs.broker.poison import Starts
from jobs.broker.reading import Unreadable, read_job
from jobs.broker.results import Results
from jobs.failpoints import Act, around
from jobs.job import JobClass, StyleJob

_REMEMBERED = 1000
_LETTING_GO_SECONDS = 1.0


class Intake:
    """Takes jobs for one engine."""

    def __init__(self, connection: JetStream, settings: Queue, results: Results) -> None:
        self._connection, self._settings, self._results = connection, settings, results
        self._starts = Starts(connection)
        self._bell = Bell(connection, names.ALL_BELLS, self._on_ring)
        self._open = False
        self._lanes: dict[JobClass, list[int]] = {}
        self._taken = 0
        self._leases: dict[str, Lease] = {}
        self._cancelled: OrderedDict[str, None] = OrderedDict()

    async def take(self) -> Lease | None:
        """The next job, None if there is none now. Raises QueueAway.

        Lane 0 first, of each lane pictures before sheets; every `fair_every`-th time from the back,
        so that nobody starves.
        """
        taking = self._connection.start(self._take(), "take a job")
        try:
            return await asyncio.shield(taking)
        except asyncio.CancelledError:
            await self._let_go(taking)
            raise

    async def doorbell(self, seconds: float) -> None:
        """Return when a job has come, or after `seconds`."""
        await self._bell.wait(seconds)

    async def _let_go(self, taking: "asyncio.Task[Lease | None]") -> None:
        """A job that arrives for a task which no longer wants it goes straight back."""
        await asyncio.wait({taking}, timeout=_LETTING_GO_SECONDS)
        if not taking.done():
            taking.cancel()
        elif not taking.cancelled() and not taking.exception() and (lease := taking.result()):
            await lease.hand_back(_LETTING_GO_SECONDS)

    async def _take(self) -> Lease | None:
        await self._listen()
        return await self._bell.look(self._look)

    async def _listen(self) -> None:
        """Hear cancels and rings before the first pull, so that none is missed."""
        if not self._open:
            await self._connection.listen(names.ALL_CANCELS, self._on_cancel)
            await self._bell.hang()
            self._connection.after_reconnect(self._find_lanes)
            self._open = True
        if not any(self._lanes.values()):
            await self._find_lanes()

    async def _find_lanes(self) -> None:
        """The lanes that exist, also those that only other settings than ours know."""
        self._lanes = {
            job_class: await lanes(self._connection, job_class) for job_class in JobClass
        }

    def _on_ring(self, payload: bytes) -> None:
        if payload and not any(int(payload) in known for known in self._lanes.values()):
            self._lanes = {}

    async def _on_cancel(self, message: Msg) -> None:
        job_id = names.last_token(message.subject)
        lease = self._leases.get(job_id)
        if lease is None:
            # It may be on its way to us this moment.
            self._cancelled[job_id] = None
            while len(self._cancelled) > _REMEMBERED:
                self._cancelled.popitem(last=False)
            return
        lease.cancelled.set()
        if message.reply:
            await self._connection.publish(message.reply, b"painting")

    async def _look(self) -> Lease | None:
        for consumer in self._consumers():
            while (message := await self._connection.pull(names.JOBS, consumer)) is not None:
                with around(Act.FETCH_JOB):
                    lease = await self._lease(message)
                if lease is not None:
                    self._taken += 1
                    return lease
        return None

    def _consumers(self) -> Iterator[str]:
        from_the_back = (self._taken + 1) % self._settings.fair_every == 0
        lanes = [(job_class, lane) for job_class, known in self._lanes.items() for lane in known]
        for job_class, lane in sorted(lanes, key=lambda one: stop(*one), reverse=from_the_back):
            yield names.lane_consumer(job_class, lane)

    async def _lease(self, message: Msg) -> Lease | None:
        """The lease of a job that is to be painted; None where the job is dealt with already."""
        job = read_job(message.data)
        if isinstance(job, Unreadable):
            await self._results.conclude(job.bot, job.failed)
        if not isinstance(job, StyleJob):
            await self._connection.acknowledge(message)
            return None
        if job.id in self._leases:
            # The server lost sight of us, and gives us what we are painting. Its lease goes on, as
            # all that a lease tells the server names the job and not the delivery.
            return None
        if await self._results.is_concluded(job.bot, job.id):
            await self._starts.clear(job.id)
            await self._connection.acknowledge(message)
            return None
        return self._new_lease(message, job, await self._starts.count(job.id))

    def _new_lease(self, message: Msg, job: StyleJob, deaths: int) -> Lease:
        lease = Lease(
            self._connection,
            self._results,
            self._starts,
            message=message,
            job=job,
            deaths=deaths,
            lease_seconds=self._settings.lease_seconds,
            on_end=lambda: self._forget(job.id),
        )
        if job.id in self._cancelled:
            del self._cancelled[job.id]
            lease.cancelled.set()
        self._leases[job.id] = lease
        return lease

    def _forget(self, job_id: str) -> None:
        self._leases.pop(job_id, None)
