"""The records cannot be written: a full disk, as SQLite tells it."""

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.pool import Pool

from bot.errors import RecordsAway
from bot.records import OPEN, Stage
from jobs.broker import Delivery
from tests.bot.conftest import Scene
from tests.bot.making import commission


class Disk:
    """The room that SQLite has."""

    def __init__(self) -> None:
        self.is_full = False

    def hand_out(self, connection: Any, *_: Any) -> None:
        """Called for each connection before it is used."""
        pages = 1 if self.is_full else 1_000_000
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA max_page_count = {pages}")
        cursor.close()


@pytest.fixture
def disk() -> Iterator[Disk]:
    disk = Disk()
    event.listen(Pool, "checkout", disk.hand_out)
    yield disk
    event.remove(Pool, "checkout", disk.hand_out)


async def fill(scene: Scene, disk: Disk) -> None:
    """Leave the records no room, in the pages that they have either."""
    disk.is_full = True
    with contextlib.suppress(RecordsAway):
        while True:
            await scene.stage.records.add(commission(stage=Stage.ANSWERED))


async def test_a_full_disk_is_told(disk: Disk, scene: Scene) -> None:
    """A wish that cannot be written down is refused with a sentence, and leaves nothing."""
    await fill(scene, disk)
    result = await scene.stylize()
    assert "my disk may be full" in result.response.content
    assert (await scene.stage.records.in_stages(OPEN), scene.messages()) == ([], [])


async def test_an_answer_waits_for_room(
    disk: Disk, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A picture that comes while the disk is full is answered when there is room."""
    tried = asyncio.Event()

    async def hand_back(delivery: Delivery, _: float) -> None:
        tried.set()
        await delivery.retry(0.2)

    monkeypatch.setattr("bot.delivery._hand_back", hand_back)
    scene.painter.through.clear()
    await scene.stylize()
    await scene.until(lambda: "painting" in scene.messages()[0].content)
    await fill(scene, disk)
    scene.painter.through.set()
    await asyncio.wait_for(tried.wait(), 20)
    disk.is_full = False
    await scene.pictures(1)
    assert len(scene.messages()) == 1
