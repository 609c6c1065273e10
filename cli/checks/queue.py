"""The queue: a server of one's own that answers, or one that can be started here."""

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path

from cli.checks.finding import Finding, broken, fine
from config import Settings
from jobs.address import find_address
from jobs.broker.connection import where
from jobs.broker.jetstream import open_jetstream
from jobs.errors import JobError
from jobs.server_binary import find_server
from jobs.server_command import is_served

_SECONDS = 5.0


def check_queue(settings: Settings) -> Iterator[Finding]:
    """Whether the queue of these settings answers, or could be started."""
    try:
        if settings.nats.url or is_served(settings.data_dir):
            yield asyncio.run(_ask(settings))
        else:
            path = find_server(settings.nats.server)
            found = f"{_version(path)} comes along ({path}); `atelier run` starts it"
            yield fine("queue", found)
    except (JobError, OSError) as error:
        yield broken("queue", *_halves(getattr(error, "detail", "") or str(error)))


async def _ask(settings: Settings) -> Finding:
    address = find_address(settings)
    seconds = min(settings.nats.connect_seconds, _SECONDS)
    async with open_jetstream(address, "atelier doctor", seconds) as connection:
        version = connection.info.get("version", "of unknown age")
        await connection.api("INFO", {}, seconds)
    what = f"nats-server {version} answers at {where(address.url)}"
    return fine("queue", what)


def _version(path: Path) -> str:
    """As the program says it: `nats-server: v2.15.1`."""
    asked = subprocess.run([path, "--version"], capture_output=True, text=True, check=True)
    return asked.stdout.strip()


def _halves(sentences: str) -> tuple[str, str]:
    """What is wrong, and what to do: an error's first sentence and the rest."""
    first, stop, rest = sentences.partition(". ")
    return (
        first + stop.strip(),
        rest or "Start it, or mend ATELIER_NATS__URL and ATELIER_NATS__TOKEN.",
    )
