"""One act at a time in a simulated Discord, at the time of day."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import simcord
import structlog

log = structlog.get_logger(__name__)


class Turns:
    """Lets whoever acts in `env` wait for their turn, since SimCord refuses two at once."""

    def __init__(self, env: simcord.Env) -> None:
        self._env = env
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def take(self) -> AsyncIterator[None]:
        """Wait until nobody else acts; the turn ends with the context."""
        async with self._lock:
            try:
                await self._keep_time()
            except (simcord.SetupError, TimeoutError) as error:
                log.info("the simulated clock is late", reason=str(error).splitlines()[0])
            yield

    async def _keep_time(self) -> None:
        await keep_time(self._env)


async def keep_time(env: simcord.Env) -> None:
    """Set the simulated clock, which stands still by itself, to the time of day.

    Raises SetupError where somebody acts, TimeoutError where the bot does not come to rest.
    """
    behind = (datetime.now(UTC) - env.now()).total_seconds()
    if behind > 0:
        await env.advance_time(behind)
