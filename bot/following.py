"""Following jobs through the queue: place in line, progress, and the answer.

Runs beside the bot and never inside of one of its callbacks, so a command ends as soon as its job
has been submitted.
"""

import asyncio
import contextlib

import structlog

from bot import words
from bot.editor import Editor, Look, Spot
from bot.places import standings
from bot.records import Commission
from bot.views import StopButton, stop_button
from jobs.broker import Broker, Waiting
from jobs.errors import QueueAway
from jobs.events import Beat, Progress, Started

log = structlog.get_logger(__name__)

_LOOK_AGAIN_SECONDS = 3.0


class Follower:
    """Keeps the messages of open commissions true."""

    def __init__(self, broker: Broker, editor: Editor) -> None:
        self._broker, self._editor = broker, editor
        self._open: dict[str, Commission] = {}
        self._painting: set[str] = set()
        self._shown: dict[str, str] = {}
        self._changed = asyncio.Event()

    def follow(self, commission: Commission) -> None:
        """Show how this commission fares from now on."""
        self._open[commission.id] = commission
        self._changed.set()

    def is_following(self, job_id: str) -> bool:
        """Whether it shows how this commission fares."""
        return job_id in self._open

    def is_painted(self, job_id: str) -> bool:
        """Whether an engine was heard to paint it."""
        return job_id in self._painting

    def leave(self, job_id: str) -> None:
        """The commission is answered."""
        self._open.pop(job_id, None)
        self._painting.discard(job_id)
        self._shown.pop(job_id, None)
        self._changed.set()

    async def run(self) -> None:
        """Follow until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._follow_live(), name="progress")
            group.create_task(self._follow_line(), name="places in line")

    async def _follow_live(self) -> None:
        async for event in self._broker.live():
            commission = self._open.get(event.job)
            if commission is None:
                continue
            if event.job not in self._painting:
                self._painting.add(event.job)
                self._changed.set()
            self._show_painting(commission, event)

    def _show_painting(self, commission: Commission, event: Started | Progress) -> None:
        progress = event if isinstance(event, Progress) else None
        preview = progress.preview if progress else None
        picture = ("preview.jpg", preview) if preview else None
        label = StopButton.KEEP if progress else StopButton.CANCEL
        look = Look(words.painting(commission, progress), picture, stop_button(event.job, label))
        self._editor.show(spot_of(commission), look)

    async def _follow_line(self) -> None:
        while True:
            # A change is looked at at once; the absence of engines shows only by looking again.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_AGAIN_SECONDS):
                    await self._changed.wait()
            self._changed.clear()
            if not self._open:
                continue
            try:
                line, engines = await self._broker.line(), await self._broker.engines()
            except QueueAway as error:
                log.warning("the queue is away; looked at again in 3 s", exc_info=error)
                await asyncio.sleep(_LOOK_AGAIN_SECONDS)
                continue
            self._show_places(line, engines)

    def _show_places(self, line: list[Waiting], engines: list[Beat]) -> None:
        if not engines:
            self._painting.clear()
        for standing in standings(line, engines, self._painting):
            commission = self._open.get(standing.job.id)
            if commission is None:
                continue
            if standing.number is not None:
                place = words.Place(standing.number, standing.seconds, bool(engines))
                self._show_once(commission, words.waiting(commission, place))
            elif commission.id not in self._painting:
                # Its engine was heard, and its progress was not yet.
                self._show_once(commission, words.painting(commission, None))

    def _show_once(self, commission: Commission, text: str) -> None:
        if self._shown.get(commission.id) != text:
            self._shown[commission.id] = text
            view = stop_button(commission.id, StopButton.CANCEL)
            self._editor.show(spot_of(commission), Look(text, view=view))


def spot_of(commission: Commission) -> Spot:
    """Where a commission's job message stands."""
    assert commission.message_id is not None
    return Spot(commission.channel_id, commission.message_id)
