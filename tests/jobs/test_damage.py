"""Damaged files of the queue: it works again without anybody's help, and nothing is deleted."""

import os
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from config import load_settings
from jobs.broker import Broker, Lease
from jobs.errors import QueueAway
from jobs.job import new_id
from jobs.server import EmbeddedServer
from tests.conftest import Connect
from tests.jobs.broker.making import BOT, finished, job, take
from tests.jobs.tending import tended

NATS = load_settings().nats
MEMBERS = "abcdefgh"
PICTURE = os.urandom(1 << 20)
Damage = Callable[[Path], None]


def halve(path: Path) -> None:
    """Cut off the second half."""
    os.truncate(path, path.stat().st_size // 2)


def empty(path: Path) -> None:
    """Leave nothing in it."""
    os.truncate(path, 0)


def scramble(path: Path) -> None:
    """Other bytes, as many."""
    path.write_bytes(os.urandom(path.stat().st_size))


def each(pattern: str, damage: Damage) -> Damage:
    """Damage the files of that name in a stream."""

    def damage_them(stream: Path) -> None:
        found = [path for path in stream.rglob(pattern) if path.is_file()]
        assert found, f"{stream} has no {pattern}"
        for path in found:
            damage(path)

    return damage_them


def replace(path: Path) -> None:
    """A file where a folder ought to be."""
    shutil.rmtree(path)
    path.write_text("not a folder")


DAMAGES = {
    "blocks cut off": each("*.blk", halve),
    "blocks empty": each("*.blk", empty),
    "blocks scrambled": each("*.blk", scramble),
    "index scrambled": each("index.db", scramble),
    "settings cut off": each("meta.inf", halve),
    "everything cut off": each("*", halve),
    "everything scrambled": each("*", scramble),
    "no folder": replace,
    "gone": shutil.rmtree,
}


@pytest.fixture
async def broker(connect: Connect) -> AsyncIterator[Broker]:
    """A broker whose queue holds eight jobs, a picture and a result."""
    async with connect() as broker:
        for member in MEMBERS:
            await broker.submit(job(member))
        await broker.store.put(PICTURE)
        assert await broker.conclude(BOT, finished(job()))
        # Consumers write down what they have delivered, so there is a file to damage.
        async for delivery in broker.results(BOT):
            await delivery.ack()
            break
        lease = await take(broker)
        await lease.__aenter__()
        await lease.hand_back()
        yield broker


async def damage(server: EmbeddedServer, hurt: Damage, *streams: str) -> None:
    """Do it to these streams while the server is away, and start it again."""
    await server.stop()
    for stream in streams:
        hurt(streams_folder(server) / stream)
    await server.start()


def streams_folder(server: EmbeddedServer) -> Path:
    return server._folder / "jetstream" / "$G" / "streams"


async def works(broker: Broker) -> None:
    """A job comes from submission to its acknowledged result, and a picture into the store.

    What the queue lost it may say; that it is away, for as long as a member would wait.
    """
    while True:
        try:
            asked = job("new", id=new_id())
            await broker.submit(asked)
            while (lease := await take(broker)).job.id != asked.id:
                await end(lease)
            await end(lease)
            async for delivery in broker.results(BOT):
                await delivery.ack()
                if delivery.event.job == asked.id:
                    break
            assert PICTURE == await broker.store.get(await broker.store.put(PICTURE))
        except QueueAway:
            continue
        return


async def end(lease: Lease) -> None:
    async with lease:
        await lease.answer(finished(lease.job))


@pytest.mark.timeout(60)
@pytest.mark.parametrize("hurt", DAMAGES.values(), ids=DAMAGES)
async def test_line(broker: Broker, nats_server: EmbeddedServer, hurt: Damage) -> None:
    """With the line damaged, the same connection submits, takes and answers again."""
    async with tended(nats_server):
        await damage(nats_server, hurt, "JOBS")
        await works(broker)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("hurt", DAMAGES.values(), ids=DAMAGES)
async def test_results_and_pictures(
    broker: Broker, nats_server: EmbeddedServer, hurt: Damage
) -> None:
    """With results, pictures and counted starts damaged, the same connection uses them again."""
    async with tended(nats_server):
        await damage(nats_server, hurt, "RESULTS", "OBJ_passing", "OBJ_library", "KV_starts")
        await works(broker)
