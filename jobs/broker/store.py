"""The picture store: bytes by their SHA-256, in two object buckets.

Passing pictures (what members send, and results) go after some days; the library's stay. The layout
is that of NATS object stores (ADR-20), so other clients can read it. nats-py's own `put` neither
skips what is there nor is safe to try twice, and its `get` waits for ever for a chunk that is gone.
"""

import asyncio
import base64
import contextlib
import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import uuid4

from config.settings import Queue
from jobs.broker import names
from jobs.broker.jetstream import JetStream
from jobs.broker.reading import left_after, sequence_of
from jobs.errors import PictureMissing, QueueAway

_CHUNK = 1 << 20
_HEADERS = 4096  # room that a message's headers take of the largest message
_AT_ONCE = 8  # chunks in one read
_TRIES = 3
_AGAIN_SECONDS = 0.2
_ROLLUP = {"Nats-Rollup": "sub"}


class PictureStore:
    """Pictures by digest."""

    def __init__(self, connection: JetStream, settings: Queue) -> None:
        self._connection = connection
        self._fresh_seconds = settings.passing_days * 86_400

    async def put(self, data: bytes, *, keep: bool = False) -> str:
        """Store `data`, for good if `keep`; its digest. What is there already is not sent again.

        Without `keep` it stays for `passing_days` at least. Raises QueueAway, QueueDiskFull.
        """
        digest = await _digest(data)
        kept = await self._entry(names.LIBRARY, digest)
        if kept is not None and await self._is_whole(names.LIBRARY, kept):
            return digest
        bucket, entry = names.LIBRARY, kept
        if not keep:
            bucket, entry = names.PASSING, await self._entry(names.PASSING, digest)
            if entry and not self._is_ageing(entry) and await self._is_whole(bucket, entry):
                return digest
        await self._write(bucket, digest, data, entry)
        return digest

    async def get(self, digest: str) -> bytes:
        """The picture with that digest. Raises PictureMissing, QueueAway."""
        for again in range(_TRIES):
            if again:
                # Just then renewed, perhaps, or not yet on the server that was asked.
                await asyncio.sleep(_AGAIN_SECONDS)
            entries = {
                bucket: entry
                for bucket in (names.PASSING, names.LIBRARY)
                if (entry := await self._entry(bucket, digest)) is not None
            }
            if not entries:
                break
            for bucket, entry in entries.items():
                data = await self._chunks(bucket, entry)
                if await _digest(data) == digest:
                    return data
        raise PictureMissing(digest)

    async def _entry(self, bucket: str, digest: str) -> dict[str, Any] | None:
        stored = await self._connection.last(
            names.object_stream(bucket), _entry_subject(bucket, digest)
        )
        entry: dict[str, Any] = json.loads(stored) if stored else {"deleted": True}
        return None if entry.get("deleted") else entry

    def _is_ageing(self, entry: dict[str, Any]) -> bool:
        """Whether it might be gone before the time is over that it is to stay from now on."""
        written = datetime.fromisoformat(entry["mtime"])
        return (datetime.now(UTC) - written).total_seconds() > self._fresh_seconds / 2

    async def _is_whole(self, bucket: str, entry: dict[str, Any]) -> bool:
        """Whether all chunks are there: they may be gone before their entry."""
        chunks = _chunk_subject(bucket, entry["nuid"])
        answer = await self._connection.api(
            f"STREAM.INFO.{names.object_stream(bucket)}", {"subjects_filter": chunks}
        )
        found = (answer["state"].get("subjects") or {}).get(chunks, 0)
        return bool(found == entry["chunks"])

    async def _write(
        self, bucket: str, digest: str, data: bytes, old: dict[str, Any] | None
    ) -> None:
        nuid = uuid4().hex
        chunks = _chunk_subject(bucket, nuid)
        size = min(_CHUNK, self._connection.client.max_payload - _HEADERS)
        parts = [data[start : start + size] for start in range(0, len(data), size)]
        stream = names.object_stream(bucket)
        try:
            for number, part in enumerate(parts):
                # The id makes a second try harmless.
                await self._connection.store(chunks, part, {"Nats-Msg-Id": f"{nuid}-{number}"})
            entry = _new_entry(bucket, digest, nuid, data, len(parts), size)
            await self._connection.store(_entry_subject(bucket, digest), entry, _ROLLUP)
        except QueueAway:
            if self._connection.is_connected:
                with contextlib.suppress(QueueAway):
                    await self._connection.purge(stream, chunks)
            raise
        if old is not None:
            await self._connection.purge(stream, _chunk_subject(bucket, old["nuid"]))

    async def _chunks(self, bucket: str, entry: dict[str, Any]) -> bytes:
        """What is stored of the picture; its digest shows whether that is all."""
        request = {"next_by_subj": _chunk_subject(bucket, entry["nuid"]), "batch": _AT_ONCE}
        parts, start = list[bytes](), 1
        while True:
            page = await self._connection.read(
                names.object_stream(bucket), {**request, "seq": start}
            )
            parts.extend(message.data for message in page)
            if not page or not left_after(page[-1]):
                return b"".join(parts)
            start = sequence_of(page[-1]) + 1


async def _digest(data: bytes) -> str:
    return await asyncio.to_thread(lambda: sha256(data).hexdigest())


def _entry_subject(bucket: str, digest: str) -> str:
    return f"$O.{bucket}.M.{base64.urlsafe_b64encode(digest.encode()).decode()}"


def _chunk_subject(bucket: str, nuid: str) -> str:
    return f"$O.{bucket}.C.{nuid}"


def _new_entry(bucket: str, digest: str, nuid: str, data: bytes, chunks: int, size: int) -> bytes:
    coded = base64.urlsafe_b64encode(bytes.fromhex(digest)).decode()
    entry = {
        "name": digest,
        "bucket": bucket,
        "nuid": nuid,
        "size": len(data),
        "chunks": chunks,
        "digest": f"SHA-256={coded}",
        "mtime": datetime.now(UTC).isoformat(),
        "options": {"max_chunk_size": size},
    }
    return json.dumps(entry).encode()
