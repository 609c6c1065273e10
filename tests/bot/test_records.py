"""The bot's records on a real SQLite file."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

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
    await records.add(wanted)
    assert (await records.by_id(wanted.id), await records.by_message(99)) == (wanted, wanted)


async def test_a_change_is_found(records: Records) -> None:
    """The latest state of a commission counts, with its result, and is given back."""
    wanted = commission(message_id=99)
    await records.add(wanted)
    changed = await records.change(wanted.id, stage=Stage.ANSWERED, finished=finished(wanted))
    assert (changed.stage, changed.finished) == (Stage.ANSWERED, finished(wanted))
    assert await records.by_id(wanted.id) == changed


async def test_adding_again_changes_nothing(records: Records) -> None:
    """An id that is known is not written over."""
    wanted = commission(stage=Stage.POSTED)
    assert await records.add(wanted)
    assert not await records.add(wanted.model_copy(update={"stage": Stage.INTENDED}))
    assert await records.by_id(wanted.id) == wanted


async def test_a_stage_is_never_taken_back(records: Records) -> None:
    """An answered commission stays answered, and other changes are still made."""
    wanted = commission(stage=Stage.ANSWERED)
    await records.add(wanted)
    changed = await records.change(wanted.id, stage=Stage.LINED_UP, stopping=True)
    assert (changed.stage, changed.stopping) == (Stage.ANSWERED, True)


async def test_changes_side_by_side_are_all_kept(records: Records) -> None:
    """Two that change one commission at the same time do not undo each other."""
    wanted = commission()
    await records.add(wanted)
    changes: list[dict[str, Any]] = [{"message_id": 5}, {"stopping": True}]
    await asyncio.gather(*(records.change(wanted.id, **change) for change in changes))
    found = await records.by_id(wanted.id)
    assert found is not None
    assert (found.message_id, found.stopping) == (5, True)


async def test_only_what_is_known_can_change(records: Records) -> None:
    """A change of an unknown commission is an error."""
    with pytest.raises(KeyError):
        await records.change("0" * 32, stopping=True)


async def test_open_of(records: Records) -> None:
    """A member's open commissions are counted, and nobody else's."""
    for stage in Stage:
        await records.add(commission(stage=stage))
    await records.add(commission(user_id=43))
    assert (await records.open_of(42), len(await records.in_stages(OPEN))) == (3, 4)


async def test_outlives_the_process(tmp_path: Path) -> None:
    """What one process wrote the next one reads."""
    wanted = commission()
    async with Records.open(sqlite_url(tmp_path)) as first:
        await first.add(wanted)
        await first.keep_note("word", "kept")
    async with Records.open(sqlite_url(tmp_path)) as second:
        assert (await second.by_id(wanted.id), await second.note("word")) == (wanted, "kept")


async def test_unknown(records: Records) -> None:
    """Nothing is found for ids that were never saved."""
    found = (await records.by_id("0" * 32), await records.by_message(1), await records.note("x"))
    assert found == (None, None, None)


async def test_notes(records: Records) -> None:
    """Notes are found by how their names begin, until they are dropped."""
    for name in ("a/1", "a/2", "a_3", "b/1"):
        await records.keep_note(name, f"text of {name}")
    await records.drop_note("a/1")
    assert {"a/2": "text of a/2"} == await records.notes("a/")
    assert await records.note("a/1") is None
