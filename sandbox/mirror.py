"""Keeping SimCord's page up to date with what the bot does between two actions."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import simcord
import structlog
from simcord.preview import Preview

from sandbox.turns import Turns

log = structlog.get_logger(__name__)

_PACE_SECONDS = 0.25
"""Least time between two publications; the page itself looks twice a second."""
_LATER_SECONDS = 1.0


@asynccontextmanager
async def mirrored(env: simcord.Env, preview: Preview, turns: Turns) -> AsyncIterator[None]:
    """Publish to the open pages whatever changes in `env`, while in the context."""
    changed = asyncio.Event()

    def seen(_event: str, _payload: Any) -> None:
        changed.set()

    env.backend.subscribers.append(seen)
    task = asyncio.create_task(_publish(preview, turns, changed), name="publish to the pages")
    try:
        yield
    finally:
        env.backend.subscribers.remove(seen)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _publish(preview: Preview, turns: Turns, changed: asyncio.Event) -> None:
    while True:
        await changed.wait()
        changed.clear()
        seconds = _PACE_SECONDS
        try:
            async with turns.take():
                await preview.refresh()
        except (simcord.SetupError, TimeoutError) as error:
            # Somebody acts from Python, or the bot is at something that takes its time.
            log.info("the pages are brought up to date in 1 s", reason=str(error).splitlines()[0])
            changed.set()
            seconds = _LATER_SECONDS
        await asyncio.sleep(seconds)
