"""The embedded nats-server: on this machine only, with a port and token kept in the data directory.

It is kept usable without anybody's help: files that it cannot use are moved aside, and whoever
keeps it alive is told when only a fresh start helps it (`EmbeddedServer.ails`).
"""

import asyncio
import contextlib
import signal
from pathlib import Path
from typing import Self

from config.settings import Nats
from jobs.address import Address, read_address
from jobs.errors import QueueAway
from jobs.lifeline import Lifeline
from jobs.server_command import server_command
from jobs.server_files import LOG, STORE, put_back, set_aside
from jobs.server_health import Health
from jobs.server_log import ServerLog, is_bad, is_damage

_STOP_SECONDS = 5.0
_LOOK_SECONDS = 0.02
_HEALTH_SECONDS = 1.0
_REPAIRS = 3


class _Ended(QueueAway):
    """The server ended by itself before it answered."""


class EmbeddedServer:
    """A nats-server that lives as long as this context, or as this process."""

    def __init__(self, settings: Nats, data_dir: Path) -> None:
        self._settings, self._data_dir = settings, data_dir
        self._process: asyncio.subprocess.Process | None = None
        self._health: Health | None = None
        self._lifeline: Lifeline | None = None

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            # Whoever gives up a start is never in the context whose end would stop it.
            await self.stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def address(self) -> Address:
        """Where it listens."""
        return read_address(self._data_dir)

    @property
    def process(self) -> asyncio.subprocess.Process:
        """The child."""
        assert self._process is not None, "the server has not been started"
        return self._process

    async def start(self) -> None:
        """Start the server and wait until it answers; QueueAway if it does not.

        Files that it cannot use are moved aside before that, with a line in the log.
        """
        for _ in range(_REPAIRS):
            await self._repair()
            try:
                await self._launch()
            except _Ended as ended:
                await self._launch_without_store(ended)
            await self._examine()
            if not self._health or not self._health.broken:
                return
            await self.stop()
        # What is still broken, `ails` tells.
        await self._launch()

    async def ails(self) -> str:
        """Wait until the server needs a fresh start to be well; why, in words.

        Whoever awaits this ends the server then, and starts it again.
        """
        while True:
            await asyncio.sleep(_HEALTH_SECONDS)
            if self._process is None or self._process.returncode is not None:
                continue
            if why := await self._examine():
                return why

    async def stop(self) -> None:
        """End the server: SIGTERM, and kill -9 after five seconds."""
        if self._process is not None and self._process.returncode is None:
            await self._end(self._process)
        if self._lifeline is not None:
            self._lifeline.close()
            self._lifeline = None

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()

    @property
    def _folder(self) -> Path:
        return self._data_dir.resolve() / "nats"

    async def _examine(self) -> str:
        """Look at the server's health, which reads files; a disk that fails tells nothing new."""
        if self._health is None:
            return ""
        with contextlib.suppress(OSError):
            return await asyncio.to_thread(self._health.look)
        return ""

    async def _repair(self) -> None:
        """Move aside what the last server could not use."""
        if self._health is not None and self._health.broken:
            broken, self._health = self._health.broken, None
            await asyncio.to_thread(set_aside, broken, self._folder)

    async def _launch(self) -> None:
        """Start the process and wait until it answers. Raises QueueAway, _Ended."""
        command = await asyncio.to_thread(server_command, self._settings, self._data_dir)
        log = ServerLog(self._folder / LOG)
        self._health = Health(self._folder)
        self._lifeline = self._lifeline or Lifeline()
        # A session of its own, so that Ctrl-C reaches those first who still need the queue.
        self._process = await asyncio.create_subprocess_exec(
            # A kill -9 of this process is no reason to leave a message half written.
            *self._lifeline.bind(command, signal.SIGTERM),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            pass_fds=[self._lifeline.reading_end],
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(self._settings.connect_seconds):
                await self._answering()
        except TimeoutError as exc:
            await self.stop()
            raise QueueAway(f"nats-server did not start. {self._last_words(log)}") from exc
        except _Ended as ended:
            raise _Ended(f"nats-server did not start. {self._last_words(log)}") from ended

    async def _launch_without_store(self, ended: _Ended) -> None:
        """Try with an empty store whether it is the files that end the server.

        If it ends all the same they are put back, and what the first try met is raised.
        """
        if not is_damage(ended.detail):
            raise ended
        moved = await asyncio.to_thread(set_aside, [self._folder / STORE], self._folder)
        if not moved:
            raise ended
        try:
            await self._launch()
        except QueueAway:
            await asyncio.to_thread(put_back, moved)
            raise ended from None

    async def _answering(self) -> None:
        host, _, port = self.address.url.removeprefix("nats://").rpartition(":")
        while self.process.returncode is None:
            try:
                reader, writer = await asyncio.open_connection(host, int(port))
            except OSError:
                await asyncio.sleep(_LOOK_SECONDS)
                continue
            greeting = await reader.readline()
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
            if greeting.startswith(b"INFO"):
                return
        raise _Ended("it ended")

    def _last_words(self, log: ServerLog) -> str:
        where = self._folder / LOG
        bad = [line for line in log.news() if is_bad(line)]
        return f"Its log ({where}) ends: {bad[-1]}" if bad else f"Its log would be {where}."
