"""Keeping a message: 'still at it' to the server now and then, so that it goes to nobody else."""

import asyncio

from nats.aio.msg import Msg

from jobs.broker.connection import Connection


class Keeper:
    """Tells the server every `interval` seconds that `message` is being worked on."""

    def __init__(
        self, connection: Connection, message: Msg, interval: float, longest: float | None = None
    ) -> None:
        self._message = message
        self._connection, self._interval, self._longest = connection, interval, longest
        self._task: asyncio.Task[None] | None = None

    def start(self, name: str) -> None:
        """Begin, once; it ends by `stop`, with the connection or after `longest` seconds."""
        if not self.is_keeping:
            self._task = self._connection.start(self._keep(), name)

    def stop(self) -> None:
        """Let the server count again."""
        if self._task is not None:
            self._task.cancel()

    @property
    def is_keeping(self) -> bool:
        """Whether the server is still told."""
        return self._task is not None and not self._task.done()

    async def _keep(self) -> None:
        loop = asyncio.get_running_loop()
        end = None if self._longest is None else loop.time() + self._longest
        while end is None or loop.time() < end:
            await asyncio.sleep(self._interval)
            # Lost with the connection it is no loss: the next one comes soon enough.
            await self._connection.publish(self._message.reply, b"+WPI")
