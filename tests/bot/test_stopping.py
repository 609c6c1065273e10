"""Stopping jobs: by the button, and by taking a reaction back."""

import asyncio

import discord

from bot.records import Stage
from tests.bot.conftest import Scene

STOPPED = "⏹️"


async def waiting(scene: Scene) -> str:
    """A job of alice's that shows its place; its id."""
    await scene.painter.close()
    await scene.stylize()
    await scene.until(lambda: "place **1**" in scene.messages()[0].content)
    [standing] = await scene.stage.broker.line()
    return standing.job.id


async def being_painted(scene: Scene) -> str:
    """A job of alice's that is half painted; its id."""
    scene.painter.through.clear()
    await scene.stylize()
    await scene.until(lambda: "painting" in scene.messages()[0].content)
    return scene.painter.jobs[0].id


async def taken_back(scene: Scene) -> discord.Message:
    """A picture of alice's under which bob has reacted, and thought better of it."""
    await scene.stylize()
    [first] = await scene.pictures(1)
    await scene.painter.close()
    await scene.bob.react(first, "🌊")
    await scene.bob.unreact(first, "🌊")
    await scene.until(lambda: scene.messages()[-1].content.startswith(STOPPED))
    return first


async def test_cancel_a_waiting_job(scene: Scene) -> None:
    """A job that waits is gone from the line, is never painted, and its message says so."""
    job = await waiting(scene)
    await scene.alice.click(scene.messages()[0], custom_id=f"atelier:stop:{job}")
    await scene.until(lambda: scene.messages()[0].content.startswith(STOPPED))
    scene.painter.open.set()
    await scene.stylize(scene.bob)
    await scene.pictures(1)
    assert [painted.user for painted in scene.painter.jobs] == [str(scene.bob.id)]


async def test_a_press_that_discord_did_not_see_answered(scene: Scene) -> None:
    """A stop is written down before its press is acknowledged, so it counts if that fails."""
    job = await waiting(scene)
    scene.stage.env.inject_error(
        "POST", "/interactions/*/*/callback", status=404, code=10062, message="late", times=1
    )
    await scene.alice.click(scene.messages()[0], custom_id=f"atelier:stop:{job}")
    await scene.until(lambda: scene.messages()[0].content.startswith(STOPPED))


async def test_the_button_goes_with_the_job(scene: Scene) -> None:
    """What has been stopped has no button any more."""
    job = await waiting(scene)
    await scene.alice.click(scene.messages()[0], custom_id=f"atelier:stop:{job}")
    await scene.until(lambda: scene.messages()[0].content.startswith(STOPPED))
    assert scene.messages()[0].components == []


async def test_stop_and_keep(scene: Scene) -> None:
    """A job that is painted ends with the picture as far as it has come."""
    job = await being_painted(scene)
    await scene.alice.click(scene.messages()[0], custom_id=f"atelier:stop:{job}")
    await scene.until(lambda: scene.messages()[0].content.startswith(STOPPED))
    [message] = scene.messages()
    assert "This is how far it came" in message.content
    assert [file.filename for file in message.attachments] == [f"atelier-{job}.png"]


async def test_only_the_member_stops_it(scene: Scene) -> None:
    """Somebody else is told whose picture it is, in private, and the job goes on."""
    job = await waiting(scene)
    pressed = await scene.bob.click(scene.messages()[0], custom_id=f"atelier:stop:{job}")
    assert pressed.response.ephemeral
    assert f"<@{scene.alice.id}>'s picture" in pressed.response.content
    scene.painter.open.set()
    await scene.pictures(1)


async def test_a_moderator_stops_it(scene: Scene) -> None:
    """Who may manage messages may end anybody's job."""
    role = scene.guild.create_role("Mods", permissions=discord.Permissions(manage_messages=True))
    user = scene.stage.env.create_user("mod")
    moderator = scene.guild.add_member(user, roles=[role])
    job = await waiting(scene)
    await moderator.click(scene.messages()[0], custom_id=f"atelier:stop:{job}")
    await scene.until(lambda: scene.messages()[0].content.startswith(STOPPED))


async def test_the_place_is_free_again(scene: Scene) -> None:
    """A stopped job no longer counts among its member's unfinished ones."""
    job = await waiting(scene)
    await scene.stylize()
    await scene.alice.click(scene.messages()[0], custom_id=f"atelier:stop:{job}")
    async with asyncio.timeout(10):
        while await scene.stage.records.open_of(scene.alice.id) > 1:
            pass
    await scene.stylize()
    assert len(scene.messages()) == 3


async def test_a_reaction_taken_back(scene: Scene) -> None:
    """A version whose reaction is taken back before it is begun is not painted."""
    await taken_back(scene)
    assert await scene.stage.broker.line() == []


async def test_a_reaction_given_again(scene: Scene) -> None:
    """After it was taken back the same reaction is a new wish, and one only."""
    first = await taken_back(scene)
    scene.painter.open.set()
    await scene.bob.react(first, "🌊")
    await scene.pictures(2)
    assert [job.user for job in scene.painter.jobs] == [str(scene.alice.id), str(scene.bob.id)]


async def test_a_reaction_taken_back_too_late(scene: Scene) -> None:
    """A version that is being painted is finished, though its reaction is taken back."""
    await scene.stylize()
    [first] = await scene.pictures(1)
    scene.painter.begun.clear()
    scene.painter.through.clear()
    await scene.bob.react(first, "🌊")
    await scene.until(lambda: "painting" in scene.messages()[-1].content)
    await scene.bob.unreact(first, "🌊")
    scene.painter.through.set()
    assert len(await scene.pictures(2)) == 2


async def test_nothing_left_to_stop(scene: Scene) -> None:
    """The button of a picture that has ended meanwhile says so."""
    job = await being_painted(scene)
    message = scene.messages()[0]
    await scene.stage.records.change(job, stage=Stage.ANSWERED)
    pressed = await scene.alice.click(message, custom_id=f"atelier:stop:{job}")
    assert "has ended already" in pressed.response.content
