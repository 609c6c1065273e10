"""The worker: takes jobs from the queue, keeps the engine at work, and leaves in good order."""

import asyncio
import contextlib
from collections.abc import Coroutine
from functools import partial
from typing import Any

import structlog

from config.settings import Settings
from engine.attendance import Attendance
from engine.studio import Studio
from jobs.broker import Broker, Lease
from jobs.errors import QueueAway
from jobs.events import Beat

log = structlog.get_logger(__name__)

BEAT_SECONDS = 2.0
GRACE_SECONDS = 3.0
"""A job that will be done so soon is finished at a shutdown; the others are handed back."""
_LEAVING_SECONDS = 3.0
_LOOK_SECONDS = 1.0


class Worker:
    """One engine process at the queue."""

    def __init__(self, broker: Broker, studio: Studio, settings: Settings, name: str) -> None:
        """`name` is this engine's at the queue; the worker opens the studio."""
        self._broker, self._studio = broker, studio
        self._settings, self._name = settings, name
        self._slots = asyncio.Semaphore(0)
        self._attended: dict[Attendance, asyncio.Task[None]] = {}
        self._side: dict[str, asyncio.Task[None]] = {}
        self._news = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then leave within some six seconds.

        A side task that fails ends it with an ExceptionGroup, and its jobs are handed back.
        """
        async with asyncio.TaskGroup() as tasks:
            self._aside(tasks, "watch the connection", self._fail_when_gone())
            self._aside(tasks, "open the studio", self._open(tasks))
            await stop.wait()
            log.info("engine_stopping", painting=self._painting())
            await self._leave()

    def _aside(self, tasks: asyncio.TaskGroup, name: str, work: Coroutine[Any, Any, None]) -> None:
        self._side[name] = tasks.create_task(work, name=name)

    async def _open(self, tasks: asyncio.TaskGroup) -> None:
        await self._studio.open()
        engine = self._studio.engine
        # No more leases than the engine has use for: others wait where all engines see them.
        self._slots = asyncio.Semaphore(engine.slots)
        log.info("engine_ready", engine=self._name, backbone=engine.backbone, device=engine.device)
        self._aside(tasks, "beat", self._beat())
        self._aside(tasks, "paint", self._paint())
        self._aside(tasks, "take jobs", self._take(tasks))

    async def _paint(self) -> None:
        """As Studio.paint. If it fails, whoever is painted counts a start that has died.

        Nobody knows whose picture it was: each is painted alone the next time, until that shows.
        Jobs that were only taken are handed back.
        """
        try:
            await self._studio.paint()
        except Exception as error:
            log.exception("engine_failed", why=str(error), painting=self._painting())
            self._side["take jobs"].cancel()
            fallen = [task for attendance, task in self._attended.items() if attendance.fall()]
            if fallen:
                await asyncio.wait(fallen, timeout=_LEAVING_SECONDS)
            raise

    async def _fail_when_gone(self) -> None:
        await self._broker.gone()
        raise QueueAway("The connection to the queue has ended for good.")

    def _painting(self) -> list[str]:
        return [attendance.job.id for attendance in self._attended]

    # Showing life

    async def _beat(self) -> None:
        """Every two seconds, and at once when a job has begun or ended."""
        while True:
            try:
                await self._broker.beat(self._sign_of_life())
            except QueueAway:
                log.debug("beat_lost", next=f"again in {BEAT_SECONDS:g} s")
            # Not wait_for: before Python 3.12 it loses a cancel that comes with the news.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(BEAT_SECONDS):
                    await self._news.wait()
            self._news.clear()

    def _sign_of_life(self) -> Beat:
        engine = self._studio.engine
        return Beat(
            engine=self._name,
            backbone=engine.backbone,
            device=engine.device,
            painting=tuple(self._painting()),
            seconds_per_megapixel_step=engine.estimates.rate(engine.backbone),
        )

    # Taking jobs

    async def _take(self, tasks: asyncio.TaskGroup) -> None:
        """Take a job whenever a slot is free, and have it attended to beside the others.

        Where one must run alone no other has been started: its death would count as theirs, too.
        """
        while True:
            await self._slots.acquire()
            lease = await self._next()
            if lease.alone:
                await self._until_alone(lease)
            task = self._attend(lease, tasks)
            if lease.alone:
                await asyncio.wait({task})

    async def _until_alone(self, lease: Lease) -> None:
        """Wait until no other job is attended to, or the member wants this one no more."""
        lease.keep()
        stopped = asyncio.create_task(lease.cancelled.wait(), name="watch for a cancel")
        try:
            while self._attended and not stopped.done():
                others = {stopped, *self._attended.values()}
                await asyncio.wait(others, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            with contextlib.suppress(QueueAway):
                await lease.hand_back(_LEAVING_SECONDS)
            raise
        finally:
            stopped.cancel()

    def _attend(self, lease: Lease, tasks: asyncio.TaskGroup) -> asyncio.Task[None]:
        attendance = Attendance(lease, self._broker, self._studio, self._settings, self._name)
        task = tasks.create_task(attendance.attend(), name=f"attend to {lease.job.id}")
        self._attended[attendance] = task
        self._news.set()
        task.add_done_callback(partial(self._ended, attendance))
        return task

    async def _next(self) -> Lease:
        while True:
            try:
                if (lease := await self._broker.take()) is not None:
                    return lease
            except QueueAway as error:
                log.warning("queue_away", why=error.detail, next=f"again in {_LOOK_SECONDS:g} s")
            await self._broker.doorbell(_LOOK_SECONDS)

    def _ended(self, attendance: Attendance, _: asyncio.Task[None]) -> None:
        del self._attended[attendance]
        self._slots.release()
        self._news.set()

    # Leaving

    async def _leave(self) -> None:
        """Take nothing more, finish what is nearly done, hand the rest back, end the side tasks."""
        for name in ("open the studio", "take jobs"):
            if name in self._side:
                self._side[name].cancel()
        # A task that is cancelled before it has begun could not hand its job back.
        await asyncio.sleep(0)
        soon = [task for attendance, task in self._attended.items() if _nearly_done(attendance)]
        late = [task for task in self._attended.values() if task not in soon]
        await _end(late, 0)
        await _end(soon, GRACE_SECONDS)
        for task in self._side.values():
            task.cancel()


def _nearly_done(attendance: Attendance) -> bool:
    return attendance.seconds_left is not None and attendance.seconds_left < GRACE_SECONDS


async def _end(tasks: list[asyncio.Task[None]], grace: float) -> None:
    """Give the tasks `grace` seconds, then cancel them and wait a little for their last words."""
    if not tasks:
        return
    if grace:
        await asyncio.wait(tasks, timeout=grace)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks, timeout=_LEAVING_SECONDS)
