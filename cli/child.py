"""A child of the supervisor: one `atelier` command in a process of its own."""

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Sequence
from pathlib import Path
from typing import Self

_EXEC = Path(__file__).with_name("child_exec.py")
_UNINSTALLED = "import sys; from cli.main import main; sys.argv = sys.argv[1:]; main()"


def atelier_command(name: str) -> list[str]:
    """The command that runs `atelier NAME`, which shows as that in the list of processes."""
    script = Path(sys.executable).with_name("atelier")
    if script.is_file():
        return [sys.executable, str(script), name]
    return [sys.executable, "-c", _UNINSTALLED, "atelier", name]


class Child:
    """A process that ends with this one; what it writes goes where this one writes."""

    def __init__(self, name: str, command: Sequence[str], lifeline: "Lifeline") -> None:
        """`command` begins with the path of a program."""
        self.name, self._command, self._lifeline = name, command, lifeline
        self._process: Process | None = None

    @property
    def process(self) -> Process:
        """The process that was started last."""
        assert self._process is not None, f"{self.name} has not been started"
        return self._process

    async def start(self) -> None:
        """Start it. Must run in the main thread: Linux ends it with the thread that started it."""
        parent, pipe = str(os.getpid()), self._lifeline.reading_end
        # A session of its own, so that Ctrl-C reaches the supervisor alone, which ends it in order.
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", str(_EXEC), parent, str(pipe), *self._command),
            stdin=DEVNULL,
            pass_fds=[pipe],
            start_new_session=True,
        )

    async def stop(self, seconds: float) -> None:
        """SIGTERM, and SIGKILL after `seconds`."""
        if self._process is None:
            return
        self.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), seconds)
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


class Lifeline:
    """A pipe whose writing end only this process holds: it closes when this process dies."""

    def __init__(self) -> None:
        self.reading_end, self._writing_end = os.pipe()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.reading_end)
        os.close(self._writing_end)
