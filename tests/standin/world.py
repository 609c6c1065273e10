"""Everything that exists in the simulated Discord: records, clock, access, and who is told.

Pure state, no sockets: rest.py and actors.py change it through the methods here, the gateway
listens to its events.
"""

import asyncio
import secrets
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from . import errors, payloads
from .cdn import Cdn
from .state import (
    EVERYONE,
    Channel,
    Guild,
    Interaction,
    Json,
    Message,
    Permission,
    Revision,
    User,
)

EPOCH_MS = 1_420_070_400_000
BOT_PERMISSIONS = EVERYONE & ~Permission.USE_APPLICATION_COMMANDS
REQUESTS_KEPT = 10_000

T = TypeVar("T")
Listener = Callable[[str, Json], None]


@dataclass(frozen=True)
class Request:
    """One request of the bot and what it was answered."""

    at: float
    method: str
    path: str
    status: int


class World:
    """The records, by id. `changed` wakes whoever waits for a state (`wait_for`)."""

    def __init__(self, *, upload_limit: int, ack_seconds: float, token_seconds: float) -> None:
        self.upload_limit = upload_limit
        self.ack_seconds = ack_seconds
        self.token_seconds = token_seconds
        self.cdn = Cdn(self)
        self.offset = 0.0
        self._last_id = 0
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.users: dict[int, User] = {}
        self.interactions: dict[int, Interaction] = {}
        self.tokens: dict[str, Interaction] = {}
        self.commands: dict[int | None, dict[str, Json]] = {None: {}}
        self.command_syncs = 0
        self.listeners: list[Listener] = []
        self.violations: list[str] = []
        self.refusals: list[str] = []
        self.requests: deque[Request] = deque(maxlen=REQUESTS_KEPT)
        self._changed = asyncio.Event()
        self.bot = self.add_user("atelier", bot=True)

    # Time and ids

    def now(self) -> float:
        """Seconds since 1970, `offset` ahead of the machine."""
        return time.time() + self.offset

    def snowflake(self) -> int:
        """A fresh id that carries the time, as Discord's do."""
        id_ = (int(self.now() * 1000) - EPOCH_MS) << 22
        self._last_id = max(id_, self._last_id + 1)
        return self._last_id

    # Telling

    def emit(self, event: str, payload: Json) -> None:
        """Tell the gateway, and wake those who wait."""
        for listener in self.listeners:
            listener(event, payload)
        self.touch()

    def touch(self) -> None:
        """Wake those who wait for a state."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait_for(self, predicate: Callable[[], T], timeout: float) -> T:  # noqa: ASYNC109
        """The first true value of `predicate`, looked at after each change; TimeoutError."""
        async with asyncio.timeout(timeout):
            while not (value := predicate()):
                await self._changed.wait()
            return value

    def violate(self, rule: str) -> None:
        """Note a broken rule."""
        self.violations.append(rule)
        self.touch()

    # Making

    def add_user(self, name: str, *, bot: bool = False) -> User:
        """A new user, member of no guild."""
        user = User(self.snowflake(), name, bot)
        self.users[user.id] = user
        return user

    def add_guild(self, name: str, bot_permissions: Permission = BOT_PERMISSIONS) -> Guild:
        """A new guild with an owner and the bot; announced."""
        owner = self.add_user(f"{name.lower()}-owner")
        members = {owner.id: owner, self.bot.id: self.bot}
        guild = Guild(self.snowflake(), name, EVERYONE, bot_permissions, members)
        # The id after the guild's is the bot's role (payloads.bot_role_id).
        self._last_id += 1
        self.guilds[guild.id] = guild
        self.emit("GUILD_CREATE", self.guild_payload(guild))
        return guild

    def add_channel(self, guild: Guild, name: str) -> Channel:
        """A new text channel; announced."""
        channel = Channel(self.snowflake(), name, guild)
        self.channels[channel.id] = channel
        guild.channel_ids.append(channel.id)
        self.emit("CHANNEL_CREATE", payloads.channel(channel, self.bot))
        return channel

    def direct_channel(self, user: User) -> Channel:
        """The bot's direct messages with the user."""
        for channel in self.channels.values():
            if channel.recipient is user:
                return channel
        channel = Channel(self.snowflake(), user.name, recipient=user)
        self.channels[channel.id] = channel
        return channel

    def add_interaction(self, interaction: Interaction) -> None:
        """Keep it under its id and its token."""
        self.interactions[interaction.id] = interaction
        self.tokens[interaction.token] = interaction

    def token(self) -> str:
        """A token for an interaction."""
        return secrets.token_urlsafe(32)

    def guild_payload(self, guild: Guild) -> Json:
        """The guild's JSON with its channels."""
        channels = [self.channels[each] for each in guild.channel_ids]
        return payloads.guild(guild, channels, self.bot)

    # Access

    def allowed(self, channel: Channel) -> Permission:
        """What the bot may do in the channel; nothing once it left the guild."""
        if channel.guild is None:
            return BOT_PERMISSIONS
        if self.bot.id not in channel.guild.members:
            return Permission(0)
        return (channel.guild.everyone | channel.guild.bot_permissions) & ~channel.denied

    def open_channel(self, id_: int, *needed: Permission) -> Channel:
        """The channel, if the bot sees it and has the permissions; else Discord's refusal."""
        channel = self.channels.get(id_)
        if channel is None:
            raise errors.unknown_channel()
        allowed = self.allowed(channel)
        if Permission.VIEW_CHANNEL not in allowed:
            raise errors.missing_access()
        if any(each not in allowed for each in needed):
            raise errors.missing_permissions()
        return channel

    def open_message(self, channel: Channel, id_: int) -> Message:
        """A message that the bot can reach by its channel: not an ephemeral one."""
        message = channel.everything.get(id_)
        if message is None or message.ephemeral_for is not None:
            raise errors.unknown_message()
        return message

    # Messages

    def message_payload(self, message: Message) -> Json:
        """The message's JSON as the bot gets it."""
        channel = self.channels[message.channel_id]
        referenced = None
        if message.reference is not None:
            referenced = channel.everything.get(message.reference)
        return payloads.message(message, self.bot, referenced)

    def message_event(self, event: str, message: Message) -> None:
        """Announce a message; ephemeral ones are not announced."""
        message.revisions.append(_revision(message, self.now()))
        if message.ephemeral_for is not None:
            self.touch()
            return
        self.emit(event, self.message_payload(message) | self._place(message))

    def _place(self, message: Message) -> Json:
        guild = self.channels[message.channel_id].guild
        return {} if guild is None else {"guild_id": str(guild.id)}

    def delete_message(self, message: Message) -> None:
        """Take a message away for everybody."""
        channel = self.channels[message.channel_id]
        channel.deleted.append(channel.everything.pop(message.id))
        for attachment in message.attachments:
            self.cdn.remove(attachment)
        ids = {"id": str(message.id), "channel_id": str(channel.id)}
        if message.ephemeral_for is None:
            self.emit("MESSAGE_DELETE", ids | self._place(message))
        self.touch()

    def react(self, message: Message, user: User, emoji: str) -> None:
        """Add a user's reaction; nothing happens where it stands already."""
        users = message.reactions.setdefault(emoji, [])
        if user in users:
            return
        users.append(user)
        payload = self._reaction(message, user, emoji)
        payload |= {"message_author_id": str(message.author.id), "burst_colors": []}
        guild = self.channels[message.channel_id].guild
        if guild is not None:
            payload["member"] = payloads.member(user, [])
        self.emit("MESSAGE_REACTION_ADD", payload)

    def unreact(self, message: Message, user: User, emoji: str) -> None:
        """Take a user's reaction away; ValueError where there is none."""
        users = message.reactions.get(emoji, [])
        users.remove(user)
        if not users:
            del message.reactions[emoji]
        self.emit("MESSAGE_REACTION_REMOVE", self._reaction(message, user, emoji))

    def _reaction(self, message: Message, user: User, emoji: str) -> Json:
        return self._place(message) | {
            "user_id": str(user.id),
            "channel_id": str(message.channel_id),
            "message_id": str(message.id),
            "emoji": payloads.emoji(emoji),
            "burst": False,
            "type": 0,
        }


def _revision(message: Message, at: float) -> Revision:
    filenames = [each.filename for each in message.attachments]
    return Revision(at, message.content, message.embeds, filenames, message.components)
