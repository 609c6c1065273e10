"""`/sheet`, from command to picture, and on from there to a picture of the usual size."""

from typing import Any

from discord import Message

from jobs.events import Finished
from jobs.job import JobClass
from tests.bot.conftest import Scene
from tests.bot.making import SETTINGS, commission
from tests.bot.painter import QuickPainter, refused

SHOWN = ("flow", "mosaic", "glass", "ink", "waves", "woodcut", "halftone", "pastel")


async def sheet(scene: Scene) -> Any:
    """Alice asks for one."""
    return await scene.alice.slash(scene.channel, "sheet", photo=scene.photo)


async def painted(scene: Scene) -> Message:
    """Her sheet, painted."""
    await sheet(scene)
    [message] = await scene.pictures(1)
    return message


async def test_a_sheet_comes(scene: Scene) -> None:
    """A photo becomes one message with a file, a menu, and all presets in the caption."""
    message = await painted(scene)
    names = [file.filename for file in message.attachments]
    assert names == [f"atelier-{scene.painter.jobs[0].id}.png"]
    assert len(scene.messages()) == 1
    assert len(message.components) == 1
    for title in ("🌀 Flow", "🌸 Pastel"):
        assert title in message.content


async def test_the_job(scene: Scene) -> None:
    """It is a job of its own class, with a cell for each preset that brings a picture."""
    await painted(scene)
    [job] = scene.painter.jobs
    assert job.job_class is JobClass.SHEET
    assert tuple(cell.recipe.preset for cell in job.cells) == SHOWN
    sizes = {(each.size, each.steps) for each in job.recipes}
    assert sizes == {(SETTINGS.sheet.size, SETTINGS.sheet.steps)}
    assert max(job.canvas) == SETTINGS.sheet.size


async def test_reacting_paints_the_photo(scene: Scene) -> None:
    """An emoji under a sheet paints the photo in that preset, at the usual size and steps."""
    message = await painted(scene)
    await scene.bob.react(message, "🌊")
    _, second = await scene.pictures(2)
    one, two = scene.painter.jobs
    own = SETTINGS.recipes["squeezenet1_0"]
    assert (two.content, two.parent, two.job_class) == (one.content, one.id, JobClass.INTERACTIVE)
    assert (two.recipe.preset, two.recipe.size, two.recipe.steps) == ("waves", own.size, own.steps)
    waves = next(cell.recipe for cell in one.cells if cell.recipe.preset == "waves")
    assert two.recipe.styles == waves.styles
    assert second.reference is not None
    assert second.reference.message_id == message.id


async def test_the_menu_paints_the_photo(scene: Scene) -> None:
    """A choice from the menu under a sheet is such a picture, too."""
    message = await painted(scene)
    menu = f"atelier:try:{scene.painter.jobs[0].id}"
    await scene.alice.select(message, ["woodcut"], custom_id=menu)
    await scene.pictures(2)
    one, two = scene.painter.jobs
    assert (two.content, two.recipe.preset) == (one.content, "woodcut")
    assert two.recipe.size == SETTINGS.recipes["squeezenet1_0"].size


async def test_sheets_count(scene: Scene) -> None:
    """A sheet that waits is one of the pictures that a member may have waiting."""
    await scene.painter.close()
    await sheet(scene)
    await scene.stylize()
    result = await sheet(scene)
    assert "You have 2 pictures in the line already" in result.response.content
    assert len(scene.messages()) == 2


async def test_stopping(scene: Scene) -> None:
    """A sheet that is stopped says how to ask for another one."""
    scene.painter.through.clear()
    await sheet(scene)
    await scene.painter.begun.wait()
    [message] = scene.messages()
    await scene.alice.click(message, custom_id=f"atelier:stop:{scene.painter.jobs[0].id}")
    await scene.until(lambda: "stopped" in scene.messages()[0].content)
    assert "`/sheet`" in scene.messages()[0].content


async def test_a_failure(scene: Scene, painter: QuickPainter) -> None:
    """A sheet that cannot be painted ends in one sentence."""
    painter.answer = refused
    await sheet(scene)
    await scene.until(lambda: "The brush broke" in scene.messages()[0].content)


async def test_the_queue_names_it(scene: Scene) -> None:
    """In `/queue` a sheet is called one."""
    await scene.painter.close()
    await sheet(scene)
    result = await scene.alice.slash(scene.channel, "queue")
    assert "a sheet" in result.response.content


def test_old_records() -> None:
    """A commission from before there were sheets can be read, and is a picture."""
    known = commission(message_id=5)
    old = known.model_dump(mode="json", exclude={"cells"})
    assert type(known).model_validate(old) == known
    assert known.job().job_class is JobClass.INTERACTIVE
    assert "cells" not in Finished.model_fields
