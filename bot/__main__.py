"""The bot's process: builds what the bot works with, then enters the bot."""

import asyncio
import contextlib
import os
import signal
import sys
from typing import Any

import aiohttp
import discord
import structlog

from bot.endpoints import point_at
from bot.errors import RecordsAway
from bot.records import Records, sqlite_url
from bot.studio import Studio, open_studio
from config import Settings, SettingsError, load_settings
from config.logs import configure_logging
from config.token import NO_TOKEN, REFUSED_TOKEN
from jobs import failpoints
from jobs.address import find_address
from jobs.broker import Broker
from jobs.errors import JobError, QueueAway
from jobs.presets import Presets, load_presets
from jobs.request import check_recipes
from jobs.server_exec import hold
from samples import STYLES

log = structlog.get_logger(__name__)

_GRACE_SECONDS = 5.0
_PREDECESSOR_SECONDS = 3.0
"""For a bot on the same data directory that is just ending."""


def main() -> int:
    """Run the bot until it is told to stop; 2 if it could not start, with a sentence."""
    try:
        settings = load_settings()
        presets = load_presets(settings.presets_file, STYLES)
        check_recipes(settings)
        failpoints.arm(settings.failpoints_dir)
        configure_logging(settings.log, [settings.discord.token, settings.nats.token])
        if not settings.discord.token.get_secret_value():
            raise SettingsError(NO_TOKEN)
        asyncio.run(_run(settings, presets))
    except discord.LoginFailure:
        return _cannot_start(REFUSED_TOKEN)
    except QueueAway as error:
        # It may be back when whoever supervises this process starts it again.
        log.error("the queue is away", reason=error.detail or str(error))
        return 1
    except (SettingsError, JobError) as error:
        return _cannot_start(str(error))
    except RecordsAway:
        # A full disk may have room when whoever supervises this process starts it again.
        log.error("the records in the data directory cannot be used; see the line before")
        return 1
    except (aiohttp.ClientError, OSError, discord.HTTPException) as error:
        log.error("Discord cannot be reached; start again when it can be", reason=str(error))
        return 1
    return 0


def _cannot_start(sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return 2


async def _run(settings: Settings, presets: Presets) -> None:
    point_at(settings.discord)
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"The folder of ATELIER_DATA_DIR, {settings.data_dir}, cannot be made: "
            f"{error.strerror}. Name one that this user may write to."
        ) from None
    lock = hold(str(settings.data_dir / "bot.lock"), _PREDECESSOR_SECONDS)
    if lock is None:
        raise SettingsError(
            f"Another bot runs on the data directory {settings.data_dir} already, and both would "
            "answer every command. Stop that one first, or choose another in ATELIER_DATA_DIR."
        )
    # It is held until this process ends, however that happens.
    # The records have tokens of interactions that are being answered: nobody else reads them.
    os.umask(0o077)
    async with (
        Broker.connect(
            find_address(settings),
            settings.queue,
            name=f"atelier bot {settings.discord.name}",
            connect_seconds=settings.nats.connect_seconds,
        ) as broker,
        Records.open(sqlite_url(settings.data_dir)) as records,
        open_studio(settings, broker, records, presets) as studio,
        studio.bot,
    ):
        await _until_stopped(studio, settings.discord.token.get_secret_value())


async def _until_stopped(studio: Studio, token: str) -> None:
    """Be online until a signal comes, or until one of the parts fails, which ends the process."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    parts: set[asyncio.Future[Any]] = {
        asyncio.create_task(studio.bot.start(token), name="gateway"),
        asyncio.create_task(stop.wait(), name="stop"),
        studio.side_tasks,
    }
    finished, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
    log.info("stopping")
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_GRACE_SECONDS):
            await studio.bot.close()
    for part in parts - {studio.side_tasks}:
        part.cancel()
    await asyncio.gather(*(parts - {studio.side_tasks}), return_exceptions=True)
    for part in finished:
        part.result()


if __name__ == "__main__":
    sys.exit(main())
