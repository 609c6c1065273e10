"""Edits of job messages at a pace that Discord allows.

A message has one slot in which the latest look wins, so a slow channel shows fewer frames and
never stale ones. Looks of progress share a budget a channel; a final look passes all of them.
"""

import asyncio
import io
import time
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import Any

import discord
import structlog
from asyncio_throttle.throttler import Throttler

from bot.errors import DISCORD_FAILS, OUT_OF_REACH, will_pass
from config.settings import Discord
from jobs.failpoints import Act, around

log = structlog.get_logger(__name__)

_BUDGET_SECONDS = 5.0
_AGAIN_SECONDS = 5.0
_REMEMBERED = 4096
_PROGRESS_PATIENCE = 20.0
_FINAL_PATIENCE = 90.0
"""Seconds for one edit; discord.py itself waits for minutes where nothing answers."""


@dataclass(frozen=True)
class Spot:
    """Where a message stands."""

    channel_id: int
    message_id: int


@dataclass(frozen=True)
class Look:
    """What a message is to show."""

    content: str
    picture: tuple[str, bytes] | None = None
    """File name and bytes; None leaves the picture that is there."""
    view: discord.ui.View | None = None
    bare: bool = False
    """Without a picture: takes away the one that is there."""


@dataclass
class _Slot:
    look: Look | None = None
    edited: float = float("-inf")
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    task: "asyncio.Task[None] | None" = None
    finishing: bool = False


class Editor:
    """The only one who edits job messages."""

    def __init__(self, client: discord.Client, settings: Discord) -> None:
        self._client = client
        self._settings = settings
        self._slots: dict[Spot, _Slot] = {}
        self._channels: dict[int, Throttler] = {}
        self._finished: OrderedDict[Spot, None] = OrderedDict()

    def show(self, spot: Spot, look: Look) -> None:
        """Have `spot` show `look` soon, unless a later one comes first or it is finished."""
        slot = self._slots.setdefault(spot, _Slot()) if spot not in self._finished else None
        if slot is None or slot.finishing:
            return
        if slot.look and slot.look.picture and not look.picture:
            # A preview that was not shown yet is still the newest picture there is.
            look = replace(look, picture=slot.look.picture)
        slot.look = look
        if slot.task is None:
            slot.task = asyncio.create_task(self._drain(spot, slot), name=f"edits of {spot}")

    async def finish(self, spot: Spot, look: Look) -> None:
        """Show `look` at once and for good, also where progress could not be shown any more.

        Raises what discord.py raises; the caller decides whether to try again.
        """
        slot = self._slots.setdefault(spot, _Slot())
        # Progress that comes while the result is on its way would be shown over it.
        slot.finishing, slot.look = True, None
        try:
            async with slot.lock, asyncio.timeout(_FINAL_PATIENCE):
                with around(Act.EDIT_RESULT):
                    await self._edit(spot, look)
        except BaseException:
            slot.finishing = False
            raise
        self._remember(spot)

    async def close(self) -> None:
        """End the edits that wait."""
        tasks = [slot.task for slot in self._slots.values() if slot.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _remember(self, spot: Spot) -> None:
        self._slots.pop(spot, None)
        self._finished[spot] = None
        while len(self._finished) > _REMEMBERED:
            self._finished.popitem(last=False)

    async def _drain(self, spot: Spot, slot: _Slot) -> None:
        """Edit until the slot is empty."""
        try:
            while slot.look is not None:
                await asyncio.sleep(slot.edited + self._settings.edit_seconds - time.monotonic())
                async with self._channel(spot.channel_id), slot.lock:
                    if (look := slot.look) is None:
                        return
                    slot.look = None
                    await self._try(spot, slot, look)
        except OUT_OF_REACH as error:
            # Discord counts such requests against the bot; whoever ends the job tells its member.
            log.info("a job message is out of reach", spot=spot, reason=str(error))
            self._remember(spot)
        finally:
            slot.task = None

    async def _try(self, spot: Spot, slot: _Slot, look: Look) -> None:
        """Show progress; what Discord does not take now is tried again, unless later news comes."""
        try:
            with around(Act.EDIT_PROGRESS):
                async with asyncio.timeout(_PROGRESS_PATIENCE):
                    await self._edit(spot, look)
            slot.edited = time.monotonic()
        except OUT_OF_REACH:
            raise
        except DISCORD_FAILS as error:
            log.info("an edit of progress failed", spot=spot, reason=str(error))
            slot.edited = time.monotonic() + _AGAIN_SECONDS
            if will_pass(error) and slot.look is None and not slot.finishing:
                # Nobody shows a place again that has not changed.
                slot.look = look

    def _channel(self, channel_id: int) -> Throttler:
        return self._channels.setdefault(
            channel_id,
            Throttler(self._settings.channel_edits, _BUDGET_SECONDS, retry_interval=0.1),
        )

    async def _edit(self, spot: Spot, look: Look) -> None:
        changes: dict[str, Any] = {"content": look.content, "view": look.view}
        if look.picture:
            name, data = look.picture
            changes["attachments"] = [discord.File(io.BytesIO(data), name)]
        elif look.bare:
            changes["attachments"] = []
        channel = self._client.get_partial_messageable(spot.channel_id)
        await channel.get_partial_message(spot.message_id).edit(
            allowed_mentions=discord.AllowedMentions.none(), **changes
        )
