"""Whatever goes wrong in an interaction, the member gets a sentence, and only they see it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import discord
import structlog

from bot.errors import DISCORD_FAILS, is_expired
from bot.sentences import sentence_for

log = structlog.get_logger(__name__)


@asynccontextmanager
async def answered(interaction: discord.Interaction[Any]) -> AsyncIterator[None]:
    """Turn an error inside into the answer to `interaction`."""
    try:
        yield
    except Exception as error:
        await tell(interaction, sentence_for(error))


async def tell(interaction: discord.Interaction[Any], sentence: str) -> None:
    """Say `sentence` to the member alone, whether or not the interaction was deferred.

    Where the interaction is no longer good for that (it lives for 3 s unanswered, 15 minutes then),
    it is said in the channel, to them.
    """
    if interaction.client.is_closed():
        return
    try:
        if not interaction.response.is_done():
            await interaction.response.send_message(sentence, ephemeral=True)
        elif interaction.response.type is discord.InteractionResponseType.deferred_message_update:
            # The original is everybody's job message here.
            await interaction.followup.send(sentence, ephemeral=True)
        else:
            await interaction.edit_original_response(content=sentence)
    except DISCORD_FAILS as error:
        if is_expired(error):
            await _tell_in_channel(interaction, sentence)
        else:
            log.warning("a member could not be told", sentence=sentence, exc_info=error)


async def _tell_in_channel(interaction: discord.Interaction[Any], sentence: str) -> None:
    assert interaction.channel_id is not None
    channel = interaction.client.get_partial_messageable(interaction.channel_id)
    try:
        await channel.send(
            f"<@{interaction.user.id}> · {sentence}",
            allowed_mentions=discord.AllowedMentions.none(),
        )
    except DISCORD_FAILS as error:
        log.warning("a member could not be told", sentence=sentence, exc_info=error)


async def done(interaction: discord.Interaction[Any]) -> None:
    """Take the `thinking…` away: the job message is the answer from here on."""
    try:
        await interaction.delete_original_response()
    except DISCORD_FAILS as error:
        log.info("the waiting note stays", reason=str(error))
