"""Reactions under pictures: whoever reacts with a preset's emoji asks for that version.

Taking the reaction back before the version is begun takes the wish back.
"""

import asyncio
import hashlib
from dataclasses import dataclass
from weakref import WeakValueDictionary

import discord
import structlog

from bot.desk import Desk
from bot.errors import DISCORD_FAILS
from bot.records import OPEN, Commission, Records
from bot.sentences import sentence_for
from jobs.presets import Preset

log = structlog.get_logger(__name__)


class Reactions:
    """Makes commissions of raw reaction events, on messages of any age."""

    def __init__(self, client: discord.Client, desk: Desk, records: Records) -> None:
        self._client, self._desk, self._records = client, desk, records
        self._turns = WeakValueDictionary[tuple[int, str, int], asyncio.Lock]()

    async def added(self, payload: discord.RawReactionActionEvent) -> None:
        """Somebody reacted somewhere; nothing happens unless it is a preset under our picture."""
        preset = self._desk.presets.with_emoji(str(payload.emoji))
        if preset is None or self._is_ours(payload.user_id) or _is_bot(payload):
            return
        # Discord names the author of most messages; where it does not, the records decide.
        if payload.message_author_id is not None and not self._is_ours(payload.message_author_id):
            return
        async with self._turn(payload):
            commission = await self._records.by_message(payload.message_id)
            if commission is not None and commission.finished is not None:
                await self._repeat(commission, preset, payload.user_id)

    async def removed(self, payload: discord.RawReactionActionEvent) -> None:
        """A reaction was taken back: the version that it asked for is not painted after all.

        Whose message it was Discord does not say here; the records know all that were ours.
        """
        preset = self._desk.presets.with_emoji(str(payload.emoji))
        if preset is None or self._is_ours(payload.user_id):
            return
        async with self._turn(payload):
            commission = await self._records.by_message(payload.message_id)
            if commission is not None:
                await self._withdraw(commission, preset, payload.user_id)

    def _turn(self, payload: discord.RawReactionActionEvent) -> asyncio.Lock:
        """So that a reaction which is taken back at once is given before it is taken back."""
        key = payload.message_id, str(payload.emoji), payload.user_id
        return self._turns.setdefault(key, asyncio.Lock())

    async def _withdraw(self, commission: Commission, preset: Preset, user_id: int) -> None:
        last = (await self._versions(commission, preset, user_id))[-1]
        if last.commission is None or last.commission.stage not in OPEN:
            return
        try:
            await self._desk.withdrawn(last.job_id)
        except Exception as error:
            await self._tell(commission, user_id, sentence_for(error))

    async def _repeat(self, commission: Commission, preset: Preset, user_id: int) -> None:
        last = (await self._versions(commission, preset, user_id))[-1]
        if last.commission is not None:
            return
        try:
            await self._desk.reacted(commission, preset, user_id, last.job_id)
        except Exception as error:
            await self._tell(commission, user_id, sentence_for(error))

    async def _versions(
        self, commission: Commission, preset: Preset, user_id: int
    ) -> list["_Version"]:
        """What a member's wish for a version has led to, and last the version that counts now.

        The same wish has the same ids in the same order, so reacting twice is one job. Only where
        a version ended without a picture the wish may be made again, as the next version.
        """
        versions = list[_Version]()
        while not versions or versions[-1].may_be_repeated:
            wish = f"{commission.id}/{preset.name}/{user_id}/{len(versions)}"
            job_id = hashlib.sha256(wish.encode()).hexdigest()[:32]
            versions.append(_Version(job_id, await self._records.by_id(job_id)))
        return versions

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


@dataclass(frozen=True)
class _Version:
    """A version that a member may have asked for; without a commission they have not."""

    job_id: str
    commission: Commission | None

    @property
    def may_be_repeated(self) -> bool:
        """Whether it has ended, or is about to, and not with a picture."""
        known = self.commission
        if known is None or known.finished is not None:
            return False
        return known.stopping or known.stage not in OPEN


def _is_bot(payload: discord.RawReactionActionEvent) -> bool:
    return payload.member is not None and payload.member.bot
