"""Opening a commission so that it survives a crash at any point, and is answered once.

The order is the whole point: the intent is recorded, then the job message is posted, its id is
recorded, then the job is published under the commission's id. Whatever of it is done twice after
a crash changes nothing: the post has a nonce, the publish is recognised by the job's id. A stop is
recorded before it is tried, for the same reason.
"""

import asyncio
from datetime import timedelta
from typing import Any

import discord
import structlog

from bot import words
from bot.errors import DISCORD_FAILS, OUT_OF_REACH, StillTrying, will_pass
from bot.following import Follower
from bot.places import Standing, standings
from bot.private import tell_privately
from bot.records import NONCE_LENGTH, Commission, Records, Stage
from bot.sentences import sentence_for
from bot.views import StopButton, stop_button, stops
from config.settings import Queue
from jobs.broker import Broker, Stopped
from jobs.errors import TooManyWaiting
from jobs.events import Beat, Cancelled
from jobs.failpoints import Act, around

log = structlog.get_logger(__name__)

_CLOCKS_APART = timedelta(minutes=2)
"""So far may this machine's clock be from Discord's."""
_PATIENCE_SECONDS = 30.0
"""So long a member waits for the first try; discord.py itself waits for minutes."""
_LOOKED_THROUGH = 500
"""Messages of a channel, from the time of the wish on."""


class Commissions:
    """Takes commissions into the line, and out of it."""

    def __init__(
        self, client: discord.Client, broker: Broker, records: Records, follower: Follower
    ) -> None:
        self._client, self._broker = client, broker
        self._records, self._follower = records, follower
        self._opening: set[str] = set()
        self.unsettled = asyncio.Event()
        """Set when there is something to reconcile."""

    async def check_room(self, user_id: int, settings: Queue) -> None:
        """Refuse a member who has as many unfinished pictures as are allowed, before any work."""
        if await self._records.open_of(user_id) >= settings.waiting_per_member:
            raise TooManyWaiting(settings.waiting_per_member)

    def is_opening(self, job_id: str) -> bool:
        """Whether this commission is on its way into the line."""
        return job_id in self._opening

    async def is_painted(self, job_id: str) -> bool:
        """Whether an engine says that it paints it. Raises QueueAway."""
        engines = await self._broker.engines()
        return self._follower.is_painted(job_id) or any(job_id in one.painting for one in engines)

    async def line(self) -> tuple[list[Standing], list[Beat]]:
        """Everyone's unfinished jobs in the order of service, and the engines. Raises QueueAway."""
        engines = await self._broker.engines()
        return standings(await self._broker.line(), engines), engines

    async def open(self, commission: Commission) -> None:
        """Post the job message and give the job a place in line.

        Raises what Discord or the line refuse it with; then nothing of it is left in the channel.
        Raises StillTrying where they only do not answer: then it goes on later. A commission whose
        id is known is on its way already, and nothing happens.
        """
        if commission.id in self._opening:
            return
        self._opening.add(commission.id)
        try:
            with structlog.contextvars.bound_contextvars(job=commission.id):
                with around(Act.RECORD_INTENT):
                    is_new = await self._records.add(commission)
                if is_new:
                    await self._open(commission)
        finally:
            self._opening.discard(commission.id)

    async def _open(self, commission: Commission) -> None:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                lined_up = await self._go_on(commission)
            if lined_up.stage is Stage.LINED_UP:
                self._follower.follow(lined_up)
        except Exception as error:
            # What is closed gives errors of any kind, and the next process goes on.
            if will_pass(error) or self._client.is_closed():
                log.warning("a commission goes on later", exc_info=error)
                raise StillTrying from error
            await self._withdraw(commission.id)
            raise

    async def resume(self, commission: Commission) -> None:
        """Go on with a commission that an earlier process, or an earlier try, left half open.

        What will pass is raised; anything else ends the commission, and its member is told. It is
        not followed: its end may have been shown already, when that earlier process died.
        """
        self._opening.add(commission.id)
        try:
            if commission.stage is Stage.INTENDED:
                commission = await self._found(commission)
            await self._go_on(commission)
        except Exception as error:
            if will_pass(error) or self._client.is_closed():
                raise
            log.warning("a commission cannot go on", exc_info=error)
            await self._refuse(commission.id, sentence_for(error))
        finally:
            self._opening.discard(commission.id)

    async def submit_again(self, commission: Commission) -> None:
        """Give the line a job that it has lost. Raises QueueAway, LineError: try again later."""
        log.warning("the line has lost a job; it is submitted again")
        await self._broker.submit(commission.job())

    async def stop(self, job_id: str) -> None:
        """Have a commission end soon, with the picture as far as it has come.

        That is written down, and then carried out beside the bot (see bot.reconciling), also if
        the queue is away just now or this process dies meanwhile.
        """
        with around(Act.RECORD_STOP):
            await self._records.change(job_id, stopping=True)
        self.unsettled.set()

    async def carry_out_stop(self, commission: Commission) -> None:
        """Cancel a commission's job, whether it waits or is painted. Raises QueueAway."""
        with around(Act.CANCEL):
            met = await self._broker.cancel(commission.id, str(commission.user_id))
        log.info("stopped by its member", met=met.value)
        if met is not Stopped.PAINTING:
            # Nobody else tells its end. Where it has another one by now, that one stands.
            await self.conclude_stopped(commission)

    async def conclude_stopped(self, commission: Commission) -> None:
        """Store the end of a commission that was stopped and that no engine paints."""
        with around(Act.CONCLUDE):
            await self._broker.conclude(commission.bot, Cancelled(job=commission.id))

    async def _go_on(self, commission: Commission) -> Commission:
        if commission.stage is Stage.INTENDED:
            commission = await self._post(commission)
        if commission.stage is Stage.POSTED:
            commission = await self._submit(commission)
        return commission

    async def _found(self, commission: Commission) -> Commission:
        """The commission with the message that was posted and not recorded, if there is one.

        Discord knows a nonce for some minutes only, so after a longer absence posting again would
        post twice.
        """
        channel = self._client.get_partial_messageable(commission.channel_id)
        after = commission.asked_at - _CLOCKS_APART
        try:
            async for message in channel.history(limit=_LOOKED_THROUGH, after=after):
                if commission.id in stops(message):
                    return await self._posted(commission, message.id)
        except OUT_OF_REACH as error:
            log.info("a channel's history cannot be read", reason=str(error))
        return commission

    async def _posted(self, commission: Commission, message_id: int) -> Commission:
        with around(Act.RECORD_MESSAGE):
            return await self._records.change(
                commission.id, stage=Stage.POSTED, message_id=message_id
            )

    async def _post(self, commission: Commission) -> Commission:
        channel = self._client.get_partial_messageable(commission.channel_id)
        with around(Act.POST):
            message = await channel.send(
                words.announced(commission),
                view=stop_button(commission.id, StopButton.CANCEL),
                nonce=commission.id[:NONCE_LENGTH],
                allowed_mentions=discord.AllowedMentions.none(),
                **_reply(commission),
            )
        return await self._posted(commission, message.id)

    async def _submit(self, commission: Commission) -> Commission:
        with around(Act.SUBMIT):
            await self._broker.submit(commission.job())
        with around(Act.RECORD_LINE):
            lined_up = await self._records.change(commission.id, stage=Stage.LINED_UP)
        log.info("a job has its place in line", user=commission.user_id)
        if lined_up.stopping:
            self.unsettled.set()
        return lined_up

    async def _refuse(self, job_id: str, sentence: str) -> None:
        """Tell a member that their commission cannot go on, and close it once that is told.

        Raises what will pass; then it is tried again as a whole.
        """
        commission = await self._records.by_id(job_id)
        assert commission is not None
        try:
            with around(Act.EDIT_RESULT):
                await self._tell(commission, words.refused(commission, sentence))
        except DISCORD_FAILS as error:
            if will_pass(error):
                raise
            log.warning("a member could not be told", job=job_id, exc_info=error)
        await self._close(job_id)

    async def _tell(self, commission: Commission, text: str) -> None:
        """In the job message if there is one, or else in private."""
        if commission.message_id is not None:
            channel = self._client.get_partial_messageable(commission.channel_id)
            message = channel.get_partial_message(commission.message_id)
            try:
                await message.edit(content=text, view=None)
            except OUT_OF_REACH as error:
                log.info("a job message cannot be edited", reason=str(error))
            else:
                return
        await tell_privately(self._client, commission, text)

    async def _close(self, job_id: str) -> Commission:
        with around(Act.RECORD_ANSWERED):
            return await self._records.change(job_id, stage=Stage.ANSWERED)

    async def _withdraw(self, job_id: str) -> None:
        commission = await self._close(job_id)
        if commission.message_id is None:
            return
        channel = self._client.get_partial_messageable(commission.channel_id)
        try:
            with around(Act.WITHDRAW):
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
