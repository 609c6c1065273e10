"""Live events."""

import asyncio

from jobs.broker import Broker
from jobs.events import Progress, Started
from jobs.server import EmbeddedServer
from tests.conftest import Connect

from .making import LOSSES, raw

JOB = "a" * 32


def progress(step: int, preview: bytes | None = None) -> Progress:
    return Progress(job=JOB, step=step, steps=1000, losses=LOSSES, preview=preview)


async def test_events(broker: Broker, connect: Connect) -> None:
    """Start, steps and previews arrive as they were told."""
    told: list[Started | Progress] = [
        Started(job=JOB, engine="e1", seconds=12.5),
        progress(1),
        progress(2, b"\xff\xd8\x00"),
    ]
    async with connect() as engine, broker.live() as feed:
        for event in told:
            await engine.publish_live(event)
        async with asyncio.timeout(5):
            assert [await anext(feed) for _ in told] == told


async def test_every_listener(broker: Broker, connect: Connect) -> None:
    """Each feed gets each event."""
    async with connect() as other, broker.live() as one, other.live() as two:
        await broker.publish_live(progress(1))
        async with asyncio.timeout(5):
            assert [await anext(one), await anext(two)] == [progress(1), progress(1)]


async def test_slow_reader(broker: Broker) -> None:
    """A reader that lags behind gets the newest events and misses the oldest."""
    async with broker.live() as feed, broker.live() as quick:
        for step in range(300):
            await broker.publish_live(progress(step))
            await anext(quick)
        assert (await anext(feed)).model_dump()["step"] == 300 - 256


async def test_nobody_listens(broker: Broker) -> None:
    """What was told before somebody listened is kept nowhere."""
    await broker.publish_live(progress(1))
    async with broker.live() as feed:
        await broker.publish_live(progress(2))
        assert await anext(feed) == progress(2)


async def test_other_version(broker: Broker, nats_server: EmbeddedServer) -> None:
    """An event that cannot be read is left out."""
    async with broker.live() as feed, raw(nats_server) as client:
        await client.publish(f"progress.{JOB}", b'{"status": "enchanted"}')
        await client.flush()
        await broker.publish_live(progress(1))
        assert await anext(feed) == progress(1)
