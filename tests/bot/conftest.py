"""A simulated Discord with the real bot and the real queue, and a painter that takes no time."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import discord
import pytest
import simcord

from config import load_settings
from sandbox.scene import painted, until
from sandbox.stage import Stage, open_stage
from tests.bot.painter import QuickPainter, small_picture


@dataclass
class Scene:
    """A channel with two members in it."""

    stage: Stage
    painter: QuickPainter
    guild: Any
    channel: simcord.ChannelHandle
    alice: simcord.MemberActor
    bob: simcord.MemberActor
    alice_user: simcord.UserHandle
    photo: tuple[str, bytes] = field(default_factory=lambda: ("photo.png", small_picture(40)))
    style: tuple[str, bytes] = field(default_factory=lambda: ("style.png", small_picture(48)))

    async def stylize(self, actor: simcord.MemberActor | None = None, **options: Any) -> Any:
        """`/stylize`, with both pictures if none is named."""
        pictures = {"content": self.photo, "style": self.style}
        given = {**pictures, **options}
        wanted = {name: value for name, value in given.items() if value is not None}
        channel = wanted.pop("channel", self.channel)
        return await (actor or self.alice).slash(channel, "stylize", **wanted)

    async def until(self, predicate: Any) -> None:
        """Wait until the channel shows it."""
        await until(self.stage.env, predicate, self.stage.alive, 20)

    def messages(self) -> list[discord.Message]:
        """What everybody sees, oldest first."""
        return sorted(self.channel.history(), key=lambda message: message.id)

    def private_messages(self) -> list[discord.Message]:
        """What the bot has told alice in private, oldest first."""
        channel = self.alice_user.dm_channel
        return sorted(channel.history(), key=lambda message: message.id)

    async def pictures(self, count: int) -> list[discord.Message]:
        """The first `count` messages with finished pictures and all their reactions."""

        def complete() -> bool:
            done = [found for found in self.messages() if painted(found)]
            return len([found for found in done if len(found.reactions) >= 6]) >= count

        await self.until(complete)
        return [found for found in self.messages() if painted(found)][:count]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A result that was handed back is looked for soon, and not at the next second."""
    monkeypatch.setattr("jobs.broker.results._AWAY_SECONDS", 0.1)


@pytest.fixture
def painter() -> QuickPainter:
    return QuickPainter()


@pytest.fixture
async def stage(tmp_path: Path, painter: QuickPainter) -> AsyncIterator[Stage]:
    changes: dict[str, Any] = {
        "data_dir": tmp_path,
        "discord": {"edit_seconds": 0.1, "channel_edits": 50},
        "queue": {"waiting_per_member": 2},
    }
    async with open_stage(load_settings(**changes), painter) as stage:
        yield stage
        assert stage.env.errors == []


@pytest.fixture
def env(stage: Stage) -> simcord.Env:
    """SimCord's plugin finds it among a test's fixtures, and shows its transcript on failure."""
    return stage.env


@pytest.fixture
async def scene(stage: Stage, env: simcord.Env, painter: QuickPainter) -> Scene:
    guild = env.create_guild("Guild")
    channel = guild.create_text_channel("art")
    alice_user, bob_user = (env.create_user(name) for name in ("alice", "bob"))
    alice, bob = guild.add_member(alice_user), guild.add_member(bob_user)
    return Scene(stage, painter, guild, channel, alice, bob, alice_user)
