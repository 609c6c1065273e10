"""The way to a member when the channel is closed to the bot: a direct message."""

import io
from typing import Any

import discord
import structlog

from bot.errors import OUT_OF_REACH
from bot.records import NONCE_LENGTH, Commission

log = structlog.get_logger(__name__)


async def tell_privately(
    client: discord.Client,
    commission: Commission,
    content: str,
    picture: tuple[str, bytes] | None = None,
) -> bool:
    """Send the end of a commission to its member alone; False where they cannot be reached.

    Sent again within some minutes it is the same message, by its nonce. `picture` is a file name
    and its bytes. Raises what may pass: broken connections and Discord's own errors.
    """
    try:
        channel = await client.create_dm(discord.Object(commission.user_id))
        await channel.send(
            content,
            nonce=commission.id[:NONCE_LENGTH],
            allowed_mentions=discord.AllowedMentions.none(),
            **_file(picture),
        )
    except OUT_OF_REACH as error:
        # They take no messages from strangers, or share no server with the bot any more.
        log.info("a member cannot be reached", job=commission.id, reason=str(error))
        return False
    return True


def _file(picture: tuple[str, bytes] | None) -> dict[str, Any]:
    if picture is None:
        return {}
    name, data = picture
    return {"file": discord.File(io.BytesIO(data), name)}
