"""A lease: a job that is this engine's to paint, for as long as the engine shows life."""

import asyncio
import logging
from collections.abc import Callable
from types import TracebackType
from typing import Self

from nats.aio.msg import Msg

from jobs.broker import names, poison
from jobs.broker.jetstream import JetStream
from jobs.broker.keeping import Keeper
from jobs.broker.poison import Starts
from jobs.broker.results import Results
from jobs.errors import QueueAway
from jobs.events import Result
from jobs.failpoints import Act, around
from jobs.job import StyleJob

log = logging.getLogger(__name__)

_ANSWER_PATIENCE = 600.0
"""A painting has cost much, so its answer outlasts a queue that is away for ten minutes."""
_LEAVING_PATIENCE = 2.0


class Lease:
    """A job to paint, and how to end it.

    As an async context it keeps the lease and counts the start. Left by a cancelled task it is
    handed back. Left without `answer` or `hand_back` in any other way, it counts as a start that
    died, and the job is delivered again at once.
    """

    def __init__(
        self,
        connection: JetStream,
        results: Results,
        starts: Starts,
        *,
        message: Msg,
        job: StyleJob,
        deaths: int,
        lease_seconds: float,
        on_end: Callable[[], None],
    ) -> None:
        self.job = job
        self.deaths = deaths
        """Earlier starts that died."""
        self.cancelled = asyncio.Event()
        """Set when the member wants it stopped."""
        self._connection, self._results, self._starts = connection, results, starts
        self._message = message
        self._keeper = Keeper(connection, message, lease_seconds / 3)
        self._on_end = on_end
        self._started = self._settled = False

    @property
    def alone(self) -> bool:
        """Whether it must not share the engine with other jobs."""
        return poison.must_run_alone(self.deaths)

    def keep(self) -> None:
        """Keep it from now on without a start, for a job that has to wait here."""
        self._keeper.start(f"keep the lease of {self.job.id}")

    async def __aenter__(self) -> Self:
        """Raises QueueAway if the start cannot be counted; the lease is then to be left alone."""
        self.keep()
        try:
            with around(Act.COUNT_START):
                await self._starts.set(self.job.id, self.deaths + 1)
        except BaseException:
            self._end()
            raise
        self._started = True
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if self._settled:
                return
            if isinstance(error, asyncio.CancelledError):
                await self.hand_back(_LEAVING_PATIENCE)
            else:
                await self._connection.hand_back(self._message, patience=_LEAVING_PATIENCE)
        except QueueAway:
            log.warning("queue: job %s goes on when its lease has ended", self.job.id)
        finally:
            self._end()

    async def answer(self, result: Result) -> None:
        """Store how the job ended, once, and end the job. Raises QueueAway after ten minutes."""
        try:
            with around(Act.STORE_RESULT):
                await self._results.conclude(self.job.bot, result, _ANSWER_PATIENCE)
        except BaseException:
            if not self._started:
                # No context ends it, and a lease that never ends would refuse the job for ever.
                self._end()
            raise
        self._settled = True
        try:
            with around(Act.CLEAR_STARTS):
                await self._starts.clear(self.job.id)
            with around(Act.ACK_JOB):
                await self._connection.acknowledge(self._message)
        except QueueAway:
            # Its result is stored, so whoever gets the job again ends it without painting.
            log.warning("queue: job %s is answered, and ends when it comes again", self.job.id)
        self._end()

    async def hand_back(self, patience: float | None = None) -> None:
        """Let another engine have the job now; that is no death. Raises QueueAway."""
        if self._started:
            await self._starts.set(self.job.id, self.deaths)
        await self._connection.hand_back(self._message, patience=patience)
        self._settled = True
        self._end()
        await self._connection.publish(names.bell_subject(self.job.job_class))

    def _end(self) -> None:
        self._keeper.stop()
        self._on_end()
