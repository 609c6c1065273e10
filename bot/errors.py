"""What can go wrong between a member and the queue.

    BotError
    ├── MissingPermissions    the channel does not let the bot work
    ├── AttachmentGone        Discord no longer gives an attachment's bytes
    ├── AttachmentRefused     an attachment is no picture that can be used
    └── NotRepeatable         a picture that cannot be painted again

Errors of jobs and pictures have trees of their own: jobs.errors and pictures.errors.
"""

import aiohttp
import discord

from pictures.errors import PictureError
from pictures.sentences import sentence

DISCORD_FAILS = (discord.HTTPException, aiohttp.ClientError, OSError)
"""What a call to Discord raises: refusals, broken connections, time-outs (which are OSErrors)."""


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


def _quoted(name: str) -> str:
    """A stranger's file name that cannot format anything."""
    return f"`{name[:60].replace('`', chr(39))}`"
