"""One job at this engine, from its lease to its answer.

A job ends here in one of two ways that differ by type. A member's cancel is an event like others,
and is answered with the frame so far. A shutdown cancels the task, and leaving the lease by that
hands the job back, so that another engine paints it.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import structlog

from config.settings import Settings
from engine.errors import DeviceLost
from engine.failures import failure
from engine.outcomes import Broken, Completed, Event, Stepped
from engine.painted import Painted
from engine.sources import Pictures
from engine.studio import Studio
from jobs.broker import Broker, Lease
from jobs.broker.poison import is_poison, verdict
from jobs.errors import QueueAway
from jobs.events import Cancelled, Finished, Progress, Result, Started
from jobs.failpoints import Act, around
from jobs.recipe import Digest
from pictures.encode import Encoded

log = structlog.get_logger(__name__)
T = TypeVar("T")

PROGRESS_SECONDS = 0.25
"""Least time between two events of progress without a preview."""
_INSISTENCE = 600.0
"""Seconds for which a painting that is done waits for a queue that is away."""


@dataclass(frozen=True)
class CancelledByMember:
    """The member wants it stopped."""


@dataclass(frozen=True)
class EngineFailed:
    """The engine has failed, and nobody knows by whose picture."""


class _Fallen(Exception):
    """The lease is left as one whose start has died."""


class Attendance:
    """Sees one job through: fetches its pictures, follows its events, gives its answer."""

    def __init__(
        self,
        lease: Lease,
        broker: Broker,
        studio: Studio,
        settings: Settings,
        name: str,
    ) -> None:
        """`name` is this engine's."""
        self.job = lease.job
        self.seconds_left: float | None = None
        """Until the last step, as far as it is known."""
        self._lease, self._broker, self._studio = lease, broker, studio
        self._settings, self._name = settings, name
        self._events: asyncio.Queue[Event | CancelledByMember | EngineFailed] = asyncio.Queue()
        self._told = 0.0
        self._is_painted = False

    async def attend(self) -> None:
        """From the lease to the answer. A fault of the job is its answer; nothing else is raised.

        Cancelled, as by a shutdown, it hands the job back.
        """
        with structlog.contextvars.bound_contextvars(job=self.job.id):
            try:
                if is_poison(self._lease.deaths, self._settings.queue.deaths):
                    log.warning("job_given_up", deaths=self._lease.deaths)
                    await self._lease.answer(verdict(self.job, self._lease.deaths))
                else:
                    await self._paint()
            except QueueAway as error:
                log.warning("job_left", why=error.detail, next="another engine gets it")
            except _Fallen:
                log.warning("job_left", why="the engine has failed", next="it is painted alone")

    def fall(self) -> bool:
        """Count the start as one that has died, and leave: this job may have been why.

        Whether it may; the engine knows nothing of a job that was not begun.
        """
        if self._is_painted:
            self._events.put_nowait(EngineFailed())
        return self._is_painted

    async def _paint(self) -> None:
        async with self._lease:
            watching = asyncio.create_task(self._watch(), name=f"watch for a cancel {self.job.id}")
            try:
                result = await self._result()
            finally:
                watching.cancel()
                self._studio.forget(self.job.id)
            await self._lease.answer(result)
            log.info("job_ended", status=result.status)

    async def _watch(self) -> None:
        await self._lease.cancelled.wait()
        self._events.put_nowait(CancelledByMember())

    async def _result(self) -> Result:
        try:
            if not self._lease.cancelled.is_set():
                await self._start()
            return await self._follow()
        except (QueueAway, _Fallen):
            raise
        except DeviceLost:
            # The engine fails with it, and the worker then hands this job back.
            never: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
            return await never
        except Exception as error:
            return failure(self.job.id, error)

    async def _start(self) -> None:
        pictures = await self._fetch()
        tell = self._events.put_nowait
        seconds = await self._studio.add(self.job, pictures, tell, alone=self._lease.alone)
        self._is_painted = True
        log.info("job_started", deaths=self._lease.deaths, estimate=seconds)
        self.seconds_left = seconds
        started = Started(job=self.job.id, engine=self._name, seconds=seconds)
        await self._broker.publish_live(started)

    async def _fetch(self) -> Pictures:
        """The job's pictures out of the store. Raises PictureMissing, QueueAway."""
        recipe, get = self.job.recipe, self._broker.store.get
        with around(Act.GET_PICTURES):
            wanted = (style.digest for each in self.job.recipes for style in each.styles)
            styles = [await get(style) for style in wanted]
            init = await get(recipe.init_digest) if recipe.init_digest else None
            masks = [await get(mask) for mask in recipe.masks]
            content = await get(self.job.content)
        pictures = Pictures(content, tuple(styles), init, tuple(masks))
        await asyncio.to_thread(pictures.open, self._settings.pictures.max_pixels)
        return pictures

    async def _follow(self) -> Result:
        while True:
            match await self._events.get():
                case Stepped() as stepped:
                    await self._tell(stepped)
                case Completed() as completed:
                    return await self._finished(completed.painted)
                case Broken() as broken:
                    return failure(self.job.id, broken.error)
                case CancelledByMember():
                    return await self._cancelled()
                case EngineFailed():
                    raise _Fallen

    async def _tell(self, stepped: Stepped) -> None:
        """Publish progress, but not each step of a fast engine."""
        self.seconds_left = stepped.seconds_left
        now, frame = time.monotonic(), stepped.frame
        last = frame.step == frame.steps
        if stepped.preview is None and not last and now - self._told < PROGRESS_SECONDS:
            return
        self._told = now
        await self._broker.publish_live(
            Progress(
                job=self.job.id,
                step=frame.step,
                steps=frame.steps,
                losses=frame.losses,
                seconds_left=stepped.seconds_left,
                preview=stepped.preview,
            )
        )

    async def _finished(self, painted: Painted) -> Finished:
        limit = self._settings.pictures.result_bytes
        # Not in the studio's thread, in which the next pictures are painted meanwhile.
        encoded = await asyncio.to_thread(painted.encode, limit)
        return Finished(
            job=self.job.id,
            picture=await self._put(encoded.data),
            extension=encoded.extension,
            size=(encoded.width, encoded.height),
            seconds=painted.seconds,
            device=painted.device,
            recipe=painted.recipe,
            asked_backbone=self.job.recipe.backbone,
            losses=painted.losses,
            initial_losses=painted.initial_losses,
            note=_sentences(painted.note, encoded),
        )

    async def _cancelled(self) -> Finished | Cancelled:
        """The end of a job that its member stopped, with the frame so far if there is one.

        Finished where the stop came when the last step was made: nobody wants less then.
        """
        draw = await self._studio.stop(self.job.id)
        while not self._events.empty():
            if isinstance(event := self._events.get_nowait(), Completed):
                return await self._finished(event.painted)
        if draw is None:
            return Cancelled(job=self.job.id)
        limit = self._settings.pictures.result_bytes
        encoded = await asyncio.to_thread(draw, limit)
        picture = await self._put(encoded.data)
        return Cancelled(job=self.job.id, picture=picture, extension=encoded.extension)

    async def _put(self, picture: bytes) -> Digest:
        with around(Act.PUT_PICTURE):
            return await self._insist(lambda: self._broker.store.put(picture))

    async def _insist(self, call: Callable[[], Awaitable[T]]) -> T:
        """What `call` gives, tried again while the queue is away: a painting has cost much."""
        end = time.monotonic() + _INSISTENCE
        while True:
            with contextlib.suppress(QueueAway):
                # Each call waits for the queue itself, so this is no busy loop.
                return await call()
            if time.monotonic() > end:
                return await call()
            log.warning("queue_away", next="the picture is stored as soon as it is back")


def _sentences(note: str, encoded: Encoded) -> str:
    """All that differs from what was asked; the encoder's words are made a sentence."""
    own = f"The picture was {encoded.note}." if encoded.note else ""
    return " ".join(part for part in (note, own) if part)
