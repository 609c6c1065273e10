"""Puts the bot together, and runs what goes on beside its callbacks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from bot.client import Atelier
from bot.commissions import Commissions
from bot.delivery import Deliverer
from bot.desk import Desk
from bot.editor import Editor
from bot.following import Follower
from bot.intake import Intake
from bot.reconciling import Reconciler
from bot.records import Records
from bot.thinking import Thinking
from config import Settings
from jobs.broker import Broker
from jobs.presets import Presets
from pictures.limits import Limits
from pictures.read import Reader

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Studio:
    """The bot and its side tasks, ready to start."""

    bot: Atelier
    side_tasks: "asyncio.Task[None]"
    """Ends only by an error, which is then the process's end."""


@asynccontextmanager
async def open_studio(
    settings: Settings, broker: Broker, records: Records, presets: Presets
) -> AsyncIterator[Studio]:
    """Build the bot and start following results, before the bot itself is entered."""
    bot = Atelier()
    editor = Editor(bot, settings.discord)
    follower = Follower(broker, editor)
    commissions = Commissions(bot, broker, records, follower)
    reader = Reader(limits_from(settings), settings.pictures.at_once)
    intake = Intake(reader, broker.store, settings.pictures)
    thinking = Thinking(bot, records)
    desk = Desk(settings, presets, intake, records, commissions, thinking)
    deliverer = Deliverer(bot, broker, records, editor, follower, presets, settings)
    reconciler = Reconciler(broker, records, commissions, follower)
    bot.equip(settings, desk, records)
    task = asyncio.create_task(
        _beside(bot, thinking, reconciler, follower, deliverer, settings.discord.name),
        name="side tasks",
    )
    try:
        yield Studio(bot, task)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await editor.close()


async def _beside(
    bot: Atelier,
    thinking: Thinking,
    reconciler: Reconciler,
    follower: Follower,
    deliverer: Deliverer,
    name: str,
) -> None:
    await bot.began.wait()
    async with asyncio.TaskGroup() as group:
        group.create_task(thinking.end_those_left(), name="waiting notes")
        group.create_task(reconciler.run(), name="reconciler")
        group.create_task(follower.run(), name="follower")
        group.create_task(deliverer.run(name), name="deliverer")


def limits_from(settings: Settings) -> Limits:
    """The limits for pictures that strangers send."""
    pictures = settings.pictures
    return Limits(
        max_bytes=pictures.max_bytes,
        max_pixels=pictures.max_pixels,
        min_side=pictures.min_side,
        max_aspect=pictures.max_aspect,
        keep_side=pictures.keep_side,
        seconds=pictures.seconds,
        memory_mib=pictures.memory_mib,
    )
