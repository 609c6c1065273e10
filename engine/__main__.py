"""The engine process: settings, queue, then work until a signal and exit within ten seconds."""

import asyncio
import os
import re
import signal
import socket
import sys
from functools import partial

from config import SettingsError, load_settings
from config.logs import configure_logging
from config.settings import Settings
from engine.errors import DeviceLost, EngineError
from engine.start import start_engine
from engine.studio import Studio
from engine.worker import Worker
from jobs import failpoints
from jobs.address import find_address
from jobs.broker import Broker
from jobs.errors import QueueAway, QueueTooOld

_EXIT_SECONDS = 7.0
"""After a signal, whatever hangs is left behind so soon."""
_LAST_SECONDS = 1.0
_MENDABLE = (QueueAway, QueueTooOld, EngineError)


def main() -> int:
    """Run an engine until a signal; 2, with a sentence, if it could not start, 1 to try again."""
    try:
        settings = load_settings()
    except SettingsError as error:
        return _say(error)
    failpoints.arm(settings.failpoints_dir)
    configure_logging(settings.log, (settings.discord.token, settings.nats.token))
    studio = Studio(partial(start_engine, settings))
    status = asyncio.run(_until_signal(settings, studio))
    studio.close()
    if studio.busy:
        # A step cannot be interrupted, and the interpreter would wait for its end.
        sys.stderr.flush()
        os._exit(status)
    return status


async def _until_signal(settings: Settings, studio: Studio) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    serving = asyncio.create_task(_serve(settings, studio, stop), name="engine")
    stopping = asyncio.create_task(stop.wait(), name="wait for a signal")
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    _, late = await asyncio.wait({serving}, timeout=_EXIT_SECONDS)
    if late:
        serving.cancel()
        await asyncio.wait({serving}, timeout=_LAST_SECONDS)
        sys.stderr.flush()
        os._exit(1)
    return serving.result()


async def _serve(settings: Settings, studio: Studio, stop: asyncio.Event) -> int:
    """The exit status; what an operator can mend is said in a sentence."""
    name = _name()
    seconds = settings.nats.connect_seconds
    try:
        address = find_address(settings)
        async with Broker.connect(
            address, settings.queue, name=name, connect_seconds=seconds
        ) as broker:
            await Worker(broker, studio, settings, name).run(stop)
    except _MENDABLE as error:
        return _say(error)
    except ExceptionGroup as group:
        mendable, strange = group.split(_MENDABLE)
        if strange is not None or mendable is None:
            raise
        return _say(_first(mendable))
    return 0


def _first(group: ExceptionGroup[Exception]) -> Exception:
    first = group.exceptions[0]
    return _first(first) if isinstance(first, ExceptionGroup) else first


def _say(error: Exception) -> int:
    """Tell an operator what is wrong; gives the exit status: 1 where the next start may do."""
    detail = error.detail if isinstance(error, QueueAway) else ""
    sys.stderr.write(f"{detail or error}\n")
    return 1 if isinstance(error, QueueAway | DeviceLost) else 2


def _name() -> str:
    """This engine's name at the queue: the host and the process, in letters that NATS takes."""
    host = re.sub(r"[^A-Za-z0-9_-]", "-", socket.gethostname())[:40]
    return f"{host or 'engine'}-{os.getpid()}"


if __name__ == "__main__":
    sys.exit(main())
