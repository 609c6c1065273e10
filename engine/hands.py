"""Threads that do what is not a step while the engine's own thread steps others."""

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import partial

from engine.outcomes import Outcome, Paints, next_of, preview_of
from engine.runner import Device, Mark, cores

_LEAST = 2
"""So that one that takes long does not keep all others waiting."""
_MOST = 8
"""Most of the time they wait: each of their small kernels for a large one of a step."""

_Key = tuple[str, Paints, bool]
"""Job, painting, and whether it is a preview."""


class Hands:
    """Work for a job at a time, and a preview; what it gave is fetched by who had it done.

    Paintings stand beside their jobs, since a job may be dropped and come anew.
    """

    def __init__(self, device: Device) -> None:
        """For work with tensors of `device`."""
        self._device = device
        threads = min(max(_LEAST, cores() // 2), _MOST)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="hand")
        self._at_work: dict[_Key, Future[Outcome | None]] = {}
        self._waiting: dict[_Key, tuple[Mark, Callable[[], Outcome | None]]] = {}

    def have(self, job: str, painting: Paints) -> bool:
        """Whether they are at this job's next, or it was not fetched yet."""
        key = job, painting, False
        return key in self._at_work or key in self._waiting

    def go_on(self, job: str, painting: Paints) -> None:
        """Have done what it needs before or after its steps."""
        if not self.have(job, painting):
            self._take((job, painting, False), partial(next_of, job, painting))

    def draw(self, job: str, painting: Paints) -> None:
        """Have a preview drawn of how it is now, if none is being drawn."""
        key = job, painting, True
        if key not in self._at_work and key not in self._waiting:
            self._take(key, preview_of(job, painting))

    @property
    def busy(self) -> bool:
        """Whether anything was not fetched yet."""
        return bool(self._at_work or self._waiting)

    def let_go(self, job: str, painting: Paints) -> None:
        """Be at this painting no more, and forget what is to tell of it."""
        for is_preview in (False, True):
            self._waiting.pop((job, painting, is_preview), None)
            if (future := self._at_work.pop((job, painting, is_preview), None)) is not None:
                wait([future])

    def close(self) -> bool:
        """Begin nothing any more; whether something is still being done."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        return any(not future.done() for future in self._at_work.values())

    def fetch(self, *, wait_for_one: bool) -> list[tuple[str, Paints, Outcome]]:
        """What there is to tell since the last time. Raises what is no fault of a job."""
        if wait_for_one and not self._at_work:
            for mark, _ in self._waiting.values():
                mark.synchronize()
        self._begin()
        if wait_for_one and self._at_work:
            wait(self._at_work.values(), return_when=FIRST_COMPLETED)
        done = [key for key, future in self._at_work.items() if future.done()]
        found = [(key[0], key[1], self._at_work.pop(key).result()) for key in done]
        return [(job, painting, outcome) for job, painting, outcome in found if outcome is not None]

    def _take(self, key: _Key, work: Callable[[], Outcome | None]) -> None:
        self._waiting[key] = self._device.mark(), work
        self._begin()

    def _begin(self) -> None:
        """What waited for what this thread had asked of the device, if that is done."""
        passed = [key for key, (mark, _) in self._waiting.items() if mark.query()]
        for key in passed:
            _, work = self._waiting.pop(key)
            self._at_work[key] = self._threads.submit(self._device.for_another_thread(work))
