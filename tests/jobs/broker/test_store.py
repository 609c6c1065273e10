"""The picture store on the real server."""

import asyncio
import base64
import json
import random
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from nats.js.object_store import ObjectStore

from jobs.broker import Broker
from jobs.errors import PictureMissing, QueueAway
from jobs.server import EmbeddedServer
from tests.conftest import Connect

from .making import api, raw, stored

BIG = random.Random(1).randbytes(3 * (1 << 20) + 7)
SMALL = b"a small picture"


async def entry_of(server: EmbeddedServer, bucket: str) -> tuple[str, dict[str, object]]:
    """The subject and content of the one entry in a bucket."""
    async with raw(server) as client:
        found = await api(client, f"STREAM.MSG.GET.OBJ_{bucket}", last_by_subj=f"$O.{bucket}.M.*")
    message = found["message"]
    return message["subject"], json.loads(base64.b64decode(message["data"]))


@pytest.mark.parametrize("data", [SMALL, BIG, BIG[: 1 << 20], BIG[: 20 << 16]])
async def test_what_comes_back(broker: Broker, connect: Connect, data: bytes) -> None:
    """Another process gets the same bytes, under their SHA-256."""
    digest = await broker.store.put(data)
    async with connect() as other:
        assert (digest, await other.store.get(digest)) == (sha256(data).hexdigest(), data)


async def test_once(broker: Broker, nats_server: EmbeddedServer) -> None:
    """A picture that is there is not sent again: three chunks, a rest and an entry stay."""
    await broker.store.put(BIG)
    first = await entry_of(nats_server, "passing")
    await broker.store.put(BIG)
    assert await entry_of(nats_server, "passing") == first
    assert await stored(nats_server, "OBJ_passing") == 5


async def test_at_once(broker: Broker, connect: Connect) -> None:
    """Two who store the same picture at the same time do each other no harm."""
    async with connect() as other:
        one, two = await asyncio.gather(broker.store.put(BIG), other.store.put(BIG))
        assert one == two
        assert await other.store.get(one) == BIG


async def test_missing(broker: Broker) -> None:
    """A picture that was never stored is missing, by its digest."""
    with pytest.raises(PictureMissing) as missing:
        await broker.store.get("0" * 64)
    assert missing.value.digest == "0" * 64


async def test_missing_chunks(broker: Broker, nats_server: EmbeddedServer) -> None:
    """A picture whose chunks are gone before its entry is missing, soon, and nothing hangs."""
    digest = await broker.store.put(BIG)
    _, entry = await entry_of(nats_server, "passing")
    async with raw(nats_server) as client:
        chunks = f"$O.passing.C.{entry['nuid']}"
        await api(client, "STREAM.PURGE.OBJ_passing", filter=chunks, keep=2)
    async with asyncio.timeout(5):
        with pytest.raises(PictureMissing):
            await broker.store.get(digest)


async def test_stored_again(broker: Broker, nats_server: EmbeddedServer) -> None:
    """A picture whose chunks are gone is whole again once it has been sent again."""
    digest = await broker.store.put(SMALL)
    _, entry = await entry_of(nats_server, "passing")
    async with raw(nats_server) as client:
        await api(client, "STREAM.PURGE.OBJ_passing", filter=f"$O.passing.C.{entry['nuid']}")
    await broker.store.put(SMALL)
    assert await broker.store.get(digest) == SMALL


async def test_kept(broker: Broker, nats_server: EmbeddedServer) -> None:
    """What is to be kept goes where nothing has an age."""
    await broker.store.put(SMALL, keep=True)
    async with raw(nats_server) as client:
        info = await api(client, "STREAM.INFO.OBJ_library")
    assert (info["state"]["messages"], info["config"]["max_age"]) == (2, 0)


async def test_kept_after_it_passed(broker: Broker, nats_server: EmbeddedServer) -> None:
    """A picture that a member sent before is kept all the same when the library wants it."""
    await broker.store.put(SMALL)
    digest = await broker.store.put(SMALL, keep=True)
    assert await stored(nats_server, "OBJ_library") == 2
    async with raw(nats_server) as client:
        await api(client, "STREAM.PURGE.OBJ_passing")
    assert await broker.store.get(digest) == SMALL


async def test_library_is_enough(broker: Broker, nats_server: EmbeddedServer) -> None:
    """A picture of the library is not stored among the passing ones, too."""
    await broker.store.put(SMALL, keep=True)
    await broker.store.put(SMALL)
    assert await stored(nats_server, "OBJ_passing") == 0


async def test_age(broker: Broker, nats_server: EmbeddedServer) -> None:
    """Pictures outlive results by far, since a job waits before there is a result."""
    async with raw(nats_server) as client:
        ages = [
            (await api(client, f"STREAM.INFO.{name}"))["config"]["max_age"]
            for name in ("OBJ_passing", "RESULTS", "JOBS")
        ]
    assert ages[0] == 2 * ages[1] > 0
    assert ages[2] == 0


async def test_ageing(broker: Broker, nats_server: EmbeddedServer) -> None:
    """A picture that would be gone before its time is stored anew, in place of the old one."""
    digest = await broker.store.put(SMALL)
    subject, entry = await entry_of(nats_server, "passing")
    old = datetime.now(UTC) - timedelta(days=7.5)
    async with raw(nats_server) as client:
        data = json.dumps({**entry, "mtime": old.isoformat()}).encode()
        await client.request(subject, data, headers={"Nats-Rollup": "sub"})
    await broker.store.put(SMALL)
    _, renewed = await entry_of(nats_server, "passing")
    assert renewed["nuid"] != entry["nuid"]
    assert await stored(nats_server, "OBJ_passing") == 2
    assert await broker.store.get(digest) == SMALL


async def test_spoilt(broker: Broker, nats_server: EmbeddedServer) -> None:
    """Bytes that are not those of the digest are never handed out."""
    digest = await broker.store.put(SMALL)
    _, entry = await entry_of(nats_server, "passing")
    async with raw(nats_server) as client:
        await client.request(f"$O.passing.C.{entry['nuid']}", b"more")
    with pytest.raises(PictureMissing):
        await broker.store.get(digest)


async def test_layout(broker: Broker, nats_server: EmbeddedServer) -> None:
    """Other NATS clients read our pictures as they read any object store."""
    digest = await broker.store.put(BIG)
    async with raw(nats_server) as client:
        bucket = ObjectStore("passing", "OBJ_passing", client.jetstream())
        assert (await bucket.get(digest)).data == BIG


async def test_no_room(broker: Broker, nats_server: EmbeddedServer) -> None:
    """Where the store is full, that is said, and no half picture stays."""
    async with raw(nats_server) as client:
        config = (await api(client, "STREAM.INFO.OBJ_passing"))["config"]
        await api(client, "STREAM.UPDATE.OBJ_passing", **{**config, "max_bytes": 2 << 20})
    with pytest.raises(QueueAway):
        await broker.store.put(BIG)
    assert await stored(nats_server, "OBJ_passing") == 0
