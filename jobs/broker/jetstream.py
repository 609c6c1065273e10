"""JetStream over a connection: storing, fetching and the API, with its refusals as errors."""

import asyncio
import base64
import contextlib
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import nats.errors
import nats.js.errors
from nats.aio.msg import Msg

from jobs.address import Address
from jobs.broker.connection import ANSWER_SECONDS, Connection
from jobs.errors import QueueAway, QueueDiskFull
from jobs.server_log import is_full

log = logging.getLogger(__name__)

_MISSING = {10037, 10057, 10059}  # no message found, by subject or sequence, or no such stream
_FOR_A_MOMENT = {10008, 10009}  # a cluster that chooses its leader
_NO_RESPONDERS = "503"
_NO_ROOM = {10002, 10023, 10047}  # the account's or the server's limit, which is less than the disk
_NEVER = 1 << 62  # a sequence that no stream reaches
_ROOM_SECONDS = 1.0


class Refused(QueueAway):
    """The queue is there and says no. `reason` is JetStream's err_code."""

    def __init__(self, reason: int, description: str) -> None:
        super().__init__(f"{description} ({reason})")
        self.reason, self.description = reason, description

    @property
    def is_missing(self) -> bool:
        """Whether what was asked for is not stored."""
        return self.reason in _MISSING


class JetStream(Connection):
    """A connection that keeps and finds things; made by `open_jetstream`."""

    async def api(self, path: str, body: dict[str, Any], patience: float | None = None) -> Any:
        """Ask the JetStream API; Refused where it says no, QueueDiskFull where the disk does."""

        async def ask() -> Any:
            return _accepted(await self._api(path, body))

        return await self.call(ask, patience)

    async def _api(self, path: str, body: dict[str, Any]) -> Msg:
        return await self._request(f"$JS.API.{path}", json.dumps(body).encode())

    async def store(
        self,
        subject: str,
        data: bytes,
        headers: dict[str, str] | None = None,
        patience: float | None = None,
    ) -> Any:
        """Publish into a stream and wait until it is stored: the ack.

        Refused where it is not taken. On a full disk it is tried again like on a queue that is
        away, and then raises QueueDiskFull.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + (self.patience if patience is None else patience)
        full: QueueDiskFull | None = None
        while True:
            try:
                return await self.call(
                    lambda: self._store(subject, data, headers), end - loop.time()
                )
            except Refused:
                raise
            except QueueAway as away:
                if isinstance(away, QueueDiskFull) and full is None:
                    full = away
                    log.error("queue: no room on its disk for %s: %s", subject, full.detail)
                if full is None or loop.time() + _ROOM_SECONDS >= end:
                    raise full or away from away.__cause__
            await asyncio.sleep(_ROOM_SECONDS)

    async def _store(self, subject: str, data: bytes, headers: dict[str, str] | None) -> Any:
        try:
            return _accepted(await self._request(subject, data, headers))
        except nats.errors.TimeoutError:
            await self._refuse_full(subject)
            raise
        except Refused as refused:
            if refused.reason in _NO_ROOM:
                raise QueueDiskFull(refused.detail) from refused
            raise

    async def _refuse_full(self, subject: str) -> None:
        """Raise QueueDiskFull where the stream of `subject` could not write for want of room.

        Such a stream answers no publish, not even when there is room again, until its server is
        started anew. It gives the reason when it is asked to delete something; here, nothing.
        """
        with contextlib.suppress(Refused):
            found = _accepted(await self._api("STREAM.NAMES", {"subject": subject}))
            for stream in found["streams"] or []:
                _accepted(await self._api(f"STREAM.MSG.DELETE.{stream}", {"seq": _NEVER}))

    async def last(self, stream: str, subject: str) -> bytes | None:
        """What was stored last under `subject`, as the stream's leader has it."""
        try:
            answer = await self.api(f"STREAM.MSG.GET.{stream}", {"last_by_subj": subject})
        except Refused as refused:
            if refused.is_missing:
                return None
            raise
        return base64.b64decode(answer["message"].get("data", ""))

    async def purge(self, stream: str, subject: str) -> None:
        """Remove all that is stored under `subject`."""
        await self.api(f"STREAM.PURGE.{stream}", {"filter": subject})

    async def hand_back(
        self, message: Msg, delay: float = 0, patience: float | None = None
    ) -> None:
        """Have `message` delivered again, to anyone, in `delay` seconds."""
        payload = b"-NAK %s" % json.dumps({"delay": int(delay * 1e9)}).encode()
        await self.tell(message.reply, payload if delay else b"-NAK", patience=patience)

    async def acknowledge(self, message: Msg, patience: float | None = None) -> None:
        """Acknowledge `message` and wait until the server knows."""
        await self.call(lambda: self._request(message.reply, b"+ACK"), patience)

    async def _request(
        self, subject: str, data: bytes, headers: dict[str, str] | None = None
    ) -> Msg:
        return await self.client.request(subject, data, timeout=ANSWER_SECONDS, headers=headers)

    async def pull(self, stream: str, consumer: str) -> Msg | None:
        """The next message of a consumer, None if there is none now.

        A `no_wait` request of our own: `PullSubscription.fetch` stalls (nats.py#933).
        """

        async def ask() -> Msg:
            subject = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}"
            # The answer carries the message's own subject, for which the shared inbox has no ears.
            return await self.client.request(
                subject, b'{"batch":1,"no_wait":true}', timeout=ANSWER_SECONDS, old_style=True
            )

        message = await self.call(ask)
        return None if _status(message) else message

    async def read(self, stream: str, request: dict[str, Any]) -> list[Msg]:
        """Stored messages by one direct get, in the server's order.

        `request` as in ADR-31: `next_by_subj` or `multi_last`, with `batch`. Each message has the
        headers Nats-Subject, Nats-Sequence and Nats-Num-Pending.
        """
        return await self.call(lambda: self._read(stream, json.dumps(request).encode()))

    async def _read(self, stream: str, request: bytes) -> list[Msg]:
        inbox, messages = self.client.new_inbox(), list[Msg]()
        subscription = await self.client.subscribe(inbox)
        try:
            await self.client.publish(f"$JS.API.DIRECT.GET.{stream}", request, reply=inbox)
            while not (status := _status(message := await subscription.next_msg(ANSWER_SECONDS))):
                messages.append(message)
        finally:
            await self.unlisten(subscription)
        if status == _NO_RESPONDERS:
            raise nats.errors.NoRespondersError
        return messages


def _status(message: Msg) -> str:
    """The status of a message that carries nothing else; empty for a real one."""
    return (message.headers or {}).get("Status", "")


def _accepted(answer: Msg) -> Any:
    """The answer's content; raises Refused, or a foreign error where a second try may help."""
    content = json.loads(answer.data)
    error = content.get("error")
    if error is None:
        return content
    if error.get("err_code") in _FOR_A_MOMENT:
        raise nats.js.errors.ServiceUnavailableError(description=error.get("description"))
    if is_full(error.get("description", "")):
        raise QueueDiskFull(error["description"])
    raise Refused(error.get("err_code", error["code"]), error.get("description", ""))


@asynccontextmanager
async def open_jetstream(address: Address, name: str, seconds: float) -> AsyncIterator[JetStream]:
    """A connection to the queue at `address`, shown there as `name`."""
    connection = JetStream()
    try:
        await connection.open(address, name, seconds)
        yield connection
    finally:
        await connection.close()
