"""One member with fifty jobs and everyone else, at the real queue."""

from collections.abc import AsyncIterator

import pytest

from config import load_settings
from jobs.broker import Broker
from jobs.errors import QueueFull, TooManyWaiting
from tests.conftest import Connect
from tests.jobs.broker.making import finished, job, take

MANY = 50
FAIR_EVERY = load_settings().queue.fair_every


@pytest.fixture
async def broker(connect: Connect) -> AsyncIterator[Broker]:
    """A queue in which ann waits for fifty pictures."""
    async with connect(waiting_per_member=MANY) as broker:
        for _ in range(MANY):
            await broker.submit(job("ann"))
        yield broker


async def paint(broker: Broker) -> str:
    """Paint the next job; whose it was."""
    async with await take(broker) as lease:
        await lease.answer(finished(lease.job))
    return lease.job.user


async def test_first_is_not_delayed(broker: Broker) -> None:
    """Whenever somebody else's first job comes, it is taken next, or next but one.

    A job before it is that which each `fair_every`-th time comes from the back of the line; on a
    busy machine a pull right after the publish may miss it once.
    """
    await paint(broker)
    for number in range(2 * FAIR_EVERY):
        await broker.submit(job(f"other{number}"))
        soon = [await paint(broker)]
        while soon[-1] == "ann" and len(soon) < 3:
            soon.append(await paint(broker))
        assert f"other{number}" == soon[-1]


async def test_line_tells_the_same(broker: Broker) -> None:
    """The line shows somebody else's first job before all but the first of fifty."""
    await broker.submit(job("bob"))
    assert ["ann", "bob", "ann"] == [one.job.user for one in await broker.line()][:3]
    assert ["ann", "bob", "ann"] == [await paint(broker) for _ in range(3)]


async def test_many_are_not_starved(broker: Broker) -> None:
    """While others always have a first job waiting, each `fair_every`-th is one of the fifty."""
    await paint(broker)
    painted = []
    for number in range(2 * FAIR_EVERY):
        await broker.submit(job(f"early{number}"))
    for number in range(2 * FAIR_EVERY):
        await broker.submit(job(f"late{number}"))
        painted.append(await paint(broker))
    assert 2 == painted.count("ann")


async def test_fifty_first(broker: Broker) -> None:
    """The fifty-first is refused with the number and what to do."""
    with pytest.raises(TooManyWaiting) as refused:
        await broker.submit(job("ann"))
    assert str(refused.value) == (
        "You have 50 pictures in the line already, which is as many as one member may have. "
        "Wait until one is finished, then ask again."
    )
    await paint(broker)
    assert (await broker.submit(job("ann"))).lane == 0


async def test_full_for_everyone(connect: Connect) -> None:
    """Where the line is full for all, a member without any job reads so, until one is finished."""
    async with connect(waiting_in_all=MANY) as broker:
        for number in range(MANY):
            await broker.submit(job(f"member{number}"))
        with pytest.raises(QueueFull) as refused:
            await broker.submit(job("bob"))
        assert str(refused.value) == (
            "The line is full for everyone just now. Try again in a few minutes."
        )
        await paint(broker)
        assert (await broker.submit(job("bob"))).lane == 0
