"""Keeping nats-server, engine and bot alive, and ending them in order."""

import asyncio
import signal
from collections.abc import Sequence
from typing import NoReturn

import structlog

from cli.child import Child
from cli.keeping import keep
from jobs.server import EmbeddedServer

log = structlog.get_logger(__name__)

_GRACE_SECONDS = 7.0
_SERVER_GRACE_SECONDS = 2.0  # it has no client left by then
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class _Server:
    """The embedded server as a part; where it must take another port, its clients start anew."""

    def __init__(self, server: EmbeddedServer, clients: Sequence[Child]) -> None:
        self._server, self._clients = server, clients

    @property
    def process(self) -> asyncio.subprocess.Process:
        return self._server.process

    async def start(self) -> None:
        before = self._server.address
        await self._server.start()
        if self._server.address != before:
            for client in self._clients:
                client.terminate()


class Supervisor:
    """Starts the server, then the children; starts again what dies; ends the server last."""

    def __init__(self, server: EmbeddedServer | None, children: Sequence[Child]) -> None:
        """Without `server` the queue is elsewhere."""
        self._server, self._children = server, children
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Run until SIGTERM, SIGINT or SIGHUP; a second one ends the children without grace.

        Raises JobError where the server does not start at first, and Refused where a child ends
        with exit code 2. Whichever it is, no process is left.
        """
        for number in _SIGNALS:
            asyncio.get_running_loop().add_signal_handler(number, self._signalled)
        life = asyncio.create_task(self._live(), name="life of the children")
        stop = asyncio.create_task(self._stop.wait(), name="wait for a signal")
        try:
            await asyncio.wait({life, stop}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stop.cancel()
            life.cancel()
            await asyncio.wait({life, stop})
            await self._end()
        if not life.cancelled():
            life.result()

    def _signalled(self) -> None:
        if self._stop.is_set():
            for child in self._children:
                child.kill()
        self._stop.set()

    async def _live(self) -> None:
        """Start everything and keep it alive, until this is cancelled or a child refuses."""
        if self._server:
            await self._server.start()
        for child in self._children:
            await child.start()
        keeping = [keep(child.name, child) for child in self._children]
        if self._server:
            keeping.append(keep("nats-server", _Server(self._server, self._children)))
            keeping.append(_freshen(self._server))
        try:
            async with asyncio.TaskGroup() as group:
                for one in keeping:
                    group.create_task(one)
        except ExceptionGroup as several:
            raise several.exceptions[0] from several

    async def _end(self) -> None:
        """End the children side by side, and the server once nobody needs it."""
        await asyncio.gather(*(child.stop(_GRACE_SECONDS) for child in self._children))
        if self._server is None:
            return
        try:
            async with asyncio.timeout(_SERVER_GRACE_SECONDS):
                await self._server.stop()
        except TimeoutError:
            self._server.process.kill()
            await self._server.process.wait()


async def _freshen(server: EmbeddedServer) -> NoReturn:
    """End the server whenever only a fresh start helps it; it is started again like a dead one."""
    while True:
        why = await server.ails()
        log.warning("nats-server needs a fresh start", why=why)
        await server.stop()
