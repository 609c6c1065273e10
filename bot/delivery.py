"""Delivering results: the last edit of a job message, the record, and only then the ack.

Where the message is gone or closed to the bot, the member gets the end in a direct message.
"""

import asyncio
import io
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from functools import partial
from typing import Any

import discord
import structlog
from PIL import Image

from bot import words
from bot.editor import Editor, Look
from bot.errors import DISCORD_FAILS, OUT_OF_REACH, RecordsAway
from bot.following import Follower, spot_of
from bot.private import tell_privately
from bot.records import Commission, Records, Stage
from bot.views import another_preset
from config import Settings
from jobs.broker import Broker, Delivery
from jobs.errors import JobError, PictureMissing, QueueAway
from jobs.events import Cancelled, Failed, Finished
from jobs.failpoints import Act, around
from jobs.presets import Preset, Presets
from jobs.request import has_own_layers
from pictures.encode import encode
from pictures.metadata import read_recipe

log = structlog.get_logger(__name__)

_RETRY_SECONDS = 5.0
_LATER_SECONDS = 60.0
_TOO_LARGE = 413
_AT_ONCE = 8


class Deliverer:
    """Gives every result to its member, and acknowledges it when they have it."""

    def __init__(
        self,
        client: discord.Client,
        broker: Broker,
        records: Records,
        editor: Editor,
        follower: Follower,
        presets: Presets,
        settings: Settings,
    ) -> None:
        self._client, self._broker, self._records = client, broker, records
        self._editor, self._follower, self._presets = editor, follower, presets
        self._settings = settings
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def run(self, bot: str) -> None:
        """Deliver what comes for `bot` until cancelled."""
        async with asyncio.TaskGroup() as group:
            results = aiter(self._broker.results(bot))
            while True:
                with around(Act.FETCH_RESULT):
                    delivery = await anext(results)
                await self._room.acquire()
                group.create_task(self._within_room(self._deliver(delivery)))

    async def _within_room(self, delivering: Coroutine[Any, Any, None]) -> None:
        try:
            await delivering
        finally:
            self._room.release()

    async def _deliver(self, delivery: Delivery) -> None:
        event = delivery.event
        with structlog.contextvars.bound_contextvars(job=event.job):
            commission = await self._records.by_id(event.job)
            if commission is None or commission.stage is Stage.ANSWERED:
                await _acknowledge(delivery)
                return
            try:
                in_place = await self._answer(commission, event)
                await self._close(commission, delivery)
            except (JobError, RecordsAway, *DISCORD_FAILS) as error:
                log.warning("an answer is tried again in 5 s", exc_info=error)
                await _hand_back(delivery, _RETRY_SECONDS)
                return
            except Exception:
                log.exception("an answer cannot be given; tried again in 60 s")
                await _hand_back(delivery, _LATER_SECONDS)
                return
            log.info("answered", status=event.status)
            if in_place and isinstance(event, Finished):
                await self._offer(commission)

    async def _close(self, commission: Commission, delivery: Delivery) -> None:
        with around(Act.RECORD_ANSWERED):
            await self._records.change(commission.id, stage=Stage.ANSWERED)
        self._follower.leave(commission.id)
        with around(Act.ACK_RESULT):
            await _acknowledge(delivery)

    async def _answer(self, commission: Commission, event: Finished | Failed | Cancelled) -> bool:
        """Show the end; whether that was in the job message, and not in private."""
        if isinstance(event, Finished):
            # A reaction may come as soon as the picture is seen, so the recipe is known before.
            with around(Act.RECORD_FINISHED):
                commission = await self._records.change(commission.id, finished=event)
        with around(Act.GET_RESULT):
            look = await self._look(commission, event)
        try:
            await _small_enough(partial(self._editor.finish, spot_of(commission)), look)
        except OUT_OF_REACH as error:
            log.info("the job message is out of reach", reason=str(error))
            await self._answer_privately(commission, look)
            return False
        return True

    async def _answer_privately(self, commission: Commission, look: Look) -> None:
        content = words.in_private(look.content, with_picture=look.picture is not None)

        async def send(look: Look) -> None:
            await tell_privately(self._client, commission, content, look.picture)

        await _small_enough(send, look)

    async def _look(self, commission: Commission, event: Finished | Failed | Cancelled) -> Look:
        if isinstance(event, Failed):
            return Look(words.failed(commission, event), bare=True)
        if isinstance(event, Cancelled):
            text = words.cancelled(commission, event)
            picture = await self._picture(event.picture) if event.picture else None
            name = f"atelier-{event.job}.{event.extension}"
            return Look(text, (name, picture) if picture else None)
        picture = await self._picture(event.picture)
        if picture is None:
            gone = PictureMissing(event.picture)
            return Look(words.refused(commission, str(gone)), bare=True)
        return Look(
            self._caption(commission, event),
            (f"atelier-{event.job}.{event.extension}", picture),
            another_preset(event.job, self._presets),
        )

    def _caption(self, commission: Commission, event: Finished) -> str:
        if commission.cells:
            shown = [self._preset(cell.recipe.preset) for cell in commission.cells]
            return words.sheet(commission, event, tuple(preset for preset in shown if preset))
        preset = self._preset(event.recipe.preset)
        own = has_own_layers(event.recipe, preset, self._settings)
        return words.painted(commission, event, preset, self._offered(commission), own_layers=own)

    async def _picture(self, digest: str) -> bytes | None:
        try:
            return await self._broker.store.get(digest)
        except PictureMissing:
            return None

    def _preset(self, name: str | None) -> Preset | None:
        return next((preset for preset in self._presets.all if preset.name == name), None)

    def _offered(self, commission: Commission) -> tuple[Preset, ...]:
        """The first presets that can paint these pictures: some need a style of the member's."""
        able = [one for one in self._presets.all if one.picture or commission.own_style]
        return tuple(able[: self._settings.discord.reactions])

    async def _offer(self, commission: Commission) -> None:
        """React with the first presets; a channel that forbids it still has the menu."""
        spot = spot_of(commission)
        channel = self._client.get_partial_messageable(spot.channel_id)
        message = channel.get_partial_message(spot.message_id)
        try:
            for preset in self._offered(commission):
                with around(Act.OFFER_PRESET):
                    await message.add_reaction(preset.emoji)
        except DISCORD_FAILS as error:
            log.info("presets were not offered as reactions", job=commission.id, reason=str(error))


async def _acknowledge(delivery: Delivery) -> None:
    try:
        await delivery.ack()
    except QueueAway as error:
        # It is delivered once more, and the record then says that its member has the answer.
        log.info("a result is acknowledged when it comes again", reason=error.detail)


async def _hand_back(delivery: Delivery, seconds: float) -> None:
    try:
        await delivery.retry(seconds)
    except QueueAway as error:
        log.info("a result comes again when its time has passed", reason=error.detail)


async def _small_enough(show: Callable[[Look], Awaitable[None]], look: Look) -> None:
    """Show `look`, with a smaller picture where Discord finds it too large."""
    try:
        await show(look)
    except discord.HTTPException as error:
        if error.status != _TOO_LARGE or look.picture is None:
            raise
        name, data = look.picture
        extension, smaller = await asyncio.to_thread(_halved, data)
        stem = name.rpartition(".")[0]
        await show(replace(look, picture=(f"{stem}.{extension}", smaller)))


def _halved(data: bytes) -> tuple[str, bytes]:
    """Our own picture once more in half as many bytes: extension and bytes."""
    with Image.open(io.BytesIO(data)) as image:
        recipe = read_recipe(data) or ""
        encoded = encode(image.copy(), limit_bytes=len(data) // 2, recipe_json=recipe)
    return encoded.extension, encoded.data
