"""Starting a process again whenever it dies."""

import asyncio
import signal
import time
from dataclasses import dataclass
from typing import NoReturn, Protocol

import structlog

from jobs.errors import JobError

log = structlog.get_logger(__name__)

REFUSED = 2
"""The exit code of a child that only its operator can help: a wrong setting or token."""
_FIRST_SECONDS = 0.2
_LONGEST_SECONDS = 1.0
"""So that with its own start a process is back within five seconds, whatever it dies of."""
_STABLE_SECONDS = 10.0


class Refused(Exception):
    """A child ended because of its settings; its own sentence stands on stderr."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} cannot start for the reason it gives above, so nothing runs now.")
        self.name = name


class Part(Protocol):
    """A process that can be started again when it has died."""

    @property
    def process(self) -> asyncio.subprocess.Process:
        """The process that was started last."""

    async def start(self) -> object:
        """Start it, and return when it can be used; JobError or OSError where it cannot be."""


@dataclass
class Backoff:
    """How long to wait before the next start: 0.2 s, doubled while it dies at once, up to 1 s."""

    _deaths: int = 0

    def after(self, lived: float) -> float:
        """Seconds to wait once the process has died that lived for `lived` seconds."""
        self._deaths = self._deaths + 1 if lived < _STABLE_SECONDS else 1
        return float(min(_FIRST_SECONDS * 2 ** (self._deaths - 1), _LONGEST_SECONDS))


async def keep(name: str, part: Part) -> NoReturn:
    """Start `part`, which is running now, again whenever it ends; Refused at exit code 2."""
    backoff = Backoff()
    while True:
        begun = time.monotonic()
        code = await part.process.wait()
        if code == REFUSED:
            raise Refused(name)
        await _start_again(name, part, _in_words(code), backoff, time.monotonic() - begun)


async def _start_again(name: str, part: Part, what: str, backoff: Backoff, lived: float) -> None:
    while True:
        seconds = backoff.after(lived)
        log.warning(f"{name} {what}", next=f"started again in {seconds:g} s")
        await asyncio.sleep(seconds)
        try:
            await part.start()
        except (JobError, OSError) as error:
            what, lived = f"did not start: {getattr(error, 'detail', '') or error}", 0.0
        else:
            log.info(f"{name} runs again")
            return


def _in_words(code: int) -> str:
    """What asyncio's `returncode` says about an end."""
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"
