"""A stand-in with a tiny bot connected to it over sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from . import Channel, Discord, Guild, User, pointed_at
from .tinybot import TinyBot


@dataclass
class Scene:
    """One guild with a channel, two members and the connected bot."""

    discord: Discord
    bot: TinyBot
    guild: Guild
    channel: Channel
    alice: User
    bob: User


@asynccontextmanager
async def running(bot: TinyBot, discord: Discord) -> AsyncIterator[None]:
    """The bot, connected; what ends it early is raised here."""
    async with bot, asyncio.TaskGroup() as group:
        group.create_task(bot.start(discord.token))
        await discord.ready("stylize")
        yield
        await bot.close()


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    """The bot runs until the test ends; rate limits are off, to be quick."""
    async with Discord(rate_limits=False, ack_seconds=1.0) as discord:
        guild = discord.create_guild("Studio")
        channel = discord.create_channel(guild, "art")
        alice, bob = (discord.create_user(name, guild) for name in ("alice", "bob"))
        with pointed_at(discord):
            bot = TinyBot()
            async with running(bot, discord):
                yield Scene(discord, bot, guild, channel, alice, bob)
