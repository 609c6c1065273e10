"""The things of the simulated Discord, as plain records; payloads.py turns them into JSON."""

from dataclasses import dataclass, field
from enum import IntEnum, IntFlag
from typing import Any

Json = dict[str, Any]


class Permission(IntFlag):
    """The permissions that matter to a bot that posts pictures."""

    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    USE_EXTERNAL_EMOJIS = 1 << 18
    USE_APPLICATION_COMMANDS = 1 << 31


NOTHING = Permission(0)
EVERYONE = Permission(
    Permission.ADD_REACTIONS
    | Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.USE_EXTERNAL_EMOJIS
    | Permission.USE_APPLICATION_COMMANDS
)


class Flag(IntFlag):
    """Message flags."""

    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    COMPONENTS_V2 = 1 << 15


class MessageType(IntEnum):
    """What made a message."""

    DEFAULT = 0
    REPLY = 19
    COMMAND = 20


class InteractionType(IntEnum):
    """What a member did."""

    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4


@dataclass(eq=False)
class User:
    """A person, or the bot."""

    id: int
    name: str
    bot: bool = False


@dataclass(eq=False)
class Guild:
    """A server. `members` holds users by id; the bot is one while it has not been removed."""

    id: int
    name: str
    everyone: Permission
    bot_permissions: Permission
    members: dict[int, User] = field(default_factory=dict)
    channel_ids: list[int] = field(default_factory=list)


@dataclass(eq=False)
class Attachment:
    """A file on the CDN. `embedded` files are shown by an embed and not beside the message."""

    id: int
    filename: str
    data: bytes
    content_type: str
    url: str
    size: tuple[int, int] | None = None
    description: str | None = None
    embedded: bool = False


@dataclass(eq=False)
class Revision:
    """How a message looked from a moment on (seconds since 1970)."""

    at: float
    content: str
    embeds: list[Json]
    filenames: list[str]
    components: list[Json]


@dataclass(eq=False)
class Message:
    """A message as its channel shows it. `reactions` lists who reacted, by emoji, in order."""

    id: int
    channel_id: int
    author: User
    at: float
    type: MessageType = MessageType.DEFAULT
    content: str = ""
    embeds: list[Json] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    reactions: dict[str, list[User]] = field(default_factory=dict)
    reference: int | None = None
    nonce: str | None = None
    flags: int = 0
    ephemeral_for: User | None = None
    edited_at: float | None = None
    edits: int = 0
    revisions: list[Revision] = field(default_factory=list)
    interaction: "Interaction | None" = None

    @property
    def loading(self) -> bool:
        """Whether it still shows 'thinking…'."""
        return bool(self.flags & Flag.LOADING)

    def attachment(self, filename: str) -> Attachment:
        """The file of this name; KeyError without one."""
        for attachment in self.attachments:
            if attachment.filename == filename:
                return attachment
        raise KeyError(filename)


@dataclass(eq=False)
class Channel:
    """A text channel of a guild, or (without guild) the bot's direct messages with `recipient`.

    `denied` is what an overwrite takes from the bot. `everything` keeps all messages by id in
    order of arrival, ephemeral ones too; `deleted` those that are gone.
    """

    id: int
    name: str
    guild: Guild | None = None
    recipient: User | None = None
    denied: Permission = NOTHING
    everything: dict[int, Message] = field(default_factory=dict)
    deleted: list[Message] = field(default_factory=list)

    @property
    def messages(self) -> list[Message]:
        """What everybody sees, oldest first."""
        return [each for each in self.everything.values() if each.ephemeral_for is None]

    def seen_by(self, user: User) -> list[Message]:
        """What this member sees, oldest first: their own ephemeral messages too."""
        everything = self.everything.values()
        return [each for each in everything if each.ephemeral_for in (None, user)]


@dataclass(eq=False)
class Interaction:
    """A command, a press or a choice, and what the bot has answered so far.

    `original` is the answer itself (or, for a component's deferred update, the message that
    carries the component); it becomes None once deleted. `failed` is true when Discord showed
    'The application did not respond'.
    """

    id: int
    token: str
    type: InteractionType
    user: User
    channel: Channel
    at: float
    data: Json
    source: Message | None = None
    acknowledged: bool = False
    failed: bool = False
    ephemeral: bool = False
    original: Message | None = None
    followups: list[Message] = field(default_factory=list)
    choices: list[Json] = field(default_factory=list)

    @property
    def answers(self) -> list[Message]:
        """Everything the bot said to this interaction that still stands, loading ones left out."""
        said = [each for each in (self.original, *self.followups) if each is not None]
        standing = self.channel.everything
        return [each for each in said if each.id in standing and not each.loading]

    @property
    def text(self) -> str:
        """The words of all answers, one a line."""
        return "\n".join(each.content for each in self.answers)
