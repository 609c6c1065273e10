"""The engine as the event loop sees it: one thread that makes all of its calls."""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from engine.engine import Engine
from engine.errors import DeviceLost
from engine.outcomes import Event
from engine.sources import Pictures
from jobs.job import StyleJob
from pictures.encode import Encoded

T = TypeVar("T")


class Studio:
    """Runs the engine. What is asked of it while a step runs is done after that step."""

    def __init__(self, start_engine: Callable[[], Engine]) -> None:
        self._start_engine = start_engine
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="paint")
        self._last: Future[Any] | None = None
        self._engine: Engine | None = None
        self._at_work = False
        self._listeners: dict[str, Callable[[Event], None]] = {}
        self._work = asyncio.Event()
        self._lost: DeviceLost | None = None

    @property
    def engine(self) -> Engine:
        """The engine, once `open` is through; its properties may be read from any thread."""
        assert self._engine is not None, "open it first"
        return self._engine

    @property
    def busy(self) -> bool:
        """Whether anything runs that would keep the process from ending; of one that is closed."""
        return self._at_work or (self._last is not None and not self._last.done())

    async def open(self) -> None:
        """Bring the engine up. Raises EngineError."""
        self._engine = await self.run(self._start_engine)

    async def paint(self) -> None:
        """Step for as long as there is work, without end, and tell each event to its listener."""
        while True:
            await self._work.wait()
            if self._lost is not None:
                raise self._lost
            for event in await self.run(self.engine.step):
                if (tell := self._listeners.get(event.job)) is not None:
                    tell(event)
            if not self.engine.busy:
                self._work.clear()

    async def add(
        self, job: StyleJob, pictures: Pictures, tell: Callable[[Event], None], *, alone: bool
    ) -> float | None:
        """Have a job painted, and `tell` called with its events; gives the estimated seconds.

        Raises WeightsError, and DeviceLost, with which `paint` fails then, too.
        """
        self._listeners[job.id] = tell
        try:
            seconds = await self.run(partial(self.engine.add, job, pictures, alone=alone))
        except DeviceLost as error:
            self._lost = error
            raise
        finally:
            self._work.set()
        return seconds

    async def stop(self, job: str) -> Callable[[int], Encoded] | None:
        """Stop a job at the next step; gives what draws its frame so far, if there is one.

        Until this is through its events are told: it may have ended meanwhile.
        """
        draw = await self.run(partial(self.engine.stop, job))
        self._listeners.pop(job, None)
        return draw

    def forget(self, job: str) -> None:
        """As `drop`, without waiting for it."""
        self._listeners.pop(job, None)
        self._submit(partial(self.engine.drop, job))

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` gives. If the caller is cancelled, a call that runs already goes on."""
        return await asyncio.wrap_future(self._submit(work))

    def close(self) -> None:
        """Take no more calls, and forget those that have not begun."""
        self._executor.shutdown(wait=False, cancel_futures=True)
        self._at_work = self._engine is not None and self._engine.close()

    def _submit(self, work: Callable[[], T]) -> "Future[T]":
        # Log lines of the call then carry the job of the caller.
        future = self._executor.submit(contextvars.copy_context().run, work)
        self._last = future
        return future
