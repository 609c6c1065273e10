"""Leases: kept while the engine lives, passed on when it dies, counted where it was the job."""

import asyncio

import pytest

from jobs.broker import Broker, poison
from jobs.events import Failed
from jobs.server import EmbeddedServer
from tests.conftest import Connect

from .making import BOT, die_painting, finished, job, stored, take, take_none

SHORT = 0.4


async def test_heartbeat(connect: Connect) -> None:
    """A job that takes longer than a lease stays with the engine that lives."""
    async with connect(lease_seconds=SHORT) as one, connect(lease_seconds=SHORT) as other:
        await one.submit(job())
        async with await take(one) as lease:
            assert await take_none(other, 2.5 * SHORT)
            await lease.answer(finished(lease.job))


async def test_engine_dies(connect: Connect) -> None:
    """A job whose engine died goes to another one, with the death counted."""
    async with connect(lease_seconds=SHORT) as other:
        async with connect(lease_seconds=SHORT) as one:
            await one.submit(job())
            dead = await die_painting(one)
        lease = await take(other)
        assert (lease.job.id, lease.deaths, lease.alone) == (dead.job.id, 1, True)


async def test_first_start(broker: Broker) -> None:
    """A job that was never started has no deaths and needs no engine to itself."""
    await broker.submit(job())
    lease = await take(broker)
    assert (lease.deaths, lease.alone) == (0, False)


async def test_taken_but_not_started(connect: Connect) -> None:
    """An engine that dies before it starts the job says nothing against the job."""
    async with connect(lease_seconds=SHORT) as other:
        async with connect(lease_seconds=SHORT) as one:
            await one.submit(job())
            await take(one)
        assert (await take(other)).deaths == 0


async def test_hand_back(broker: Broker, connect: Connect) -> None:
    """A job that is handed back goes to another engine at once, and that is no death."""
    async with connect() as other:
        await broker.submit(job())
        async with await take(broker) as lease:
            await lease.hand_back()
        again = await take(other, 5)
        assert (again.job.id, again.deaths) == (lease.job.id, 0)


async def test_many_hand_backs(broker: Broker) -> None:
    """A rolling restart of many engines does not make a job look like poison."""
    await broker.submit(job())
    for _ in range(5):
        async with await take(broker, 5) as lease:
            await lease.hand_back()
    assert (await take(broker, 5)).deaths == 0


async def test_hand_back_keeps_deaths(connect: Connect) -> None:
    """A hand-back does not forgive an earlier death."""
    async with connect(lease_seconds=SHORT) as other:
        async with connect(lease_seconds=SHORT) as one:
            await one.submit(job())
            await die_painting(one)
        async with await take(other) as lease:
            await lease.hand_back()
        assert (await take(other, 5)).deaths == 1


async def test_shutdown(broker: Broker) -> None:
    """A job whose task is cancelled is handed back."""
    await broker.submit(job())
    painting = asyncio.Event()

    async def work() -> None:
        async with await take(broker):
            painting.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await painting.wait()
    task.cancel()
    await asyncio.wait({task})
    assert (await take(broker, 5)).deaths == 0


async def test_no_answer(broker: Broker) -> None:
    """An engine that gives up without an answer counts as one that died, without the wait."""
    await broker.submit(job())
    with pytest.raises(ZeroDivisionError):
        async with await take(broker):
            raise ZeroDivisionError
    assert (await take(broker, 5)).deaths == 1


async def test_poison(connect: Connect) -> None:
    """After three starts that died a job is known as poison, and its member can be told."""
    async with connect(lease_seconds=SHORT) as bot:
        asked = job()
        await bot.submit(asked)
        for _ in range(3):
            async with connect(lease_seconds=SHORT) as engine:
                await die_painting(engine)
        async with await take(bot) as lease:
            assert poison.is_poison(lease.deaths, allowed=3)
            await lease.answer(poison.verdict(lease.job, lease.deaths))
        event = (await anext(bot.results(BOT))).event
        assert isinstance(event, Failed)
        assert (event.job, event.code) == (asked.id, "poison")


def test_not_yet_poison() -> None:
    """A job with fewer deaths than allowed is tried again."""
    assert not poison.is_poison(2, allowed=3)


async def test_answer_forgives(broker: Broker, nats_server: EmbeddedServer) -> None:
    """An answer ends the count of starts."""
    await broker.submit(job())
    async with await take(broker) as lease:
        counted = await stored(nats_server, "KV_starts")
        await lease.answer(finished(lease.job))
    assert (counted, await stored(nats_server, "KV_starts")) == (1, 0)


async def test_killed_between_answer_and_end(connect: Connect, nats_server: EmbeddedServer) -> None:
    """An engine that dies right after it has stored the result leaves one result and no job."""
    async with connect(lease_seconds=SHORT) as other:
        async with connect(lease_seconds=SHORT) as one:
            await one.submit(job())
            dead = await die_painting(one)
            await one.conclude(BOT, finished(dead.job))
        assert await take_none(other, 2.5 * SHORT)
        left = [await stored(nats_server, name) for name in ("JOBS", "KV_starts", "RESULTS")]
        assert left == [0, 0, 1]


async def test_two_engines_paint(connect: Connect) -> None:
    """Where two engines came to paint one job, the first answer stands and both end in peace."""
    async with connect(lease_seconds=SHORT) as one, connect(lease_seconds=SHORT) as other:
        await one.submit(job())
        slow = await take(one)
        fast = await take(other)
        async with fast:
            await fast.answer(finished(fast.job, seconds=1))
        async with slow:
            await slow.answer(finished(slow.job, seconds=2))
        delivery = await anext(one.results(BOT))
        assert delivery.event == finished(fast.job, seconds=1)


async def test_unanswered_poison(connect: Connect, nats_server: EmbeddedServer) -> None:
    """A job that could not be given up comes again to the engine that tried."""
    async with connect(lease_seconds=SHORT) as engine:
        await engine.submit(job())
        lease = await take(engine)
        nats_server.process.kill()
        await nats_server.process.wait()
        answering = asyncio.create_task(lease.answer(poison.verdict(lease.job, 3)))
        await asyncio.wait({answering}, timeout=0.1)
        answering.cancel()
        await asyncio.wait({answering})
        await nats_server.start()
        assert lease.job.id == (await take(engine, 10)).job.id
