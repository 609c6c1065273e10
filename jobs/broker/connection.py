"""The connection to NATS: one place that waits for it, tries again and maps its errors.

Nothing is buffered while the connection is away, so nothing is published late: a call waits for the
connection, is tried again while its patience lasts, and then raises QueueAway. Calls are therefore
written so that doing them twice changes nothing.
"""

import asyncio
import contextlib
import logging
import ssl
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar
from urllib.parse import urlsplit

import nats
import nats.errors
import nats.js.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from jobs.address import Address
from jobs.errors import JobError, QueueAway
from jobs.server_binary import refuse_old

log = logging.getLogger(__name__)
T = TypeVar("T")

PATIENCE = 10.0
"""Seconds for which a call outlasts a queue that is away: twice what a supervisor needs."""
ANSWER_SECONDS = 5
_AGAIN_SECONDS = 0.1
FOREIGN = (nats.errors.Error, nats.js.errors.Error, OSError, TimeoutError)


class Connection:
    """A NATS client that is connected, or tries to be; made by `open`."""

    def __init__(self) -> None:
        self.client = Client()
        self.patience = PATIENCE
        self._up = asyncio.Event()
        self._down = asyncio.Event()
        self._closed = asyncio.Event()
        self._refusal: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._trouble = ""
        self._tasks: set[asyncio.Task[Any]] = set()
        self._after_reconnect: list[Callable[[], Awaitable[None]]] = []

    # Opening and closing

    async def open(self, address: Address, name: str, seconds: float) -> None:
        """Connect within `seconds`; QueueAway with a `detail` for the operator, or QueueTooOld."""
        there = where(address.url)
        connecting = asyncio.create_task(self._connect(address, name), name="connect to the queue")
        waiting: set[asyncio.Future[Any]] = {connecting, self._refusal}
        try:
            await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if self._refusal.done():
                raise QueueAway(
                    f"The queue at {there} refuses us: {self._refusal.result()}. "
                    "Put its token into ATELIER_NATS__TOKEN."
                )
            if not connecting.done():
                why = f" ({self._trouble})" if self._trouble else ""
                raise QueueAway(
                    f"No queue answers at {there} within {seconds:g} seconds{why}. "
                    "Start nats-server there, or mend ATELIER_NATS__URL."
                )
            try:
                connecting.result()
            except FOREIGN as exc:
                raise QueueAway(f"The queue at {there} cannot be used: {exc}.") from exc
        finally:
            connecting.cancel()
            await asyncio.gather(connecting, return_exceptions=True)
        self._up.set()
        refuse_old(there, str(self.info.get("version", "of unknown age")))

    async def _connect(self, address: Address, name: str) -> None:
        await self.client.connect(
            [url.strip() for url in address.url.split(",")],
            name=name,
            token=address.token or None,
            # Without a context nats-py would talk in the clear to a server that has no TLS.
            tls=ssl.create_default_context() if "tls://" in address.url else None,
            error_cb=self._on_error,
            disconnected_cb=self._on_disconnect,
            reconnected_cb=self._on_reconnect,
            closed_cb=self._on_closed,
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.2,  # type: ignore[arg-type]  # any number of seconds will do
            ping_interval=10,
            pending_size=0,
        )

    async def close(self) -> None:
        """End the side tasks and the connection; what has been published is flushed."""
        self._closed.set()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with contextlib.suppress(*FOREIGN):
            if self.client.is_connected:
                await self.client.flush(timeout=1)
        await self.client.close()

    async def gone(self) -> None:
        """Return when the connection has ended for good, as when the server refuses our token."""
        await self._closed.wait()

    @property
    def is_connected(self) -> bool:
        """Whether the server is there at this moment."""
        return self._up.is_set() and not self._closed.is_set()

    @property
    def is_closed(self) -> bool:
        """Whether the connection has ended for good."""
        return self._closed.is_set()

    @property
    def info(self) -> dict[str, Any]:
        """What the server says about itself."""
        # nats-py keeps it without a public name.
        return self.client._server_info

    # What nats-py tells

    async def _on_error(self, error: Exception) -> None:
        if "uthorization" in str(error) and not self._refusal.done():
            self._refusal.set_result("it asks for another token")
        if isinstance(error, ssl.SSLError):
            self._trouble = f"TLS: {error.reason or error}"
        log.debug("queue: %s", error)

    async def _on_disconnect(self) -> None:
        if self._closed.is_set() or not self._up.is_set():
            return
        self._up.clear()
        self._down.set()
        log.warning("queue: the connection is lost; tried again every 0.2 s until it is back")

    async def _on_reconnect(self) -> None:
        self._down.clear()
        self._up.set()
        log.info("queue: connected again")
        self.start(self._set_up_again(), "after the reconnection")

    async def _on_closed(self) -> None:
        self._closed.set()

    async def _set_up_again(self) -> None:
        try:
            for action in self._after_reconnect:
                await action()
        except QueueAway as exc:
            log.warning(
                "queue: not set up; tried again after the next reconnection: %s", exc.detail
            )

    # Calls

    def start(self, work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        """Run `work` beside, until it ends or the connection is closed."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def after_reconnect(self, action: Callable[[], Awaitable[None]]) -> None:
        """Do `action` each time the connection is back; it may raise QueueAway."""
        self._after_reconnect.append(action)

    async def call(self, work: Callable[[], Awaitable[T]], patience: float | None = None) -> T:
        """Do `work`, again if the queue goes away meanwhile; QueueAway after `patience` seconds.

        `work` must be such that doing it twice changes nothing. `Refused` passes.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + (self.patience if patience is None else patience)
        while True:
            try:
                async with asyncio.timeout_at(end):
                    await self._connected()
                    return await self._unless_down(work())
            except JobError:
                raise
            except FOREIGN as exc:
                if self._closed.is_set() or loop.time() + _AGAIN_SECONDS >= end:
                    raise QueueAway(str(exc) or exc.__class__.__name__) from exc
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _connected(self) -> None:
        if self._closed.is_set():
            raise QueueAway("the connection is closed")
        await self._up.wait()

    async def _unless_down(self, work: Awaitable[T]) -> T:
        """The result of `work`; an answer that was lost with the connection is not waited for."""
        doing = asyncio.ensure_future(work)
        lost = asyncio.ensure_future(self._down.wait())
        try:
            await asyncio.wait({doing, lost}, return_when=asyncio.FIRST_COMPLETED)
            if doing.done():
                return doing.result()
            raise nats.errors.StaleConnectionError
        finally:
            lost.cancel()
            doing.cancel()
            # Nobody asks any more how it ended.
            doing.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def publish(self, subject: str, data: bytes = b"") -> None:
        """Tell whoever listens now, where that is not worth waiting for a lost connection."""
        with contextlib.suppress(*FOREIGN):
            await self.client.publish(subject, data)

    async def tell(
        self, subject: str, data: bytes = b"", reply: str = "", patience: float | None = None
    ) -> None:
        """Tell whoever listens, and return when the server has it; twice if need be."""

        async def publish() -> None:
            await self.client.publish(subject, data, reply=reply)
            await self.client.flush(timeout=ANSWER_SECONDS)

        await self.call(publish, patience)

    async def listen(self, subject: str, heard: Callable[[Msg], Awaitable[None]]) -> Subscription:
        """Call `heard` with each message from now on, over reconnections too."""
        try:
            subscription = await self.client.subscribe(subject, cb=heard)
        except FOREIGN as exc:
            raise QueueAway(str(exc)) from exc
        try:
            # The server knows of it when this returns.
            await self.call(lambda: self.client.flush(timeout=ANSWER_SECONDS))
        except BaseException:
            await self.unlisten(subscription)
            raise
        return subscription

    async def unlisten(self, subscription: Subscription) -> None:
        """Hear no more."""
        with contextlib.suppress(*FOREIGN):
            await subscription.unsubscribe()


def where(url: str) -> str:
    """The hosts of `url`, without what might be a password."""
    parts = (urlsplit(one if "//" in one else f"//{one}") for one in url.split(","))
    return ", ".join(f"{part.hostname}:{part.port or 4222}" for part in parts)
