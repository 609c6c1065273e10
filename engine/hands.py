"""Threads that prepare and finish pictures while the engine's own thread steps others."""

import os
from collections.abc import Callable, Hashable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Generic, TypeVar

from engine.runner import Device

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

_LEAST = 2
"""So that one that takes long does not keep all others waiting."""
_MOST = 6
"""They share Python's lock with the thread that steps."""


class Hands(Generic[K, T]):
    """Each piece of work has a key; what it gave is fetched by the thread that had it done."""

    def __init__(self, device: Device) -> None:
        """For work with tensors of `device`."""
        self._device = device
        threads = min(max(_LEAST, (os.cpu_count() or 1) // 2), _MOST)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="hand")
        self._at_work: dict[K, Future[T]] = {}

    def __contains__(self, key: K) -> bool:
        """Whether there is work of this key that was not fetched yet."""
        return key in self._at_work

    def take(self, key: K, work: Callable[[], T]) -> None:
        """Have `work` done, which finds what this thread has asked the device for until now."""
        assert key not in self
        self._at_work[key] = self._threads.submit(self._device.for_another_thread(work))

    def fetch(self, *, wait_for_one: bool) -> list[tuple[K, T]]:
        """What was given since the last time, with its key. Raises what the work raised."""
        if wait_for_one and self._at_work:
            wait(self._at_work.values(), return_when=FIRST_COMPLETED)
        done = [key for key, future in self._at_work.items() if future.done()]
        return [(key, self._at_work.pop(key).result()) for key in done]
