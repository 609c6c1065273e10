"""Lanes, limits and the order of service."""

import asyncio

import pytest

from jobs.broker import Broker
from jobs.broker.line import Waiting, order_of_service
from jobs.errors import QueueFull, TooManyWaiting
from jobs.events import Beat
from jobs.server import EmbeddedServer
from tests.conftest import Connect

from .making import finished, job, raw, take, take_all


async def test_lanes(broker: Broker) -> None:
    """A user's nth unfinished job stands in lane n, whatever others have."""
    users = ["ann", "ann", "bob", "ann", "bob"]
    lanes = [(await broker.submit(job(user))).lane for user in users]
    assert lanes == [0, 1, 0, 2, 1]


async def test_first_jobs_first(connect: Connect) -> None:
    """Somebody's first job passes all but the first of one who came before with many."""
    async with connect(waiting_per_member=50, fair_every=1000) as broker:
        many = [job("ann") for _ in range(50)]
        first = job("bob")
        for one in [*many, first]:
            await broker.submit(one)
        assert (await take_all(broker))[:3] == [many[0].id, first.id, many[1].id]


async def test_fairness(connect: Connect) -> None:
    """Every so many-th job comes from the back of the line."""
    async with connect(fair_every=3, waiting_per_member=3) as broker:
        a = [job("ann") for _ in range(3)]
        b = [job("bob") for _ in range(3)]
        for one in [*a, *b]:
            await broker.submit(one)
        expected = [a[0], b[0], a[2], a[1], b[1], b[2]]
        assert await take_all(broker) == [one.id for one in expected]


async def test_foreseen_order(connect: Connect) -> None:
    """The line shows jobs in the order in which an engine takes them."""
    async with connect(fair_every=4) as broker:
        for number in range(20):
            await broker.submit(job(f"user{number % 6}"))
        foreseen = [waiting.job.id for waiting in await broker.line()]
        assert await take_all(broker) == foreseen


async def test_limit_of_a_member(connect: Connect) -> None:
    """One more than a member may have is refused, with the limit."""
    async with connect(waiting_per_member=2) as broker:
        await broker.submit(job())
        await broker.submit(job())
        with pytest.raises(TooManyWaiting) as refused:
            await broker.submit(job())
        assert refused.value.limit == 2


async def test_limit_is_of_one_member(connect: Connect) -> None:
    """A member who has all their places leaves others theirs."""
    async with connect(waiting_per_member=1) as broker:
        await broker.submit(job("ann"))
        assert (await broker.submit(job("bob"))).lane == 0


async def test_place_is_free_again(connect: Connect) -> None:
    """A finished job makes room for the member's next."""
    async with connect(waiting_per_member=1) as broker:
        await broker.submit(job())
        await take_all(broker)
        assert not (await broker.submit(job())).duplicate


async def test_painted_jobs_count(connect: Connect) -> None:
    """A job that is painted still takes its member's place."""
    async with connect(waiting_per_member=1) as broker:
        await broker.submit(job())
        async with await take(broker) as lease:
            with pytest.raises(TooManyWaiting):
                await broker.submit(job())
            await lease.answer(finished(lease.job))


async def test_limit_in_all(connect: Connect) -> None:
    """A full line is another refusal than a member's own limit."""
    async with connect(waiting_in_all=2) as broker:
        await broker.submit(job("ann"))
        await broker.submit(job("bob"))
        with pytest.raises(QueueFull):
            await broker.submit(job("cem"))


async def test_same_id(broker: Broker) -> None:
    """The same job submitted again is the job that is there."""
    asked = job()
    first = await broker.submit(asked)
    again = await broker.submit(asked)
    assert (again.lane, again.sequence, again.duplicate) == (first.lane, first.sequence, True)


async def test_same_id_at_once(broker: Broker) -> None:
    """Submitted several times at once, a job is in the line once."""
    asked = job()
    tickets = await asyncio.gather(*(broker.submit(asked) for _ in range(5)))
    assert [ticket.duplicate for ticket in tickets].count(False) == 1
    assert len(await broker.line()) == 1


async def test_same_id_later(broker: Broker, nats_server: EmbeddedServer) -> None:
    """A job is known as long as it is unfinished, not only while the server remembers its id."""
    asked = job("ann")
    async with raw(nats_server) as client:
        # Stored without an id for the server to remember.
        await client.request("jobs.interactive.2.ann", asked.model_dump_json().encode())
    ticket = await broker.submit(asked)
    assert (ticket.lane, ticket.duplicate) == (2, True)


async def test_other_users_same_lane(broker: Broker) -> None:
    """A user whose name begins like another's is another user."""
    await broker.submit(job("ann"))
    assert (await broker.submit(job("ann1"))).lane == 0


async def test_long_line(connect: Connect) -> None:
    """A line of several pages is read to its end."""
    async with connect() as broker:
        asked = [job(f"user{number}") for number in range(300)]
        await asyncio.gather(*map(broker.submit, asked))
        line = await broker.line()
        assert {waiting.job.id for waiting in line} == {one.id for one in asked}


async def test_empty_line(broker: Broker) -> None:
    """An empty line has nothing in it."""
    assert await broker.line() == []


async def test_whole_job(broker: Broker) -> None:
    """What is taken is what was submitted."""
    asked = job(parent="a" * 32)
    await broker.submit(asked)
    assert (await take(broker)).job == asked


async def test_painting(broker: Broker, connect: Connect) -> None:
    """A job that an engine says it paints is shown first, and as painted."""
    waiting, painted = job("ann"), job("bob")
    await broker.submit(waiting)
    await broker.submit(painted)
    async with connect() as engine:
        beat = Beat(engine="e1", backbone="vgg19", device="cpu", painting=(painted.id,))
        await engine.beat(beat)
        line = [(one.job.id, one.painting) for one in await broker.line()]
    assert line == [(painted.id, True), (waiting.id, False)]


def test_order() -> None:
    """Painted first, then lane by lane, every third from the highest lane there is."""
    line = [
        Waiting(job(), lane=lane, sequence=sequence, painting=sequence == 9)
        for sequence, lane in [(1, 0), (2, 1), (3, 2), (4, 0), (5, 0), (6, 1), (9, 2)]
    ]
    served = [one.sequence for one in order_of_service(reversed(line), 3)]
    assert served == [9, 1, 4, 3, 5, 2, 6]
