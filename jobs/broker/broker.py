"""The broker: all that bot and engine ask of the queue."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from config.settings import Queue
from jobs.address import Address
from jobs.broker.connection import where
from jobs.broker.intake import Intake
from jobs.broker.jetstream import JetStream, Refused, open_jetstream
from jobs.broker.layout import lay_out
from jobs.broker.lease import Lease
from jobs.broker.line import Line, Stopped, Ticket, Waiting
from jobs.broker.presence import Presence
from jobs.broker.progress import Feed, publish_live
from jobs.broker.results import Delivery, Results
from jobs.broker.store import PictureStore
from jobs.errors import QueueAway, QueueDiskFull
from jobs.events import Beat, Progress, Result, Started
from jobs.job import StyleJob

log = logging.getLogger(__name__)


class Broker:
    """A connected queue. Every call may raise QueueAway, after some ten seconds of waiting."""

    def __init__(self, connection: JetStream, settings: Queue) -> None:
        self._connection = connection
        self._results = Results(connection)
        self._presence = Presence(connection)
        self._line = Line(connection, settings, self._presence)
        self._intake = Intake(connection, settings, self._results)
        self.store = PictureStore(connection, settings)

    @classmethod
    @asynccontextmanager
    async def connect(
        cls, address: Address, settings: Queue, *, name: str, connect_seconds: float
    ) -> AsyncIterator["Broker"]:
        """A broker for the queue at `address`, whose server knows this process as `name`.

        Raises QueueAway within `connect_seconds` where no queue answers, it refuses the token or
        has no JetStream (`detail` says which), QueueTooOld where the server lacks what is needed.
        One whose disk is full is set up when it has been started anew.
        """
        end = asyncio.get_running_loop().time() + connect_seconds
        async with open_jetstream(address, name, connect_seconds) as connection:
            set_up = partial(lay_out, connection, settings)
            try:
                async with asyncio.timeout_at(end):
                    await set_up()
            except QueueDiskFull as full:
                # What was set up before can be used, and members can be told.
                log.error("queue: no room on its disk to set it up: %s", full.detail)
            except Refused:
                raise
            except (TimeoutError, QueueAway) as exc:
                raise QueueAway(
                    f"The queue at {where(address.url)} answers, but cannot be set up within "
                    f"{connect_seconds:g} seconds. Does its nats-server run with --jetstream?"
                ) from exc
            # A server that came back with an empty disk is set up anew.
            connection.after_reconnect(set_up)
            yield cls(connection, settings)

    @property
    def is_connected(self) -> bool:
        """Whether the queue is there at this moment."""
        return self._connection.is_connected

    async def gone(self) -> None:
        """Return when the connection has ended for good; the process should then start anew."""
        await self._connection.gone()

    # The bot's side

    async def submit(self, job: StyleJob) -> Ticket:
        """Put `job` into the line; the same id twice is the same job.

        Raises TooManyWaiting, QueueFull.
        """
        return await self._line.submit(job)

    async def line(self) -> list[Waiting]:
        """The unfinished jobs in the order of service, those that are painted included."""
        return await self._line.all()

    async def cancel(self, job_id: str, user: str | None = None) -> Stopped:
        """Stop a job for good. Where it was queued, the caller concludes it.

        `user` (who asked for the job) spares a look through the whole line.
        """
        return await self._line.cancel(job_id, user)

    async def conclude(self, bot: str, result: Result) -> bool:
        """Store how a job of `bot` ended; False if another end was stored before, which stands."""
        return await self._results.conclude(bot, result)

    async def is_concluded(self, bot: str, job_id: str) -> bool:
        """Whether the end of a job of `bot` is stored, and not yet acknowledged."""
        return await self._results.is_concluded(bot, job_id)

    def live(self) -> Feed:
        """Events of all jobs from now on; see `Feed`."""
        return Feed(self._connection)

    def results(self, bot: str) -> AsyncIterator[Delivery]:
        """The results for `bot`, without end, each until it is acknowledged."""
        return self._results.deliveries(bot)

    async def engines(self) -> list[Beat]:
        """The engines that live, by their last beat."""
        return await self._presence.engines()

    # The engine's side

    async def take(self) -> Lease | None:
        """The next job, None if there is none now."""
        return await self._intake.take()

    async def doorbell(self, timeout: float) -> None:  # noqa: ASYNC109  # it is a wait, no limit
        """Return when a job has come, or after `timeout` seconds."""
        await self._intake.doorbell(timeout)

    async def publish_live(self, event: Started | Progress) -> None:
        """Tell whoever listens that a job was started or goes on."""
        await publish_live(self._connection, event)

    async def beat(self, beat: Beat) -> None:
        """Show life; to be sent every two seconds or so."""
        await self._presence.beat(beat)
