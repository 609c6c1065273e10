"""Which engines are there."""

import asyncio

import pytest

from jobs.broker import Broker, presence
from jobs.events import Beat, Started
from tests.conftest import Connect


def beat(engine: str, *painting: str) -> Beat:
    return Beat(engine=engine, backbone="vgg19", device="cpu", painting=painting)


async def test_nobody(broker: Broker) -> None:
    """Where no engine runs, none is heard of."""
    assert await broker.engines() == []


async def test_roll_call(broker: Broker, connect: Connect) -> None:
    """Engines that beat before anybody listened are known at the first question."""
    async with connect() as one, connect() as two:
        await one.beat(beat("e1", "a" * 32))
        await two.beat(beat("e2"))
        assert await broker.engines() == [beat("e1", "a" * 32), beat("e2")]


async def test_latest(broker: Broker, connect: Connect) -> None:
    """An engine is known by its last beat."""
    async with connect() as engine, broker.live() as feed:
        await engine.beat(beat("e1"))
        await broker.engines()
        await engine.beat(beat("e1", "b" * 32))
        # One server, one connection: what was sent later arrives later.
        await engine.publish_live(Started(job="c" * 32, engine="e1"))
        await anext(feed)
        assert await broker.engines() == [beat("e1", "b" * 32)]


async def test_silence(broker: Broker, connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that is silent for long is no longer counted."""
    monkeypatch.setattr(presence, "HEARD_SECONDS", 0.01)
    async with connect() as engine:
        await engine.beat(beat("e1"))
        await broker.engines()
        async with asyncio.timeout(10):
            while await broker.engines():  # noqa: ASYNC110  # the queue tells only who asks
                await asyncio.sleep(0.01)


async def test_many_ask(broker: Broker, connect: Connect) -> None:
    """All who ask first at the same time get the whole answer."""
    async with connect() as engine:
        await engine.beat(beat("e1"))
        one, two = await asyncio.gather(broker.engines(), broker.engines())
        assert (one, two) == ([beat("e1")], [beat("e1")])
