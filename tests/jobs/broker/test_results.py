"""Results: kept for a bot that is away, one a job, delivered until they are acknowledged."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from jobs.broker import Broker, Delivery, results
from jobs.events import Failed
from jobs.job import new_id
from jobs.server import EmbeddedServer
from tests.conftest import Connect

from .making import BOT, failed, finished, job, raw, stored, take


@pytest.fixture
def briefly(monkeypatch: pytest.MonkeyPatch) -> float:
    """A result that its bot holds comes again soon after the bot's death."""
    monkeypatch.setattr(results, "_HELD_SECONDS", 0.4)
    monkeypatch.setattr(results, "_AWAY_SECONDS", 0.05)
    return 0.4


async def none_within(deliveries: AsyncIterator[Delivery], seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await anext(deliveries)
    except TimeoutError:
        return True
    return False


async def test_bot_was_away(connect: Connect) -> None:
    """A result from when no bot was there is delivered when it comes."""
    async with connect() as engine:
        await engine.submit(job())
        async with await take(engine) as lease:
            await lease.answer(finished(lease.job))
    async with connect() as bot:
        assert (await anext(bot.results(BOT))).event == finished(lease.job)


async def test_at_once(broker: Broker, connect: Connect) -> None:
    """A bot that waits gets a result as soon as it is there."""
    async with connect() as bot:
        waiting = asyncio.ensure_future(anext(bot.results(BOT)))
        asked = job()
        await broker.conclude(BOT, failed(asked))
        async with asyncio.timeout(5):
            assert (await waiting).event == failed(asked)


async def test_in_order(broker: Broker) -> None:
    """Results are delivered in the order in which they came."""
    asked = [job() for _ in range(5)]
    for one in asked:
        await broker.conclude(BOT, failed(one))
    deliveries = broker.results(BOT)
    assert [(await anext(deliveries)).event.job for _ in asked] == [one.id for one in asked]


async def test_acknowledged(broker: Broker, connect: Connect, briefly: float) -> None:
    """An acknowledged result never comes again, not even to the bot's next process."""
    first, second = job(), job()
    await broker.conclude(BOT, failed(first))
    async with connect() as bot:
        await (await anext(bot.results(BOT))).ack()
    async with connect() as bot:
        await broker.conclude(BOT, failed(second))
        deliveries = bot.results(BOT)
        assert (await anext(deliveries)).event == failed(second)
        assert await none_within(deliveries, 2.5 * briefly)


async def test_bot_dies(broker: Broker, connect: Connect, briefly: float) -> None:
    """A result whose bot died before it was acknowledged comes again, and says so."""
    asked = job()
    await broker.conclude(BOT, failed(asked))
    async with connect() as bot:
        first = await anext(bot.results(BOT))
    async with connect() as bot, asyncio.timeout(10):
        again = await anext(bot.results(BOT))
    assert [first.again, again.again] == [False, True]
    assert again.event == failed(asked)


async def test_held(broker: Broker, briefly: float) -> None:
    """A result that its bot is still telling is not delivered a second time."""
    await broker.conclude(BOT, failed(job()))
    deliveries = broker.results(BOT)
    await anext(deliveries)
    assert await none_within(deliveries, 2.5 * briefly)


async def test_lost_from_sight(broker: Broker, nats_server: EmbeddedServer) -> None:
    """A result that the server gives again while its bot tells it is one delivery."""
    first, second = job(), job()
    await broker.conclude(BOT, failed(first))
    deliveries = broker.results(BOT)
    held = await anext(deliveries)
    async with raw(nats_server) as client:
        # As after a kill of the server, which then has forgotten who holds what.
        await client.publish(held._message.reply, b"-NAK")
        await client.flush()
    await broker.conclude(BOT, failed(second))
    assert (await anext(deliveries)).event == failed(second)


async def test_forgotten(broker: Broker, briefly: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """A result that its bot holds without end comes again."""
    monkeypatch.setattr(results, "_LONGEST_SECONDS", 0.1)
    await broker.conclude(BOT, failed(job()))
    deliveries = broker.results(BOT)
    await anext(deliveries)
    async with asyncio.timeout(10):
        assert (await anext(deliveries)).again


async def test_retry(broker: Broker) -> None:
    """A result that could not be told comes again when it is asked to."""
    asked = job()
    await broker.conclude(BOT, failed(asked))
    deliveries = broker.results(BOT)
    await (await anext(deliveries)).retry(0.05)
    async with asyncio.timeout(5):
        again = await anext(deliveries)
    assert (again.event, again.again) == (failed(asked), True)


async def test_first_stands(broker: Broker, nats_server: EmbeddedServer) -> None:
    """Of two ends of one job the first stands, and the second learns that."""
    asked = job()
    said = [await broker.conclude(BOT, event) for event in (finished(asked), failed(asked))]
    assert said == [True, False]
    assert (await anext(broker.results(BOT))).event == finished(asked)
    assert await stored(nats_server, "RESULTS") == 1


async def test_twice_the_same(broker: Broker, nats_server: EmbeddedServer) -> None:
    """The same end told twice is one result, and no contradiction."""
    asked = job()
    said = [await broker.conclude(BOT, failed(asked)) for _ in range(2)]
    assert (said, await stored(nats_server, "RESULTS")) == ([True, True], 1)


async def test_after_acknowledgement(broker: Broker) -> None:
    """A late second end is refused also when the first has been told."""
    asked = job()
    await broker.conclude(BOT, finished(asked))
    await (await anext(broker.results(BOT))).ack()
    assert not await broker.conclude(BOT, failed(asked))


async def test_own_results(broker: Broker) -> None:
    """A bot gets its own results only."""
    other, own = job(bot="other"), job()
    await broker.conclude("other", failed(other))
    await broker.conclude(BOT, failed(own))
    assert (await anext(broker.results(BOT))).event == failed(own)


async def test_unreadable(broker: Broker, nats_server: EmbeddedServer) -> None:
    """A result of another version still ends its job, with a sentence."""
    job_id = new_id()
    async with raw(nats_server) as client:
        await client.request(f"results.{BOT}.{job_id}", b'{"status": "enchanted"}')
    event = (await anext(broker.results(BOT))).event
    assert isinstance(event, Failed)
    assert (event.job, event.code) == (job_id, "unreadable")


async def test_rubbish(broker: Broker, nats_server: EmbeddedServer) -> None:
    """What belongs to no job is left out."""
    asked = job()
    async with raw(nats_server) as client:
        await client.request(f"results.{BOT}.rubbish", b"rubbish")
    await broker.conclude(BOT, failed(asked))
    assert (await anext(broker.results(BOT))).event == failed(asked)
