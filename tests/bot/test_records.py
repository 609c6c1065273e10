"""The bot's records on a real SQLite file."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.records import OPEN, Records, Stage, sqlite_url
from tests.bot.making import commission, finished


@pytest.fixture
async def records(tmp_path: Path) -> AsyncIterator[Records]:
    async with Records.open(sqlite_url(tmp_path)) as opened:
        yield opened


async def test_what_is_saved_is_found(records: Records) -> None:
    """A commission comes back as it was, by job and by message."""
    wanted = commission(message_id=99, stage=Stage.POSTED)
    await records.save(wanted)
    assert (await records.by_id(wanted.id), await records.by_message(99)) == (wanted, wanted)


async def test_saving_again_replaces(records: Records) -> None:
    """The latest state of a commission counts, with its result."""
    wanted = commission(message_id=99)
    await records.save(wanted)
    update = {"stage": Stage.ANSWERED, "finished": finished(wanted)}
    await records.save(wanted.model_copy(update=update))
    found = await records.by_id(wanted.id)
    assert found is not None
    assert (found.stage, found.finished) == (Stage.ANSWERED, finished(wanted))


async def test_open_of(records: Records) -> None:
    """A member's open commissions are counted, and nobody else's."""
    for stage in Stage:
        await records.save(commission(stage=stage))
    await records.save(commission(user_id=43))
    assert (await records.open_of(42), len(await records.in_stages(OPEN))) == (3, 4)


async def test_outlives_the_process(tmp_path: Path) -> None:
    """What one process wrote the next one reads."""
    wanted = commission()
    async with Records.open(sqlite_url(tmp_path)) as first:
        await first.save(wanted)
        await first.keep_note("word", "kept")
    async with Records.open(sqlite_url(tmp_path)) as second:
        assert (await second.by_id(wanted.id), await second.note("word")) == (wanted, "kept")


async def test_unknown(records: Records) -> None:
    """Nothing is found for ids that were never saved."""
    found = (await records.by_id("0" * 32), await records.by_message(1), await records.note("x"))
    assert found == (None, None, None)
