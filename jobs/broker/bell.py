"""A doorbell: something may have come. Without a ring one looks now and then all the same."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from jobs.broker.connection import Connection

T = TypeVar("T")

_LOOKS = 4
_BETWEEN_SECONDS = 0.02


class Bell:
    """Hears the rings on a subject, once it hangs."""

    def __init__(
        self, connection: Connection, subject: str, on_ring: Callable[[bytes], None] | None = None
    ) -> None:
        self._connection, self._subject, self._tell = connection, subject, on_ring
        self._rung = asyncio.Event()
        self._look_again = False
        self._ears: Subscription | None = None

    @property
    def hangs(self) -> bool:
        """Whether rings are heard."""
        return self._ears is not None

    async def hang(self) -> None:
        """Hear rings from now on."""
        if self._ears is None:
            self._ears = await self._connection.listen(self._subject, self._on_ring)

    async def take_down(self) -> None:
        """Hear rings no more."""
        if self._ears is not None:
            await self._connection.unlisten(self._ears)
            self._ears = None

    async def _on_ring(self, message: Msg) -> None:
        if self._tell is not None:
            self._tell(message.data)
        self._rung.set()

    async def wait(self, seconds: float) -> None:
        """Return after a ring, or after `seconds` without one."""
        try:
            # Not wait_for, which before Python 3.12 swallows a cancel that comes with the ring.
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        except TimeoutError:
            self._look_again = False
        else:
            self._look_again = True
            self._rung.clear()

    async def look(self, look: Callable[[], Awaitable[T | None]]) -> T | None:
        """What `look` finds. After a ring it is asked up to four times, 20 ms apart.

        A pull right behind the acknowledged publish can miss the message.
        """
        for again in range(_LOOKS if self._look_again else 1):
            if again:
                await asyncio.sleep(_BETWEEN_SECONDS)
            if (found := await look()) is not None:
                return found
        self._look_again = False
        return None
