"""What can go wrong between a member and the queue.

    BotError
    ├── MissingPermissions    the channel does not let the bot work
    ├── AttachmentGone        Discord no longer gives an attachment's bytes
    ├── AttachmentRefused     an attachment is no picture that can be used
    ├── NotRepeatable         a picture that cannot be painted again
    ├── StillTrying           what was asked for is noted, and goes on by itself
    ├── NotYours              a picture that only others may stop
    ├── AlreadyEnded          a picture that there is nothing left to stop of
    └── RecordsAway           the bot's own records cannot be written

Errors of jobs and pictures have trees of their own: jobs.errors and pictures.errors.
"""

import aiohttp
import discord

from jobs.errors import QueueAway
from pictures.errors import PictureError
from pictures.sentences import sentence

DISCORD_FAILS = (discord.HTTPException, aiohttp.ClientError, OSError)
"""What a call to Discord raises: refusals, broken connections, time-outs (which are OSErrors)."""
OUT_OF_REACH = (discord.NotFound, discord.Forbidden)
"""What Discord says of a message, a channel or a server that is gone or closed to the bot."""

_TOO_MANY_REQUESTS = 429
_EXPIRED = 50027
_SERVER_ERROR = 500


def will_pass(error: BaseException) -> bool:
    """Whether it is worth trying the same again later, with nothing changed."""
    if isinstance(error, discord.HTTPException):
        return error.status == _TOO_MANY_REQUESTS or error.status >= _SERVER_ERROR
    return isinstance(error, (QueueAway, RecordsAway, *DISCORD_FAILS))


def is_expired(error: BaseException) -> bool:
    """Whether Discord says that an interaction is over: it was late, or its token has expired."""
    if isinstance(error, discord.NotFound):
        return True
    return isinstance(error, discord.HTTPException) and error.code == _EXPIRED


class BotError(Exception):
    """Something keeps the bot from taking a job."""


class MissingPermissions(BotError):
    """The channel does not let the bot work."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(
            f"I may not do this in here: I need the permission{'s' if len(names) > 1 else ''} "
            f"{', '.join(names)}. Ask whoever runs this server to allow me that in this channel, "
            "or use another channel."
        )
        self.names = names


class AttachmentGone(BotError):
    """Discord no longer hands out that attachment."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"I could not fetch {_quoted(name)} from Discord. Attach it again, please."
        )
        self.name = name


class AttachmentRefused(BotError):
    """An attachment cannot be used; the sentence names it, since there may be two."""

    def __init__(self, name: str, error: PictureError) -> None:
        super().__init__(f"{_quoted(name)}: {sentence(error)}")
        self.name, self.error = name, error


class NotRepeatable(BotError):
    """That picture's originals are gone."""

    def __init__(self) -> None:
        super().__init__(
            "I no longer have the pictures behind this one. Send them again with `/stylize`."
        )


class StillTrying(BotError):
    """Something does not answer just now. Your wish is noted and goes on by itself."""

    def __init__(self) -> None:
        super().__init__(
            "Something I need does not answer just now. Your wish is noted, so you need not ask "
            "again: it goes on by itself, in this channel, as soon as the answer comes."
        )


class NotYours(BotError):
    """Somebody else's picture."""

    def __init__(self, owner_id: int) -> None:
        super().__init__(
            f"This is <@{owner_id}>'s picture. Only they, or a member who may manage messages "
            "here, can stop it."
        )
        self.owner_id = owner_id


class AlreadyEnded(BotError):
    """There is nothing left to stop."""

    def __init__(self) -> None:
        super().__init__("This picture has ended already, so there is nothing left to stop.")


class RecordsAway(BotError):
    """The bot's records cannot be written just now."""

    def __init__(self) -> None:
        super().__init__(
            "I cannot write down what you want just now; my disk may be full. Ask whoever runs me "
            "to look after it, then try again, please."
        )


def _quoted(name: str) -> str:
    """A stranger's file name that cannot format anything."""
    return f"`{name[:60].replace('`', chr(39))}`"
