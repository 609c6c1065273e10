"""Cancelling jobs that wait and jobs that are painted."""

import pytest

from jobs.broker import Broker, Stopped
from jobs.server import EmbeddedServer
from tests.conftest import Connect

from .making import BOT, cancelled, die_painting, finished, job, raw, take, take_none


@pytest.mark.parametrize("user", ["ann", None])
async def test_queued(broker: Broker, user: str | None) -> None:
    """A cancelled job that waited is never taken."""
    asked, other = job("ann"), job("ann")
    await broker.submit(asked)
    await broker.submit(other)
    assert await broker.cancel(asked.id, user) is Stopped.QUEUED
    assert (await take(broker)).job.id == other.id
    assert await broker.take() is None


async def test_caller_concludes(broker: Broker) -> None:
    """The end of a job that was cancelled as it waited reaches its bot."""
    asked = job()
    await broker.submit(asked)
    await broker.cancel(asked.id, asked.user)
    await broker.conclude(BOT, cancelled(asked))
    assert (await anext(broker.results(BOT))).event == cancelled(asked)


async def test_painting(broker: Broker, connect: Connect) -> None:
    """The engine that paints the job hears of it."""
    async with connect() as engine:
        asked = job()
        await broker.submit(asked)
        async with await take(engine) as lease:
            assert await broker.cancel(asked.id, asked.user) is Stopped.PAINTING
            assert lease.cancelled.is_set()
            await lease.answer(cancelled(lease.job))


async def test_only_that_job(broker: Broker, connect: Connect) -> None:
    """Other jobs of the same engine go on."""
    async with connect() as engine:
        asked, other = job("ann"), job("bob")
        await broker.submit(asked)
        await broker.submit(other)
        leases = [await take(engine), await take(engine)]
        await broker.cancel(other.id, other.user)
        assert [lease.cancelled.is_set() for lease in leases] == [False, True]


async def test_engine_dies(connect: Connect) -> None:
    """A cancelled job does not come back when the engine that painted it dies."""
    async with connect(lease_seconds=0.4) as bot:
        asked = job()
        await bot.submit(asked)
        async with connect(lease_seconds=0.4) as engine:
            await die_painting(engine)
            await bot.cancel(asked.id, asked.user)
        assert await take_none(bot, 1)


@pytest.mark.parametrize("user", ["ann", None])
async def test_unknown(broker: Broker, user: str | None) -> None:
    """A job that is not there cannot be cancelled, and the answer is a no."""
    stopped = await broker.cancel("a" * 32, user)
    assert (stopped, bool(stopped)) == (Stopped.NOTHING, False)


async def test_finished(broker: Broker) -> None:
    """A finished job cannot be cancelled."""
    asked = job()
    await broker.submit(asked)
    async with await take(broker) as lease:
        await lease.answer(finished(asked))
    assert await broker.cancel(asked.id, asked.user) is Stopped.NOTHING


async def test_on_its_way(broker: Broker, nats_server: EmbeddedServer) -> None:
    """A cancel that overtakes the job on its way to the engine is not lost."""
    asked = job()
    await broker.take()
    async with raw(nats_server) as client:
        await client.publish(f"cancel.{asked.id}")
        await client.flush()
    await broker.submit(asked)
    assert (await take(broker)).cancelled.is_set()


async def test_place_is_free(connect: Connect) -> None:
    """A cancelled job gives its member's place back at once."""
    async with connect(waiting_per_member=1) as broker:
        asked = job()
        await broker.submit(asked)
        await broker.cancel(asked.id, asked.user)
        assert (await broker.submit(job())).lane == 0
