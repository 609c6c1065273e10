"""What only sockets can show: a Discord that does not answer, or whose answer is lost."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from bot.records import Records, sqlite_url
from bot.studio import open_studio
from config import load_settings
from jobs.broker import Broker
from jobs.presets import load_presets
from jobs.server import EmbeddedServer
from samples import STYLES
from tests.bot.painter import QuickPainter, small_picture
from tests.standin import Channel, Discord, Message, User, pointed_at


@dataclass
class Scene:
    """The bot in this process, and a Discord over sockets."""

    discord: Discord
    painter: QuickPainter
    queue: psutil.Process
    channel: Channel
    alice: User

    async def stylize(self) -> Any:
        pictures = {
            "content": ("photo.png", small_picture(40)),
            "style": ("style.png", small_picture(48)),
        }
        return await self.discord.slash(self.alice, self.channel, "stylize", **pictures)

    def is_painted(self) -> bool:
        """Whether a message says so."""
        return any("painting" in message.content for message in self.channel.messages)

    async def picture(self) -> Message:
        """The only message in the channel, once it shows a picture."""

        def painted() -> bool:
            files = [file for message in self.channel.messages for file in message.attachments]
            return any(file.filename.startswith("atelier-") for file in files)

        await self.discord.wait_for(painted, timeout=60)
        [message] = self.channel.messages
        return message


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    settings = load_settings(data_dir=tmp_path, discord={"edit_seconds": 0.1, "channel_edits": 50})
    presets = load_presets(settings.presets_file, STYLES)
    painter = QuickPainter()
    async with Discord(rate_limits=False) as discord:
        guild = discord.create_guild("Studio")
        channel = discord.create_channel(guild, "art")
        alice = discord.create_user("alice", guild)
        with pointed_at(discord):
            async with (
                EmbeddedServer(settings.nats, settings.data_dir) as server,
                painter(settings),
                Broker.connect(
                    server.address, settings.queue, name="bot", connect_seconds=10
                ) as broker,
                Records.open(sqlite_url(settings.data_dir)) as records,
                open_studio(settings, broker, records, presets) as studio,
                studio.bot,
                asyncio.TaskGroup() as group,
            ):
                group.create_task(studio.bot.start(discord.token))
                await discord.ready("stylize")
                queue = psutil.Process(server.process.pid)
                yield Scene(discord, painter, queue, channel, alice)
                await studio.bot.close()


@pytest.mark.parametrize("applied", [False, True])
async def test_a_post_whose_answer_is_lost(scene: Scene, applied: bool) -> None:
    """Whether or not Discord has taken the message, the member sees one, with one picture."""
    fault = scene.discord.fail_next("POST */channels/*/messages", "drop", applied=applied)
    await scene.stylize()
    await scene.picture()
    assert fault.struck == 1
    assert scene.discord.violations == []


@pytest.mark.parametrize("applied", [False, True])
async def test_a_final_edit_whose_answer_is_lost(
    scene: Scene, applied: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The edit with the picture is made again, and there is one picture in one message."""
    monkeypatch.setattr("bot.delivery._RETRY_SECONDS", 0.2)
    scene.painter.through.clear()
    await scene.stylize()
    await scene.discord.wait_for(scene.is_painted, timeout=30)
    fault = scene.discord.fail_next("PATCH */channels/*/messages/*", "drop", applied=applied)
    scene.painter.through.set()
    message = await scene.picture()
    assert len(message.attachments) == 1
    assert fault.struck == 1


async def test_an_edit_that_hangs(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """An edit that Discord never answers does not keep the picture from coming."""
    monkeypatch.setattr("bot.editor._PROGRESS_PATIENCE", 0.5)
    monkeypatch.setattr("bot.editor._FINAL_PATIENCE", 0.5)
    monkeypatch.setattr("bot.delivery._RETRY_SECONDS", 0.2)
    scene.discord.fail_next("PATCH */channels/*/messages/*", "hang", times=2)
    await scene.stylize()
    await scene.picture()


async def test_a_reaction_taken_back_at_once(scene: Scene) -> None:
    """A reaction that is taken back before the bot has dealt with it asks for nothing."""
    await scene.stylize()
    picture = await scene.picture()
    await scene.painter.close()
    await scene.discord.react(scene.alice, scene.channel, picture.id, "🌊")
    await scene.discord.unreact(scene.alice, scene.channel, picture.id, "🌊")
    await scene.discord.wait_for(lambda: "stopped" in scene.channel.messages[-1].content)


async def test_the_line_while_the_queue_hangs(scene: Scene) -> None:
    """/queue is acknowledged in time where the queue takes long, and answered when it answers."""
    scene.queue.suspend()
    try:
        asked = await scene.discord.slash(scene.alice, scene.channel, "queue")
    finally:
        scene.queue.resume()
    await scene.discord.wait_for(lambda: "The line is empty" in (asked.text or ""))
    assert [] == scene.discord.violations


@pytest.mark.parametrize("applied", [False, True])
async def test_a_post_that_hangs(
    scene: Scene, applied: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A member is soon told that their wish goes on by itself, and it does, in one message."""
    monkeypatch.setattr("bot.commissions._PATIENCE_SECONDS", 0.5)
    scene.discord.fail_next("POST */channels/*/messages", "hang", applied=applied)
    asked = await scene.stylize()
    await scene.discord.wait_for(lambda: "goes on by itself" in asked.text)
    await scene.picture()
