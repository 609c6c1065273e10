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
from jobs.events import Beat, Failed, Finished, Losses, Progress, Result, Started
from jobs.job import StyleJob

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


async def refused(job: StyleJob, _: Broker) -> Result:
    """A job that cannot be painted."""
    return Failed(job=job.id, code="test", sentence="The brush broke. Ask again.")


class QuickPainter:
    """Paints as soon as `open` is set; notes what it painted."""

    def __init__(self, answer: Answer = painted) -> None:
        self.answer = answer
        self.jobs: list[StyleJob] = []
        self.open = asyncio.Event()
        self.open.set()

    @asynccontextmanager
    async def __call__(self, settings: Settings) -> AsyncIterator["asyncio.Future[int]"]:
        """Work for the queue of `settings.data_dir` as long as the context lasts."""
        address = read_address(settings.data_dir)
        async with Broker.connect(
            address, settings.queue, name="painter", connect_seconds=10
        ) as broker:
            task = asyncio.ensure_future(self._work(broker))
            try:
                yield task
            finally:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    async def _work(self, broker: Broker) -> int:
        while True:
            await broker.beat(
                Beat(engine="quick", backbone="none", device="cpu", seconds_per_megapixel_step=0.1)
            )
            await self.open.wait()
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
            await lease.answer(await self.answer(job, broker))
