"""Reactions under pictures: whoever reacts with a preset's emoji asks for that version."""

import hashlib

import discord
import structlog

from bot.desk import Desk
from bot.errors import DISCORD_FAILS
from bot.records import OPEN, Commission, Records
from bot.sentences import sentence_for
from jobs.job import new_id
from jobs.presets import Preset

log = structlog.get_logger(__name__)


class Reactions:
    """Makes commissions of raw reaction events, on messages of any age."""

    def __init__(self, client: discord.Client, desk: Desk, records: Records) -> None:
        self._client, self._desk, self._records = client, desk, records

    async def added(self, payload: discord.RawReactionActionEvent) -> None:
        """Somebody reacted somewhere; nothing happens unless it is a preset under our picture."""
        preset = self._desk.presets.with_emoji(str(payload.emoji))
        if preset is None or self._is_ours(payload.user_id) or _is_bot(payload):
            return
        # Discord names the author of most messages; where it does not, the records decide.
        if payload.message_author_id is not None and not self._is_ours(payload.message_author_id):
            return
        commission = await self._records.by_message(payload.message_id)
        if commission is None or commission.finished is None:
            return
        await self._repeat(commission, preset, payload.user_id)

    async def _repeat(self, commission: Commission, preset: Preset, user_id: int) -> None:
        job_id = await self._job_id(commission, preset, user_id)
        if job_id is None:
            return
        try:
            await self._desk.reacted(commission, preset, user_id, job_id)
        except Exception as error:
            await self._tell(commission, user_id, sentence_for(error))

    async def _job_id(self, commission: Commission, preset: Preset, user_id: int) -> str | None:
        """The same id for the same wish, so reacting twice is one job; None if there is one.

        A version that failed may be asked for again, under a fresh id.
        """
        wish = f"{commission.id}/{preset.name}/{user_id}"
        job_id = hashlib.sha256(wish.encode()).hexdigest()[:32]
        known = await self._records.by_id(job_id)
        if known is None:
            return job_id
        return None if known.stage in OPEN or known.finished else new_id()

    async def _tell(self, commission: Commission, user_id: int, sentence: str) -> None:
        """A reaction has no private answer, so the sentence is a reply that pings nobody."""
        assert commission.message_id is not None
        channel = self._client.get_partial_messageable(commission.channel_id)
        try:
            await channel.get_partial_message(commission.message_id).reply(
                f"<@{user_id}> · {sentence}", allowed_mentions=discord.AllowedMentions.none()
            )
        except DISCORD_FAILS as error:
            log.info("a member could not be told", sentence=sentence, reason=str(error))

    def _is_ours(self, user_id: int) -> bool:
        return self._client.user is not None and user_id == self._client.user.id


def _is_bot(payload: discord.RawReactionActionEvent) -> bool:
    return payload.member is not None and payload.member.bot
