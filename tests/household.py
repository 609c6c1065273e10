"""`atelier` commands as processes of their own, against a Discord over sockets."""

import asyncio
import contextlib
import json
import os
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil

from cli.child import atelier_command
from samples import PHOTOS, STYLES
from tests.absence import weights_dir
from tests.standin import Discord

ROOT = Path(__file__).parents[1]
PHOTO = ("cat.jpg", (PHOTOS / "cat.jpg").read_bytes())
STYLE = ("flow.jpg", (STYLES / "flow.jpg").read_bytes())
QUICK = {"size": 64, "steps": 4}
SLOW = {"size": 192}
NAMES = ("nats-server", "atelier engine", "atelier bot")
STOP_SECONDS = 10.0


class House:
    """A Discord with a channel and a member, and a data directory for what runs against it."""

    def __init__(self, discord: Discord, folder: Path) -> None:
        self.discord, self.data, self.errors = discord, folder / "data", folder / "stderr"
        self._folder = folder
        self.channel = discord.create_channel(discord.create_guild("Studio"), "art")
        assert self.channel.guild is not None
        self.alice = discord.create_user("alice", self.channel.guild)

    @asynccontextmanager
    async def started(self, command: str, **settings: str) -> AsyncIterator[Process]:
        """`atelier COMMAND`, killed at the end with all its children, if it lives."""
        environment = self._environment() | {f"ATELIER_{k}": v for k, v in settings.items()}
        with self.errors.open("ab") as errors:
            process = await asyncio.create_subprocess_exec(
                *atelier_command(command), env=environment, cwd=self._folder, stderr=errors
            )
        try:
            yield process
        finally:
            for each in _family(process):
                with contextlib.suppress(psutil.NoSuchProcess):
                    each.kill()
            await process.wait()

    def said(self) -> str:
        """What all of them wrote to stderr so far."""
        return self.errors.read_text()

    def lines(self) -> list[dict[str, Any]]:
        """What they logged so far; another line than JSON fails."""
        return [json.loads(line) for line in self.said().splitlines()]

    async def logs(self, event: str, seconds: float = 60.0) -> dict[str, Any]:
        """The newest line of that event, waited for."""
        async with asyncio.timeout(seconds):
            while True:
                for line in reversed(self.lines()):
                    if line["event"] == event:
                        return line
                await asyncio.sleep(0.05)

    async def steps_for(self, seconds: float) -> int:
        """Steps that the engine, once it is ready, needs so long for; at the size of `SLOW`."""
        rate = (await self.logs("engine_calibrated"))["seconds_per_megapixel_step"]
        megapixels = SLOW["size"] ** 2 * 0.75 / 1e6
        return min(max(round(seconds / (rate * megapixels)), 8), 1000)

    async def slash(self, **options: Any) -> Any:
        """`/stylize` by alice."""
        given = {"content": PHOTO, "style": STYLE, **QUICK, **options}
        return await self.discord.slash(self.alice, self.channel, "stylize", **given)

    async def shows(self, text: str) -> None:
        """Wait until a message of the channel has `text`."""
        await self.discord.wait_for(
            lambda: any(text in message.content for message in self.channel.messages), timeout=60
        )

    @property
    def finished(self) -> list[Any]:
        """The messages that show a finished picture."""
        return [message for message in self.channel.messages if is_finished(message)]

    async def picture(self) -> Any:
        """The first message with a finished picture, waited for."""
        await self.discord.wait_for(lambda: bool(self.finished), timeout=90)
        return self.finished[0]

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "DISCORD_TOKEN": self.discord.token,
            "ATELIER_DISCORD__API_URL": str(self.discord.api_url),
            "ATELIER_DISCORD__GATEWAY_URL": str(self.discord.gateway_url),
            "ATELIER_DISCORD__CDN_URL": str(self.discord.cdn_url),
            "ATELIER_DATA_DIR": str(self.data),
            "ATELIER_ENGINE__DOWNLOAD": "never",
            "ATELIER_ENGINE__WEIGHTS_DIR": weights_dir(),
            # Over tiny pictures, threads wait for each other longer than they work.
            "ATELIER_ENGINE__THREADS": "1",
            "ATELIER_QUEUE__LEASE_SECONDS": "4",
            "ATELIER_DISCORD__EDIT_SECONDS": "0.5",
            "ATELIER_LOG__FORMAT": "json",
        }


def is_finished(message: Any) -> bool:
    """Whether a message shows a finished picture."""
    return any(file.filename.startswith("atelier-") for file in message.attachments)


def _family(process: Process) -> list[psutil.Process]:
    try:
        seen = psutil.Process(process.pid)
        return [seen, *seen.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def children(run: Process) -> dict[str, psutil.Process]:
    """The three processes of `atelier run`, by the names that their arguments show."""
    found = {}
    for child in psutil.Process(run.pid).children():
        with contextlib.suppress(psutil.NoSuchProcess):
            arguments = " ".join(child.cmdline())
            found |= {name: child for name in NAMES if name in arguments}
    return found


async def all_ended(processes: Iterable[psutil.Process], seconds: float) -> bool:
    """Whether all have ended within so many seconds; a zombie has."""
    _, alive = await asyncio.to_thread(psutil.wait_procs, list(processes), timeout=seconds)
    return all(each.status() == psutil.STATUS_ZOMBIE for each in alive)


async def terminate(process: Process) -> int:
    """SIGTERM; the exit code, which must come within ten seconds."""
    process.terminate()
    return await asyncio.wait_for(process.wait(), STOP_SECONDS)
