"""A quick painter: takes jobs from the real queue and answers each with a small picture."""

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from PIL import Image

from config import Settings
from jobs.address import read_address
from jobs.broker import Broker, Lease
from jobs.events import Beat, Cancelled, Failed, Finished, Losses, Progress, Result, Started
from jobs.job import StyleJob

_BEAT_SECONDS = 0.2
_LOSSES = Losses(content=1, style=1, tv=1)
Answer = Callable[[StyleJob, Broker], Awaitable[Result]]


def small_picture(side: int = 32) -> bytes:
    """A PNG of one colour."""
    buffer = io.BytesIO()
    Image.new("RGB", (side, side), "teal").save(buffer, "PNG")
    return buffer.getvalue()


async def painted(job: StyleJob, broker: Broker) -> Result:
    """A finished job with a small picture."""
    digest = await broker.store.put(small_picture())
    return Finished(
        job=job.id,
        picture=digest,
        extension="png",
        size=(32, 32),
        seconds=0.1,
        device="cpu",
        recipe=job.recipe,
        asked_backbone=job.recipe.backbone,
        losses=_LOSSES,
        initial_losses=_LOSSES,
    )


async def so_far(job: StyleJob, broker: Broker) -> Result:
    """A job that was stopped, with its picture so far."""
    return Cancelled(job=job.id, picture=await broker.store.put(small_picture()), extension="png")


async def refused(job: StyleJob, _: Broker) -> Result:
    """A job that cannot be painted."""
    return Failed(job=job.id, code="test", sentence="The brush broke. Ask again.")


class QuickPainter:
    """Paints as soon as `open` is set, and is done as soon as `through` is; notes what it painted.

    A job that its member stops meanwhile ends with the picture so far.
    """

    def __init__(self, answer: Answer = painted) -> None:
        self.answer = answer
        self.jobs: list[StyleJob] = []
        self.open = asyncio.Event()
        self.through = asyncio.Event()
        self.begun = asyncio.Event()
        self._closed = asyncio.Event()
        self._painting: tuple[str, ...] = ()
        for event in (self.open, self.through):
            event.set()

    async def close(self) -> None:
        """Take nothing more until `open` is set again; what is being taken is still painted."""
        self.open.clear()
        await self._closed.wait()

    @asynccontextmanager
    async def __call__(self, settings: Settings) -> AsyncIterator["asyncio.Future[int]"]:
        """Work for the queue of `settings.data_dir` as long as the context lasts."""
        address = read_address(settings.data_dir)
        async with Broker.connect(
            address, settings.queue, name="painter", connect_seconds=10
        ) as broker:
            task = asyncio.ensure_future(self._work(broker))
            beating = asyncio.create_task(self._beat(broker))
            try:
                yield task
            finally:
                beating.cancel()
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    async def _beat(self, broker: Broker) -> None:
        while True:
            await broker.beat(
                Beat(
                    engine="quick",
                    backbone="none",
                    device="cpu",
                    painting=self._painting,
                    seconds_per_megapixel_step=0.1,
                )
            )
            await asyncio.sleep(_BEAT_SECONDS)

    async def _work(self, broker: Broker) -> int:
        while True:
            if not self.open.is_set():
                self._closed.set()
                await self.open.wait()
                self._closed.clear()
            if lease := await broker.take():
                await self._paint(lease, broker)
            else:
                await broker.doorbell(0.5)

    async def _paint(self, lease: Lease, broker: Broker) -> None:
        async with lease:
            job = lease.job
            self.jobs.append(job)
            await broker.publish_live(Started(job=job.id, engine="quick"))
            await broker.publish_live(
                Progress(job=job.id, step=1, steps=2, losses=_LOSSES, preview=b"preview")
            )
            self.begun.set()
            self._painting = (job.id,)
            await _first(self.through, lease.cancelled)
            stopped, self._painting = lease.cancelled.is_set(), ()
            await lease.answer(await (so_far if stopped else self.answer)(job, broker))


async def _first(*events: asyncio.Event) -> None:
    """Return when one of `events` is set."""
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
