"""What happens to jobs now: told to whoever listens, and kept nowhere."""

import asyncio
import logging
from collections import deque
from types import TracebackType
from typing import Self

from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from pydantic import ValidationError

from jobs.broker import names
from jobs.broker.connection import Connection
from jobs.events import LIVE, Progress, Started

log = logging.getLogger(__name__)

_BUFFERED = 256


async def publish_live(connection: Connection, event: Started | Progress) -> None:
    """Tell that a job was started or goes on; lost where the queue is away."""
    data = event.model_dump_json().encode()
    await connection.publish(names.progress_subject(event.job), data)


class Feed:
    """The events of all jobs from now on, without end.

    As an async context it listens from its entry; otherwise from the first `anext`. A reader that
    is more than 256 events behind misses the oldest.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._buffer: deque[bytes] = deque(maxlen=_BUFFERED)
        self._something = asyncio.Event()
        self._ears: Subscription | None = None

    async def __aenter__(self) -> Self:
        await self._listen()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Started | Progress:
        await self._listen()
        while True:
            while not self._buffer:
                self._something.clear()
                await self._something.wait()
            data = self._buffer.popleft()
            try:
                return LIVE.validate_json(data)
            except ValidationError:
                log.debug("queue: an event of another version is left out")

    async def aclose(self) -> None:
        """Listen no more."""
        if self._ears is not None:
            await self._connection.unlisten(self._ears)
            self._ears = None

    async def _listen(self) -> None:
        if self._ears is None:
            self._ears = await self._connection.listen(names.ALL_PROGRESS, self._on_event)

    async def _on_event(self, message: Msg) -> None:
        self._buffer.append(message.data)
        self._something.set()
