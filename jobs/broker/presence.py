"""Which engines live, and what they paint: from the beats that they send."""

import asyncio
import logging

from nats.aio.msg import Msg
from pydantic import ValidationError

from jobs.broker import names
from jobs.broker.connection import Connection
from jobs.events import Beat

log = logging.getLogger(__name__)

HEARD_SECONDS = 6.0
"""An engine that has not beaten for so long is not counted."""
_ROLLCALL_SECONDS = 0.25


class Presence:
    """Sends this engine's beats, or listens to everyone's."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._heard: dict[str, tuple[asyncio.TimerHandle, Beat]] = {}
        self._own: Beat | None = None
        self._listening: asyncio.Task[None] | None = None
        self._answering = False

    async def beat(self, beat: Beat) -> None:
        """Tell that this engine lives; whoever asks later is told the same until the next beat."""
        self._own = beat
        if not self._answering:
            await self._connection.listen(names.ROLLCALL, self._on_rollcall)
            self._answering = True
        await self._send()

    async def engines(self) -> list[Beat]:
        """The engines heard of within the last six seconds, by name."""
        if self._listening is None:
            self._listening = self._connection.start(self._listen(), "listen to engines")
        # Whoever asks meanwhile waits for the same roll call.
        await asyncio.shield(self._listening)
        return [self._heard[name][1] for name in sorted(self._heard)]

    async def painting(self) -> frozenset[str]:
        """Ids of the jobs that are painted now."""
        return frozenset(job for beat in await self.engines() for job in beat.painting)

    async def _listen(self) -> None:
        try:
            await self._connection.listen(names.ALL_BEATS, self._on_beat)
        except BaseException:
            self._listening = None
            raise
        await self._connection.publish(names.ROLLCALL)
        await asyncio.sleep(_ROLLCALL_SECONDS)

    async def _send(self) -> None:
        if self._own is not None:
            data = self._own.model_dump_json().encode()
            await self._connection.publish(names.beat_subject(self._own.engine), data)

    async def _on_rollcall(self, _: Msg) -> None:
        await self._send()

    async def _on_beat(self, message: Msg) -> None:
        try:
            beat = Beat.model_validate_json(message.data)
        except ValidationError:
            log.debug("queue: a beat of another version on %s is left out", message.subject)
            return
        if known := self._heard.get(beat.engine):
            known[0].cancel()
        # A timer, and no clock that whoever asks would read: SimCord shows callbacks another one.
        loop = asyncio.get_running_loop()
        forget = loop.call_later(HEARD_SECONDS, self._heard.pop, beat.engine)
        self._heard[beat.engine] = (forget, beat)
