"""The stage: real queue server, real engine process and real bot, in a simulated Discord."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import simcord

from bot.records import Records, sqlite_url
from bot.studio import Studio, open_studio
from config import Settings
from jobs.broker import Broker
from jobs.presets import load_presets
from jobs.server import EmbeddedServer
from samples import STYLES

_SETTLE_SECONDS = 60.0
"""A command opens two pictures in processes of their own, on a machine that may be busy."""
_STOP_SECONDS = 10.0


@dataclass(frozen=True)
class Stage:
    """A simulated Discord with our bot in it."""

    env: simcord.Env
    studio: Studio
    broker: Broker
    records: Records
    alive: "asyncio.Future[int]"
    """Done when the engine's process has ended, which it must not before the stage does."""


@asynccontextmanager
async def engine_process(settings: Settings) -> AsyncIterator["asyncio.Future[int]"]:
    """An engine in a process of its own that works for the queue of `settings.data_dir`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "engine", env={**os.environ, **engine_variables(settings)}
    )
    ended = asyncio.ensure_future(process.wait())
    try:
        yield ended
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        done, _ = await asyncio.wait({ended}, timeout=_STOP_SECONDS)
        if not done:
            process.kill()
            await ended


Painter = Callable[[Settings], AbstractAsyncContextManager["asyncio.Future[int]"]]
"""What paints for the queue of a data directory; its future is done when it has ended."""


@asynccontextmanager
async def open_stage(settings: Settings, painter: Painter = engine_process) -> AsyncIterator[Stage]:
    """Start everything on this machine below `settings.data_dir`; it all ends with the context."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    presets = load_presets(settings.presets_file, STYLES)
    async with (
        EmbeddedServer(settings.nats, settings.data_dir) as server,
        painter(settings) as alive,
        Broker.connect(
            server.address,
            settings.queue,
            name="atelier stage",
            connect_seconds=settings.nats.connect_seconds,
        ) as broker,
        Records.open(sqlite_url(settings.data_dir)) as records,
        open_studio(settings, broker, records, presets) as studio,
        _simulated(studio) as env,
    ):
        yield Stage(env, studio, broker, records, alive)


@asynccontextmanager
async def _simulated(studio: Studio) -> AsyncIterator[simcord.Env]:
    """A simulated Discord with the bot online.

    Unlike `simcord.run` it may be entered in one task and left in another, as test fixtures are;
    whoever acts enters `env.time_context()` around their acts.
    """
    env = simcord.Env(studio.bot, settle_timeout=_SETTLE_SECONDS)
    env.backend.bot_user.name = "Atelier"
    await env.start()
    try:
        yield env
    finally:
        await env.shutdown()


def engine_variables(settings: Settings) -> Mapping[str, str]:
    """What an engine's environment has to say of settings that were given in code."""
    return {
        "ATELIER_DATA_DIR": str(settings.data_dir),
        "ATELIER_NATS__URL": settings.nats.url,
        "ATELIER_NATS__TOKEN": settings.nats.token.get_secret_value(),
        "ATELIER_LOG__LEVEL": settings.log.level,
        "ATELIER_QUEUE__LEASE_SECONDS": str(settings.queue.lease_seconds),
        "ATELIER_ENGINE__BACKBONE": settings.engine.backbone,
        "ATELIER_ENGINE__WEIGHTS_DIR": settings.engine.weights_dir,
        "ATELIER_ENGINE__DOWNLOAD": settings.engine.download,
        "ATELIER_ENGINE__SLOTS": str(settings.engine.slots),
        "ATELIER_ENGINE__PREVIEW_SECONDS": str(settings.engine.preview_seconds),
    }
