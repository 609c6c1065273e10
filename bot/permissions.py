"""What the bot must be allowed in a channel, and in words."""

import discord

from bot.errors import MissingPermissions

NEEDED = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    embed_links=True,
    attach_files=True,
    read_message_history=True,
    add_reactions=True,
)
"""What the invite link asks for."""

_ESSENTIAL = ("view_channel", "attach_files", "read_message_history")


def check_permissions(allowed: discord.Permissions, *, thread: bool) -> None:
    """Raise MissingPermissions naming what the bot lacks for a job message in a channel."""
    send = "send_messages_in_threads" if thread else "send_messages"
    missing = [name for name in (*_ESSENTIAL, send) if not getattr(allowed, name)]
    if missing:
        raise MissingPermissions(tuple(_in_words(name) for name in missing))


def _in_words(name: str) -> str:
    """As Discord's own settings call it."""
    return {"view_channel": "View Channel"}.get(name, name.replace("_", " ").title())
