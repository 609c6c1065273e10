"""Sheets in the line: lanes of their own, one limit for all, and a fair place."""

import pytest

from jobs.broker import Broker
from jobs.errors import TooManyWaiting
from jobs.job import Cell, JobClass, StyleJob
from jobs.server import EmbeddedServer
from tests.conftest import Connect

from .making import RECIPE, api, job, raw, take_all


def sheet(user: str = "ann") -> StyleJob:
    """A sheet of two cells."""
    cells = tuple(Cell(title=title, recipe=RECIPE) for title in ("One", "Two"))
    return job(user, job_class=JobClass.SHEET, cells=cells)


async def test_its_subject(broker: Broker, nats_server: EmbeddedServer) -> None:
    """A sheet waits under a subject of its class."""
    await broker.submit(sheet())
    async with raw(nats_server) as client:
        info = await api(client, "STREAM.INFO.JOBS", subjects_filter=">")
    assert info["state"]["subjects"] == {"jobs.sheet.0.ann": 1}


async def test_whole_sheet(broker: Broker) -> None:
    """What is taken is what was submitted."""
    asked = sheet()
    await broker.submit(asked)
    lease = await broker.take()
    assert lease is not None
    assert lease.job == asked


async def test_the_nth_of_any_class(broker: Broker) -> None:
    """A member's second job stands in lane 1, whatever the first was."""
    lanes = [(await broker.submit(one)).lane for one in (job(), sheet(), job(), sheet())]
    assert lanes == [0, 1, 2, 3]


async def test_they_count_together(connect: Connect) -> None:
    """Pictures and sheets together are at most as many as a member may have."""
    async with connect(waiting_per_member=2) as broker:
        await broker.submit(sheet())
        await broker.submit(job())
        for one in (job(), sheet()):
            with pytest.raises(TooManyWaiting):
                await broker.submit(one)


async def test_order_of_service(broker: Broker) -> None:
    """Everyone's first picture, then everyone's first sheet, then anyone's second of either."""
    second = [sheet("ann"), job("ann")]
    first_sheet, first_picture = sheet("bob"), job("cem")
    await broker.submit(second[0])
    await broker.submit(second[1])
    await broker.submit(first_sheet)
    await broker.submit(first_picture)
    wanted = [first_picture.id, second[0].id, first_sheet.id, second[1].id]
    assert [one.job.id for one in await broker.line()] == wanted
    assert await take_all(broker) == wanted


async def test_no_starving(connect: Connect) -> None:
    """Now and then one is taken from the back, so a sheet goes before pictures of that lane."""
    async with connect(fair_every=2) as broker:
        pictures = [job(user) for user in ("ann", "bob", "cem")]
        last = sheet("dan")
        for one in [*pictures, last]:
            await broker.submit(one)
        wanted = [pictures[0].id, last.id, pictures[1].id, pictures[2].id]
        assert [one.job.id for one in await broker.line()] == wanted
        assert await take_all(broker) == wanted


def test_old_jobs() -> None:
    """A job from before there were sheets can be read, and is a picture."""
    known = job()
    old = known.model_dump(mode="json", exclude={"cells"})
    assert StyleJob.model_validate(old) == known
    assert known.recipes == (RECIPE,)


def test_cells_belong_to_sheets() -> None:
    """A picture has no cells, and a sheet some."""
    for changes in ({"job_class": JobClass.SHEET}, {"cells": sheet().cells}):
        with pytest.raises(ValueError, match="cells belong to job_class = sheet"):
            job(**changes)
