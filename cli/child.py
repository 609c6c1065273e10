"""A child of the supervisor: one `atelier` command in a process of its own."""

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Mapping, Sequence
from pathlib import Path

from jobs.lifeline import Lifeline

_UNINSTALLED = "import sys; from cli.main import main; sys.argv = sys.argv[1:]; main()"


def atelier_command(name: str) -> list[str]:
    """The command that runs `atelier NAME`, which shows as that in the list of processes."""
    script = Path(sys.executable).with_name("atelier")
    if script.is_file():
        return [sys.executable, str(script), name]
    return [sys.executable, "-c", _UNINSTALLED, "atelier", name]


class Child:
    """A process that ends with this one; what it writes goes where this one writes."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        lifeline: Lifeline,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        """`command` begins with the path of a program; `variables` join this environment."""
        self.name, self._command, self._lifeline = name, command, lifeline
        self._variables = variables or {}
        self._process: Process | None = None

    @property
    def process(self) -> Process:
        """The process that was started last."""
        assert self._process is not None, f"{self.name} has not been started"
        return self._process

    async def start(self) -> None:
        """Start it. Must run in the main thread: Linux ends it with the thread that started it."""
        # A session of its own, so that Ctrl-C reaches the supervisor alone, which ends it in order.
        self._process = await asyncio.create_subprocess_exec(
            *self._lifeline.bind(self._command),
            stdin=DEVNULL,
            env={**os.environ, **self._variables},
            pass_fds=[self._lifeline.reading_end],
            start_new_session=True,
        )

    async def stop(self, seconds: float) -> None:
        """SIGTERM, and SIGKILL after `seconds`."""
        if self._process is None:
            return
        self.terminate()
        try:
            async with asyncio.timeout(seconds):
                await self._process.wait()
        except TimeoutError:
            self.kill()
            await self._process.wait()

    def terminate(self) -> None:
        """SIGTERM, if it lives."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL, if it lives."""
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)
