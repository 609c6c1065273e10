"""The streams of a GPU: captured work as one graph, and work of other threads beside it."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

import structlog
import torch

T = TypeVar("T")

log = structlog.get_logger(__name__)

_WARM_UPS = 2


def borrowed(*tensors: torch.Tensor) -> None:
    """This thread has work begun that reads `tensors` of another thread's making.

    Once nobody holds them, their memory waits until that is done.
    """
    for tensor in tensors:
        if tensor.is_cuda:
            tensor.record_stream(torch.cuda.current_stream(tensor.device))


class Streams:
    """The streams of one GPU."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._captures = _stream(device)
        # Graphs share their memory: one runs at a time, and none leaves anything in it.
        self._pool = torch.cuda.graph_pool_handle()
        self._keeper: torch.cuda.CUDAGraph | None = None
        self._own = threading.local()
        self._turnstile = Turnstile()

    def captured(self, work: Callable[[], None]) -> Callable[[], None]:
        """What does `work` once a call: as it is at first, and from then on as one graph.

        `work` must find its tensors where they were, and must not ask the device for anything.
        """
        return _Captured(work, self)

    def for_another_thread(self, work: Callable[[], T]) -> Callable[[], T]:
        """`work` for a thread beside this one; what it works on must be there already, see `mark`.

        What it gives is complete when it returns, so that any stream may use it.
        """

        def done() -> T:
            stream = self._thread_own()
            with self._turnstile.shared(), torch.cuda.stream(stream):
                try:
                    return work()
                finally:
                    stream.synchronize()

        return done

    def mark(self) -> torch.cuda.Event:
        """Whether, in this thread, all is done that was asked for until now."""
        event: torch.cuda.Event = torch.cuda.current_stream(self._device).record_event()
        return event

    def arriving(self, numbers: torch.Tensor) -> Callable[[], Any]:
        """What waits for `numbers` as they are at this moment, and gives them as a list.

        The device goes on meanwhile with what it is asked for after this.
        """
        here = torch.empty(numbers.shape, dtype=numbers.dtype, pin_memory=True)
        here.copy_(numbers, non_blocking=True)
        there = torch.cuda.current_stream(self._device).record_event()

        def arrived() -> Any:
            there.synchronize()
            return here.tolist()

        return arrived

    def capture(self, work: Callable[[], None]) -> torch.cuda.CUDAGraph:
        """The graph of `work`, which does not run here. No other thread works meanwhile."""
        with self._turnstile.alone():
            torch.cuda.synchronize(self._device)
            if self._keeper is None:
                # Memory that no graph has is given up for good, so there is always one that has it.
                nothing = torch.zeros(1, device=self._device)
                self._keeper = self._graph(lambda: nothing.zero_())
            with contextlib.suppress(torch.OutOfMemoryError):
                return self._graph(work)
            # While it captures, the allocator gives nothing back of what it keeps.
            torch.cuda.empty_cache()
            return self._graph(work)

    def _graph(self, work: Callable[[], object]) -> torch.cuda.CUDAGraph:
        graph = torch.cuda.CUDAGraph()
        with self.apart():
            graph.capture_begin(pool=self._pool, capture_error_mode="thread_local")
            try:
                work()
            finally:
                graph.capture_end()
        return graph

    @contextmanager
    def apart(self) -> Iterator[None]:
        """On the stream of captured work, after what was asked for and before what will be."""
        current = torch.cuda.current_stream(self._device)
        self._captures.wait_stream(current)
        try:
            with torch.cuda.stream(self._captures):
                yield
        finally:
            current.wait_stream(self._captures)

    def _thread_own(self) -> torch.cuda.Stream:
        if not hasattr(self._own, "stream"):
            # Its few small kernels would wait for each large one of a step.
            self._own.stream = _stream(self._device, priority=-1)
        stream: torch.cuda.Stream = self._own.stream
        return stream


class _Captured:
    """Work that is run as it is at first, and from then on as one graph.

    What runs at first compiles kernels and sets libraries up, which cannot be captured. Where a
    graph does not fit into the memory beside what ran at first, it stays as it is.
    """

    def __init__(self, work: Callable[[], None], streams: Streams) -> None:
        self._work, self._streams = work, streams
        self._warm = 0
        self._graph: torch.cuda.CUDAGraph | None = None

    def __call__(self) -> None:
        """Do it once."""
        if self._graph is None and self._warm == _WARM_UPS:
            self._capture()
        if self._graph is not None:
            self._graph.replay()
            return
        self._warm += 1
        with self._streams.apart():
            self._work()

    def _capture(self) -> None:
        try:
            self._graph = self._streams.capture(self._work)
        except torch.OutOfMemoryError:
            log.warning("not_captured", why="memory is short", next="its steps are slower")


class Turnstile:
    """Lets many in, or one alone; whoever wants to be alone goes before those who come later."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside, self._closed = 0, False

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Inside with others."""
        with self._changed:
            self._changed.wait_for(lambda: not self._closed)
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Inside without others."""
        with self._changed:
            self._changed.wait_for(lambda: not self._closed)
            self._closed = True
        try:
            with self._changed:
                self._changed.wait_for(lambda: not self._inside)
            yield
        finally:
            with self._changed:
                self._closed = False
                self._changed.notify_all()


def _stream(device: torch.device, priority: int = 0) -> Any:
    return torch.cuda.Stream(device, priority)  # type: ignore[no-untyped-call]  # torch gives it none


@cache
def streams_of(device: torch.device) -> Streams:
    """Those of a GPU of this process."""
    return Streams(device)
