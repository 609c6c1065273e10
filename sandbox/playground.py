"""A place to play: the stage behind a web page in which two members can be played."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import simcord
from simcord.preview import Preview

from config import Settings, load_settings
from config.settings import PRESETS
from sandbox.door import Door
from sandbox.mirror import mirrored
from sandbox.stage import Painter, Stage, engine_process, open_stage
from sandbox.turns import Turns, keep_time

MEMBERS = ("alice", "bob")
_LOOK_SECONDS = 0.2
_TOPIC = "Type /stylize, then choose a photo and a painting."


class EngineEnded(Exception):
    """The engine ended; what it had to say stands on stderr."""


@dataclass(frozen=True)
class Playground:
    """A channel in a simulated Discord, and the pages that show it."""

    stage: Stage
    channel: simcord.ChannelHandle
    doors: dict[str, Door]
    """A page for each member, by name."""
    preview: Preview

    async def ready(self) -> None:
        """Wait until an engine can paint; raises EngineEnded, or what ended it or the bot."""
        broker = self.stage.broker

        async def attended() -> None:
            while not await broker.engines():  # noqa: ASYNC110  # the queue tells only who asks
                await asyncio.sleep(_LOOK_SECONDS)

        await self._unless_ended(attended())

    async def over(self) -> None:
        """Wait until somebody ends the session in the page; raises as `ready` does."""
        await self._unless_ended(self.preview.wait_closed())

    async def _unless_ended(self, waiting: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(waiting)
        alive, bot = self.stage.alive, self.stage.studio.side_tasks
        watched: list[asyncio.Future[Any]] = [task, alive, bot]
        try:
            await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
        finally:
            task.cancel()
        if bot.done():
            bot.result()
        if alive.done():
            alive.result()
            raise EngineEnded("The engine has ended, so there is nobody left who paints.")
        task.result()


def playground_settings(data_dir: Path, **changes: Any) -> Settings:
    """The settings of this machine, with a queue of its own in `data_dir` and at a quicker pace.

    A simulated Discord sets no limits on edits, and whoever plays wants to see the picture grow;
    and the line, so one picture is painted at a time.
    """
    quicker = {"discord": {"edit_seconds": 0.5, "channel_edits": 50}, "log": {"level": "warning"}}
    fixed = {
        "data_dir": str(data_dir),
        "presets": str(PRESETS),
        "nats": {"url": "", "token": ""},
        "engine": {"preview_seconds": 1.0, "slots": 1},
    }
    return load_settings(**{**quicker, **fixed, **changes})


@asynccontextmanager
async def open_playground(
    settings: Settings, painter: Painter = engine_process, port: int = 0
) -> AsyncIterator[Playground]:
    """Start everything and serve a page for each member; it all ends with the context.

    The first member's page has the port `port`, the next one's the port after it; 0 takes free
    ones. Raises PortTaken, and JobError where the queue does not start.
    """
    async with open_stage(settings, painter) as stage:
        with stage.env.time_context():
            await keep_time(stage.env)
            guild = stage.env.create_guild("The Atelier")
            channel = guild.create_text_channel("paintings", topic=_TOPIC)
            members = [guild.add_member(stage.env.create_user(name)) for name in MEMBERS]
            async with _pages(stage, channel, members, port) as playground:
                yield playground


@asynccontextmanager
async def _pages(
    stage: Stage, channel: simcord.ChannelHandle, members: list[simcord.MemberActor], port: int
) -> AsyncIterator[Playground]:
    turns = Turns(stage.env)
    async with AsyncExitStack() as stack:
        preview = await stack.enter_async_context(
            stage.env.preview(channel, viewers=members, layout="channel")
        )
        doors = {}
        for number, (name, member) in enumerate(zip(MEMBERS, members, strict=True)):
            door = Door(preview, member.id, turns, port + number if port else 0)
            doors[name] = await stack.enter_async_context(door)
        await stack.enter_async_context(mirrored(stage.env, preview, turns))
        yield Playground(stage, channel, doors, preview)
