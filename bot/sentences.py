"""The one place where errors become sentences for members."""

import secrets

import aiohttp
import discord
import structlog
from discord import app_commands

from bot.errors import BotError
from jobs.errors import JobError
from pictures.errors import PictureError
from pictures.sentences import sentence

log = structlog.get_logger(__name__)


def sentence_for(error: BaseException) -> str:
    """What a member reads when `error` stands in their way.

    An error that nobody foresaw gives a reference, and the log has the rest beside it.
    """
    if isinstance(error, app_commands.CommandInvokeError):
        error = error.original
    if isinstance(error, BotError | JobError):
        return str(error)
    if isinstance(error, PictureError):
        return sentence(error)
    if isinstance(error, app_commands.CommandNotFound | app_commands.CommandSignatureMismatch):
        return "This command has just changed. Reload Discord (Ctrl+R) and try again."
    if isinstance(error, app_commands.TransformerError):
        return f"I cannot use {str(error.value)[:80]} there. Pick one of the offered values."
    if isinstance(error, discord.Forbidden):
        return (
            "Discord does not let me do that in here. Ask whoever runs this server to check my "
            "permissions in this channel."
        )
    if isinstance(error, discord.HTTPException | aiohttp.ClientError | TimeoutError):
        log.warning("Discord did not answer as it should", exc_info=error)
        return "Discord did not answer just now. Try again in a minute."
    return _unforeseen(error)


def _unforeseen(error: BaseException) -> str:
    reference = secrets.token_hex(4)
    log.error("unforeseen error", reference=reference, exc_info=error)
    return (
        "That should not have happened, and it is not your fault. Try again; if it happens "
        f"again, tell whoever runs me this reference: {reference}."
    )
