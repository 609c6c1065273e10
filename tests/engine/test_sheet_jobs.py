"""Sheets at the real queue: from the line to their answers, and stopped on the way."""

import asyncio
from io import BytesIO

import pytest
from PIL import Image

from engine.backbones import Backbone
from jobs.broker import Broker
from jobs.events import Cancelled, Failed, Finished, Progress
from jobs.job import Cell, StyleJob
from jobs.recipe import Scale, Style
from jobs.sheet import in_common
from pictures.metadata import read_recipe
from tests.conftest import Connect

from .conftest import RecipeOf
from .making import PHOTO
from .test_sheet import SIZE, STYLES, cells_of, sheet_job, sheet_of
from .test_worker import SECONDS, Working, easel, result_of


@pytest.fixture
def working(connect: Connect, random_backbone: Backbone) -> Working:
    """Runs a worker that takes what it is given."""
    return easel(connect, random_backbone)


def longer(cell: Cell, steps: int) -> Cell:
    """A cell of so many steps."""
    scales = (Scale(fraction=1, steps=steps),)
    return cell.model_copy(update={"recipe": cell.recipe.model_copy(update={"scales": scales})})


async def submitted(broker: Broker, cells: tuple[Cell, ...], missing: int = 0) -> StyleJob:
    """A sheet in the queue, the pictures of its cells in the store but for the last `missing`."""
    held = [await broker.store.put(style) for style in STYLES[: len(STYLES) - missing]]
    digests = [*held, *["e" * 64] * missing]
    known = [
        cell.model_copy(
            update={"recipe": cell.recipe.model_copy(update={"styles": (Style(digest=digest),)})}
        )
        for cell, digest in zip(cells, digests, strict=True)
    ]
    job = sheet_job(tuple(known))
    job = job.model_copy(
        update={
            "content": await broker.store.put(PHOTO),
            "recipe": in_common([cell.recipe for cell in known]),
        }
    )
    await broker.submit(job)
    return job


async def test_a_sheet_is_painted(
    broker: Broker, working: Working, recipe_of: RecipeOf, random_backbone: Backbone
) -> None:
    """It ends finished as a picture does: the very sheet that is painted without a queue."""
    cells = cells_of(recipe_of)
    job = await submitted(broker, cells)
    async with working():
        result = await result_of(broker, job)
    assert isinstance(result, Finished)
    assert (result.recipe, result.extension, result.note) == (job.recipe, "png", "")
    file = await broker.store.get(result.picture)
    assert read_recipe(file) is None
    _, alone = sheet_of(cells, random_backbone)
    with Image.open(BytesIO(file)) as image:
        assert image.tobytes() == alone.image.tobytes()
    assert result.size == alone.image.size


async def test_a_sheet_is_stopped(broker: Broker, working: Working, recipe_of: RecipeOf) -> None:
    """Its member stops it in its midst, and has the sheet so far."""
    cells = tuple(longer(cell, 100_000) for cell in cells_of(recipe_of))
    async with broker.live() as feed, working():
        job = await submitted(broker, cells)
        async with asyncio.timeout(SECONDS):
            async for event in feed:
                if isinstance(event, Progress) and event.step > 0:
                    break
        await broker.cancel(job.id)
        result = await result_of(broker, job)
    assert isinstance(result, Cancelled)
    assert result.picture is not None
    with Image.open(BytesIO(await broker.store.get(result.picture))) as image:
        assert image.width > 2 * SIZE


async def test_a_missing_picture(broker: Broker, working: Working, recipe_of: RecipeOf) -> None:
    """A preset's picture that the store has lost is the end, in one sentence."""
    job = await submitted(broker, cells_of(recipe_of), missing=1)
    async with working():
        result = await result_of(broker, job)
    assert isinstance(result, Failed)
    assert result.code == "picture_missing"
