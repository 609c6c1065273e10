"""Opening a commission so that it survives a crash at any point, and is answered once.

The order is the whole point: the intent is recorded, then the job message is posted, its id is
recorded, then the job is published under the commission's id. Whatever of it is done twice after
a crash changes nothing: the post has a nonce, the publish is recognised by the job's id.
"""

from typing import Any

import discord
import structlog

from bot import words
from bot.errors import DISCORD_FAILS
from bot.following import Follower
from bot.records import OPEN, Commission, Records, Stage
from bot.sentences import sentence_for
from config.settings import Queue
from jobs.broker import Broker
from jobs.errors import JobError, LineError, TooManyWaiting

log = structlog.get_logger(__name__)

_NONCE_LENGTH = 25
"""As long as Discord lets a nonce be."""


class Commissions:
    """Takes commissions into the line."""

    def __init__(
        self, client: discord.Client, broker: Broker, records: Records, follower: Follower
    ) -> None:
        self._client, self._broker = client, broker
        self._records, self._follower = records, follower

    async def check_room(self, user_id: int, settings: Queue) -> None:
        """Refuse a member who has as many unfinished pictures as are allowed, before any work."""
        if await self._records.open_of(user_id) >= settings.waiting_per_member:
            raise TooManyWaiting(settings.waiting_per_member)

    async def open(self, commission: Commission) -> None:
        """Post the job message and give the job a place in line.

        Raises what posting raises, and JobError where the queue does not take the job; then
        nothing of it is left in the channel.
        """
        await self._records.save(commission)
        try:
            posted = await self._post(commission)
            await self._submit(posted)
        except (JobError, *DISCORD_FAILS):
            await self._withdraw(commission.id)
            raise

    async def recover(self) -> None:
        """Go on with what an earlier process began."""
        for commission in await self._records.in_stages(OPEN):
            try:
                await self._go_on(commission)
            except (LineError, discord.NotFound, discord.Forbidden) as error:
                log.warning("a commission cannot go on", job=commission.id, exc_info=error)
                await self._tell(commission.id, sentence_for(error))
            except (JobError, *DISCORD_FAILS):
                # The process ends and is started again, and then this is tried again.
                log.warning("a commission could not go on now", job=commission.id)
                raise

    async def _go_on(self, commission: Commission) -> None:
        if commission.stage is Stage.INTENDED:
            commission = await self._post(commission)
        if commission.stage is Stage.POSTED:
            await self._submit(commission)
        else:
            self._follower.follow(commission)

    async def _post(self, commission: Commission) -> Commission:
        channel = self._client.get_partial_messageable(commission.channel_id)
        message = await channel.send(
            words.announced(commission),
            nonce=commission.id[:_NONCE_LENGTH],
            allowed_mentions=discord.AllowedMentions.none(),
            **_reply(commission),
        )
        posted = commission.model_copy(update={"stage": Stage.POSTED, "message_id": message.id})
        await self._records.save(posted)
        return posted

    async def _submit(self, commission: Commission) -> None:
        await self._broker.submit(commission.job())
        lined_up = commission.model_copy(update={"stage": Stage.LINED_UP})
        await self._records.save(lined_up)
        log.info("a job has its place in line", job=commission.id, user=commission.user_id)
        self._follower.follow(lined_up)

    async def _tell(self, job_id: str, sentence: str) -> None:
        """Close a commission that cannot go on with a sentence in its message, if it has one."""
        commission = await self._records.by_id(job_id)
        assert commission is not None
        await self._records.save(commission.model_copy(update={"stage": Stage.ANSWERED}))
        if commission.message_id is None:
            return
        channel = self._client.get_partial_messageable(commission.channel_id)
        try:
            await channel.get_partial_message(commission.message_id).edit(
                content=words.refused(commission, sentence)
            )
        except DISCORD_FAILS as error:
            log.warning("a member could not be told", job=job_id, exc_info=error)

    async def _withdraw(self, job_id: str) -> None:
        commission = await self._records.by_id(job_id)
        assert commission is not None
        await self._records.save(commission.model_copy(update={"stage": Stage.ANSWERED}))
        if commission.message_id is None:
            return
        channel = self._client.get_partial_messageable(commission.channel_id)
        try:
            await channel.get_partial_message(commission.message_id).delete()
        except DISCORD_FAILS as error:
            log.warning("a job message could not be taken back", job=job_id, exc_info=error)


def _reply(commission: Commission) -> dict[str, Any]:
    """The message to reply to, and if somebody deletes it, the answer still comes."""
    if commission.reply_to is None:
        return {}
    reference = discord.MessageReference(
        message_id=commission.reply_to,
        channel_id=commission.channel_id,
        fail_if_not_exists=False,
    )
    return {"reference": reference}
