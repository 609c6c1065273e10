"""`atelier run` as it is, against a Discord of our own over sockets: three real processes."""

import asyncio
import contextlib
import io
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest
from PIL import Image

from cli.child import atelier_command
from samples import PHOTOS, STYLES
from tests.absence import weights_dir
from tests.standin import Discord

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[1]
PHOTO = ("cat.jpg", (PHOTOS / "cat.jpg").read_bytes())
STYLE = ("flow.jpg", (STYLES / "flow.jpg").read_bytes())
QUICK = {"size": 64, "steps": 4}


@dataclass
class Running:
    """`atelier run`, and the Discord that it talks to."""

    discord: Discord
    process: asyncio.subprocess.Process
    channel: Any
    alice: Any

    def child(self, name: str) -> psutil.Process:
        """The one process of this run with `name` in its arguments."""
        for child in psutil.Process(self.process.pid).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                if name in " ".join(child.cmdline()):
                    return child
        raise AssertionError(f"no process {name}")

    async def stylize(self, **options: Any) -> Any:
        """`/stylize` by alice."""
        given = {"content": PHOTO, "style": STYLE, **QUICK, **options}
        wanted = {name: value for name, value in given.items() if value is not None}
        return await self.discord.slash(self.alice, self.channel, "stylize", **wanted)

    def shows_places(self, count: int) -> bool:
        """Whether `count` jobs are accepted: each has shown its place, or is further already."""
        shown = [message for message in self.channel.messages if "taking" not in message.content]
        return len(shown) >= count

    async def pictures(self, count: int) -> list[Any]:
        """The first `count` messages with a finished picture."""

        def found() -> list[Any]:
            return [message for message in self.channel.messages if finished(message)]

        await self.discord.wait_for(lambda: len(found()) >= count, timeout=90)
        return found()[:count]


def finished(message: Any) -> bool:
    """Whether a message shows a finished picture."""
    return any(file.filename.startswith("atelier-") for file in message.attachments)


@asynccontextmanager
async def running(discord: Discord, data_dir: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """`atelier run` in a process of its own; it is told to stop at the end."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "DISCORD_TOKEN": discord.token,
        "ATELIER_DISCORD__API_URL": str(discord.api_url),
        "ATELIER_DISCORD__GATEWAY_URL": str(discord.gateway_url),
        "ATELIER_DISCORD__CDN_URL": str(discord.cdn_url),
        "ATELIER_DATA_DIR": str(data_dir),
        "ATELIER_ENGINE__DOWNLOAD": "never",
        "ATELIER_ENGINE__WEIGHTS_DIR": weights_dir(),
        # Over tiny pictures, threads wait for each other longer than they work.
        "ATELIER_ENGINE__THREADS": "1",
        "ATELIER_SHEET__SIZE": "64",
        "ATELIER_SHEET__STEPS": "4",
        "ATELIER_QUEUE__LEASE_SECONDS": "4",
        "ATELIER_DISCORD__EDIT_SECONDS": "0.5",
    }
    process = await asyncio.create_subprocess_exec(
        *atelier_command("run"), env=environment, cwd=data_dir.parent
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), 15)


@pytest.fixture
async def discord() -> AsyncIterator[Discord]:
    async with Discord() as discord:
        yield discord


@pytest.fixture
async def run(discord: Discord, tmp_path: Path) -> AsyncIterator[Running]:
    guild = discord.create_guild("Studio")
    channel = discord.create_channel(guild, "art")
    alice = discord.create_user("alice", guild)
    async with running(discord, tmp_path / "data") as process:
        await discord.ready("stylize", timeout=60)
        yield Running(discord, process, channel, alice)


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
async def test_from_command_to_picture(run: Running) -> None:
    """A command becomes a real picture in one message, and Discord's rules are kept.

    The picture's reactions are there for a bot that has never seen it.
    """
    await run.stylize()
    [message] = await run.pictures(1)
    [file] = message.attachments
    with Image.open(io.BytesIO(file.data)) as picture:
        assert max(picture.size) == 64
    run.child("atelier bot").kill()
    await run.discord.gone()
    await run.discord.ready("stylize", timeout=60)
    await run.discord.react(run.alice, run.channel, message.id, "🌊")
    _, version = await run.pictures(2)
    assert version.reference == message.id or str(message.id) in str(version.reference)
    assert run.discord.violations == []


async def test_a_sheet(run: Running) -> None:
    """`/sheet` becomes one message with one sheet, though the engine is killed in the middle."""
    await run.discord.slash(run.alice, run.channel, "sheet", photo=PHOTO)
    await run.discord.wait_for(partial(run.shows_places, 1), timeout=60)
    run.child("atelier engine").kill()
    [message] = await run.pictures(1)
    [file] = message.attachments
    with Image.open(io.BytesIO(file.data)) as sheet:
        assert sheet.width > 3 * 64
    assert len(run.channel.messages) == 1
    assert run.discord.violations == []


async def test_killing_each_part(run: Running) -> None:
    """With engine, queue and bot killed in the middle, each job is answered once."""
    for count, name in enumerate(("atelier engine", "nats-server", "atelier bot"), start=1):
        await run.stylize(steps=30)
        await run.discord.wait_for(partial(run.shows_places, count), timeout=30)
        run.child(name).kill()
        await run.discord.ready("stylize", timeout=60)
    await run.pictures(3)
    assert len(run.channel.messages) == 3
    assert run.discord.violations == []
