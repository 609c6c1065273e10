"""Which jobs an engine gets, and which end before they are painted."""

import asyncio
import json

import pytest

from jobs.broker import Broker
from jobs.broker.results import Results
from jobs.job import new_id
from jobs.server import EmbeddedServer
from tests.conftest import Connect

from .making import BOT, api, failed, finished, job, raw, stored, take, take_all, take_none


async def test_nothing(broker: Broker) -> None:
    """An empty line gives nothing, at once."""
    assert await broker.take() is None


async def test_doorbell(broker: Broker, connect: Connect) -> None:
    """An idle engine hears of a new job."""
    async with connect() as engine:
        await engine.take()
        waiting = asyncio.create_task(engine.doorbell(60))
        await broker.submit(job())
        async with asyncio.timeout(5):
            await waiting


async def test_straight_after_the_bell(broker: Broker, connect: Connect) -> None:
    """What is rung for is found at the first look."""
    async with connect() as engine:
        await engine.take()
        for number in range(30):
            waiting = asyncio.create_task(engine.doorbell(60))
            asked = job(f"user{number}")
            await broker.submit(asked)
            await waiting
            lease = await engine.take()
            assert lease is not None
            assert lease.job.id == asked.id


async def test_one_engine_each(broker: Broker, connect: Connect) -> None:
    """A job goes to one engine."""
    async with connect() as engine:
        await broker.submit(job())
        async with await take(engine) as lease:
            assert await broker.take() is None
            await lease.answer(finished(lease.job))


async def test_answered_already(broker: Broker) -> None:
    """A job whose end is stored is not painted; it leaves the line."""
    asked = job()
    await broker.submit(asked)
    await broker.conclude(BOT, failed(asked))
    assert await broker.take() is None
    assert await broker.line() == []


async def test_lanes_of_others(connect: Connect) -> None:
    """An engine that is set to fewer lanes serves those that a bot uses, too."""
    async with connect(waiting_per_member=1) as engine:
        await engine.take()
        async with connect(waiting_per_member=4) as bot:
            asked = [job() for _ in range(4)]
            for one in asked:
                await bot.submit(one)
            await engine.doorbell(5)
            assert await take_all(engine) == [one.id for one in asked]


async def test_fewer_lanes(connect: Connect) -> None:
    """Jobs in lanes that are gone from the settings are served all the same."""
    asked = [job() for _ in range(4)]
    async with connect(waiting_per_member=4) as bot:
        for one in asked:
            await bot.submit(one)
    async with connect(waiting_per_member=2) as engine:
        assert await take_all(engine) == [one.id for one in asked]


async def test_unreadable(broker: Broker, nats_server: EmbeddedServer) -> None:
    """A job of another version is answered and does not stop the line."""
    job_id, asked = new_id(), job("bob")
    async with raw(nats_server) as client:
        data = json.dumps({"id": job_id, "bot": BOT, "magic": 1}).encode()
        await client.request("jobs.interactive.0.ann", data)
    await broker.submit(asked)
    assert await take_all(broker) == [asked.id]
    event = (await anext(broker.results(BOT))).event
    assert (event.job, getattr(event, "code", "")) == (job_id, "unreadable")


async def test_rubbish(broker: Broker, nats_server: EmbeddedServer) -> None:
    """What is no job at all leaves the line."""
    async with raw(nats_server) as client:
        await client.request("jobs.interactive.0.ann", b"rubbish")
    assert await broker.take() is None
    assert await stored(nats_server, "JOBS") == 0


async def test_taking_is_cancelled(
    broker: Broker, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job that arrives for a task which has been cancelled goes to another engine at once."""
    asked, pulled, go_on = job(), asyncio.Event(), asyncio.Event()

    async def is_concluded(self: Results, bot: str, job_id: str) -> bool:
        pulled.set()
        await go_on.wait()
        return False

    await broker.submit(asked)
    async with connect() as engine:
        with monkeypatch.context() as patch:
            patch.setattr(Results, "is_concluded", is_concluded)
            taking = asyncio.create_task(engine.take())
            await pulled.wait()
            taking.cancel()
            go_on.set()
            await asyncio.wait({taking})
        lease = await take(broker, 5)
        assert (taking.cancelled(), lease.job.id, lease.deaths) == (True, asked.id, 0)


async def test_lost_from_sight(broker: Broker, nats_server: EmbeddedServer) -> None:
    """A job delivered again to the engine that paints it goes on there, as one job."""
    await broker.submit(job())
    async with await take(broker) as lease, raw(nats_server) as client:
        # As if the lease had run out, with the server or the network at fault.
        await client.publish(lease._message.reply, b"-NAK")
        await client.flush()
        again = await broker.take()
        await lease.answer(finished(lease.job))
    assert again is None
    assert await broker.line() == []


async def test_handed_back_after_that(
    broker: Broker, connect: Connect, nats_server: EmbeddedServer
) -> None:
    """Such a job can still be handed back to others."""
    async with connect() as other:
        await broker.submit(job())
        async with await take(broker) as lease, raw(nats_server) as client:
            await client.publish(lease._message.reply, b"-NAK")
            await client.flush()
            await broker.take()
            await lease.hand_back()
        assert (await take(other, 5)).job == lease.job


async def test_forgets_starts(broker: Broker, nats_server: EmbeddedServer) -> None:
    """An answered job leaves nothing behind but its result."""
    await broker.submit(job())
    await take_all(broker)
    kept = [await stored(nats_server, name) for name in ("JOBS", "KV_starts", "RESULTS")]
    assert kept == [0, 0, 1]


async def test_unlimited_deliveries(broker: Broker, nats_server: EmbeddedServer) -> None:
    """The server itself never gives a job up."""
    async with raw(nats_server) as client:
        info = await api(client, "CONSUMER.INFO.JOBS.interactive-0")
    assert info["config"]["max_deliver"] == -1


async def test_waits_no_longer_than_told(broker: Broker) -> None:
    """Without a ring the doorbell returns all the same."""
    async with asyncio.timeout(5):
        await broker.doorbell(0.01)
    assert await take_none(broker, 0.1)
