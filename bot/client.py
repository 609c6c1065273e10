"""The Discord client: what it listens to and whom it hands it."""

import asyncio
import hashlib
import json
from typing import Any

import discord
import structlog
from discord import app_commands

from bot.answering import tell
from bot.commands import add_commands
from bot.desk import Desk
from bot.reactions import Reactions
from bot.records import Records
from bot.sentences import sentence_for
from bot.views import AnotherPreset, StopButton
from config import Settings

log = structlog.get_logger(__name__)

_SYNCED = "commands synced"


def least_intents() -> discord.Intents:
    """Servers and reactions; no members, no message content."""
    return discord.Intents(guilds=True, guild_reactions=True, dm_reactions=True)


class Tree(app_commands.CommandTree["Atelier"]):
    """A command tree whose errors are answered with sentences."""

    async def on_error(
        self, interaction: discord.Interaction["Atelier"], error: app_commands.AppCommandError, /
    ) -> None:
        """What was not caught in a command itself, such as a value of the wrong type."""
        await tell(interaction, sentence_for(error))


class Atelier(discord.Client):
    """The bot. Its desk and records are given to it by `equip` before it starts."""

    def __init__(self) -> None:
        # The bot does not speak, so it need not warn that it cannot.
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        super().__init__(
            intents=least_intents(),
            max_messages=None,
            allowed_mentions=discord.AllowedMentions.none(),
            # Nothing here needs the list of servers to be complete before answers are given.
            guild_ready_timeout=0.5,
        )
        self.tree = Tree(self)
        self.began = asyncio.Event()
        """Set once the bot is online for the first time, and can post and edit."""
        self.desk: Desk
        self._records: Records | None = None
        self._reactions: Reactions | None = None

    def equip(self, settings: Settings, desk: Desk, records: Records) -> None:
        """Give the bot what it works with."""
        add_commands(self.tree, desk, settings)
        self.add_dynamic_items(AnotherPreset, StopButton)
        self.desk = desk
        self._records = records
        self._reactions = Reactions(self, desk, records)

    async def setup_hook(self) -> None:
        """Sync the commands if they differ from those that were synced last."""
        assert self._records is not None, "equip the bot before it starts"
        commands = [command.to_dict(self.tree) for command in self.tree.get_commands()]
        body = json.dumps([self.application_id, commands], sort_keys=True)
        digest = hashlib.sha256(body.encode()).hexdigest()
        if await self._records.note(_SYNCED) != digest:
            await self.tree.sync()
            await self._records.keep_note(_SYNCED, digest)
            log.info("commands synced", count=len(commands))

    async def on_ready(self) -> None:
        """Say who we are, in the log."""
        self.began.set()
        log.info("ready", user=str(self.user), servers=len(self.guilds))

    async def on_raw_reaction_add(self, payload: discord.RawReactionActionEvent) -> None:
        """A reaction was added to any message that the bot can see."""
        assert self._reactions is not None
        await self._reactions.added(payload)

    async def on_raw_reaction_remove(self, payload: discord.RawReactionActionEvent) -> None:
        """A reaction was taken back on any message that the bot can see."""
        assert self._reactions is not None
        await self._reactions.removed(payload)

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        """What a listener raised, in our log and with its name."""
        log.exception("an event could not be handled", listener=event_method)
