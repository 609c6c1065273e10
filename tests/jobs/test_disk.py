"""A full disk under nats-server: a sentence, nothing lost, and it goes on by itself."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from config import load_settings
from jobs.broker import Broker
from jobs.errors import QueueAway, QueueDiskFull
from jobs.server import EmbeddedServer
from tests.jobs.broker.making import BOT, failed, finished, job, take
from tests.jobs.tending import filled, small_disk, tended

SETTINGS = load_settings()
PICTURE = os.urandom(1 << 20)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream that cannot write gives no answer, and here nobody waits long for one."""
    monkeypatch.setattr("jobs.broker.jetstream.ANSWER_SECONDS", 1)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", 64) as disk:
        yield disk


@asynccontextmanager
async def connected(server: EmbeddedServer) -> AsyncIterator[Broker]:
    """A broker that gives up sooner than others."""
    queue = SETTINGS.queue
    async with Broker.connect(server.address, queue, name="test", connect_seconds=10) as broker:
        broker._connection.patience = 2.5
        yield broker


@pytest.fixture
async def server(disk: Path) -> AsyncIterator[EmbeddedServer]:
    async with EmbeddedServer(SETTINGS.nats, disk / "data") as server:
        yield server


async def put_many(broker: Broker, count: int) -> list[str]:
    """Put as many pictures of 4 MiB into the store."""
    return [await broker.store.put(os.urandom(4 << 20)) for _ in range(count)]


async def test_limit_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture beyond what the server may take is refused with a sentence that says what to do."""
    monkeypatch.setattr("jobs.server_command.allowance", lambda _: 1 << 18)
    async with EmbeddedServer(SETTINGS.nats, tmp_path) as server, connected(server) as broker:
        broker._connection.patience = 0.5
        with pytest.raises(QueueDiskFull) as refused:
            await broker.store.put(PICTURE)
    assert str(refused.value) == (
        "My disk is full. Ask whoever runs me to make room on it, then try again, please."
    )


async def test_room_is_left(server: EmbeddedServer, disk: Path) -> None:
    """Pictures leave a part of the disk to others, and a fresh start takes what it took before."""
    async with connected(server) as broker:
        digests = await put_many(broker, 8)
        await server.stop()
        await server.start()
        digests.append(await broker.store.put(PICTURE))
        assert PICTURE == await broker.store.get(digests[-1])
        broker._connection.patience = 0.5
        with pytest.raises(QueueDiskFull):
            await put_many(broker, 16)
    stat = os.statvfs(disk)
    assert stat.f_bavail * stat.f_frsize > 4 << 20


async def test_full_disk_is_told(
    server: EmbeddedServer, disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Where not a byte is free, the member is told so, and the operator's log as well."""
    async with connected(server) as broker:
        with filled(disk), pytest.raises(QueueDiskFull) as refused:
            await broker.store.put(PICTURE)
    assert "no space left on device" in refused.value.detail
    assert any("no room on its disk" in record.message for record in caplog.records)


async def test_full_disk_is_survived(server: EmbeddedServer, disk: Path) -> None:
    """An end that could not be stored is, once there is room; jobs and pictures are as before."""
    first, second = job("ann"), job("bob")
    async with connected(server) as broker, tended(server) as reasons:
        await broker.submit(first)
        await broker.submit(second)
        digest = await broker.store.put(PICTURE)
        lease = await take(broker)
        async with lease:
            with filled(disk):
                with pytest.raises(QueueDiskFull):
                    await broker.store.put(os.urandom(1 << 20))
                answering = asyncio.create_task(lease.answer(finished(lease.job)))
                with pytest.raises(QueueAway):
                    await broker.conclude(BOT, failed(second))
                assert not answering.done()
            await asyncio.wait_for(answering, 20)
        assert reasons == ["its disk was full and has room again"]
        assert [second.id] == [one.job.id for one in await broker.line()]
        assert PICTURE == await broker.store.get(digest)
        await broker.submit(job("eve"))
        assert await broker.store.put(os.urandom(1 << 20))


async def test_connects_to_a_full_disk(server: EmbeddedServer, disk: Path) -> None:
    """A bot that starts while the disk is full finds the line, and can tell its members."""
    async with connected(server) as broker:
        asked = job()
        await broker.submit(asked)
        with filled(disk):
            with pytest.raises(QueueDiskFull):
                await broker.store.put(PICTURE)
            async with connected(server) as other:
                assert [asked.id] == [one.job.id for one in await other.line()]


async def test_started_on_a_full_disk(server: EmbeddedServer, disk: Path) -> None:
    """A server that was started without any room takes pictures again once there is some."""
    async with connected(server) as broker, tended(server):
        with filled(disk):
            await server.stop()
            with pytest.raises(QueueAway) as refused:
                await server.start()
            assert "No space left on device" in refused.value.detail
        await server.start()
        assert await broker.store.put(PICTURE)
