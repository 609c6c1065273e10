"""The doorbell: what follows a ring, and what happens without one."""

import asyncio

from jobs.broker import Broker
from jobs.broker.bell import Bell

SUBJECT = "bell.test"


class Looks:
    """Finds something at the nth look."""

    def __init__(self, found_at: int) -> None:
        self.done, self._found_at = 0, found_at

    async def __call__(self) -> str | None:
        self.done += 1
        return "it" if self.done >= self._found_at else None


async def test_after_a_ring(broker: Broker) -> None:
    """What a ring announced is looked for again, since it may take a moment to be there."""
    bell, looks = Bell(broker._connection, SUBJECT), Looks(found_at=4)
    await bell.hang()
    await broker._connection.publish(SUBJECT)
    await bell.wait(5)
    assert await bell.look(looks) == "it"


async def test_not_without_end(broker: Broker) -> None:
    """A ring for something that is gone costs four looks, and the next look is one."""
    bell, looks = Bell(broker._connection, SUBJECT), Looks(found_at=100)
    await bell.hang()
    await broker._connection.publish(SUBJECT)
    await bell.wait(5)
    assert [await bell.look(looks), looks.done] == [None, 4]
    assert [await bell.look(looks), looks.done] == [None, 5]


async def test_without_a_ring(broker: Broker) -> None:
    """Where nobody rang, one look is enough."""
    bell, looks = Bell(broker._connection, SUBJECT), Looks(found_at=2)
    await bell.wait(0.01)
    assert [await bell.look(looks), looks.done] == [None, 1]


async def test_rung_before(broker: Broker) -> None:
    """A ring from before the wait ends it at once."""
    heard = asyncio.Event()
    bell = Bell(broker._connection, SUBJECT, lambda _: heard.set())
    await bell.hang()
    await broker._connection.publish(SUBJECT)
    await heard.wait()
    async with asyncio.timeout(5):
        await bell.wait(60)


async def test_taken_down(broker: Broker) -> None:
    """A bell that was taken down hears nothing."""
    rings, other = list[bytes](), asyncio.Event()
    bell = Bell(broker._connection, SUBJECT, rings.append)
    late = Bell(broker._connection, SUBJECT, lambda _: other.set())
    await bell.hang()
    await bell.take_down()
    await late.hang()
    await broker._connection.publish(SUBJECT, b"1")
    await other.wait()
    assert rings == []
