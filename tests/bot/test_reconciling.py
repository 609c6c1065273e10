"""What crashes and damaged files leave behind is put in order again."""

import asyncio

import discord
import pytest

from bot import reconciling
from bot.records import Commission, Stage
from bot.views import StopButton, stop_button
from jobs.broker import Broker
from jobs.errors import PictureMissing
from jobs.events import Failed, Result
from jobs.job import StyleJob, new_id
from tests.bot.conftest import Scene
from tests.bot.making import commission

STOPPED = "⏹️"


@pytest.fixture(autouse=True)
def look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciling, "_LOOK_SECONDS", 0.1)
    monkeypatch.setattr(reconciling, "_LOST_SECONDS", 0.3)


async def needs_pictures(job: StyleJob, broker: Broker) -> Result:
    """Fails as the engine does where the pictures are gone."""
    try:
        await broker.store.get(job.content)
    except PictureMissing as error:
        return Failed(job=job.id, code=error.code, sentence=str(error))
    raise AssertionError("the picture is there")


async def left_behind(scene: Scene, **changes: object) -> Commission:
    """A commission of alice's whose pictures are stored, as a dead process may have left it."""
    store = scene.stage.broker.store
    content, style = [await store.put(data) for _, data in (scene.photo, scene.style)]
    made = commission(
        content=content,
        canvas=(40, 40),
        user_id=scene.alice.id,
        channel_id=scene.channel.id,
        **changes,
    )
    pair = made.recipe.styles[0].model_copy(update={"digest": style})
    made = made.model_copy(update={"recipe": made.recipe.model_copy(update={"styles": (pair,)})})
    assert await scene.stage.records.add(made)
    return made


async def job_message(scene: Scene) -> discord.Message:
    """A message of the bot's, as the dead process has posted it."""
    channel = scene.stage.studio.bot.get_partial_messageable(scene.channel.id)
    return await channel.send("taking a place in line…")


async def answered(scene: Scene, job_id: str) -> None:
    """Wait until the records say that the job is answered."""
    while True:
        found = await scene.stage.records.by_id(job_id)
        if found is not None and found.stage is Stage.ANSWERED:
            return


async def test_an_intent_is_posted_and_painted(scene: Scene) -> None:
    """A commission that was only noted gets its message, its place and its picture."""
    left = await left_behind(scene)
    [message] = await scene.pictures(1)
    assert [job.id for job in scene.painter.jobs] == [left.id]
    assert f"<@{scene.alice.id}>" in message.content
    assert len(scene.messages()) == 1


async def test_a_message_that_was_not_recorded_is_found(scene: Scene) -> None:
    """A message that was posted just before a crash is used, and none is posted beside it."""
    channel = scene.stage.studio.bot.get_partial_messageable(scene.channel.id)
    job_id = new_id()
    view = stop_button(job_id, StopButton.CANCEL)
    message = await channel.send("taking a place in line…", view=view)
    await left_behind(scene, id=job_id, asked_at=message.created_at)
    [painted] = await scene.pictures(1)
    assert (painted.id, len(scene.messages())) == (message.id, 1)


async def test_a_posted_message_is_used(scene: Scene) -> None:
    """A commission whose message stands is answered in that message."""
    message = await job_message(scene)
    await left_behind(scene, stage=Stage.POSTED, message_id=message.id)
    [painted] = await scene.pictures(1)
    assert (painted.id, len(scene.messages())) == (message.id, 1)


async def test_a_job_that_the_line_has_lost(scene: Scene) -> None:
    """A commission in line that the queue does not know any more is submitted again."""
    message = await job_message(scene)
    await left_behind(scene, stage=Stage.LINED_UP, message_id=message.id)
    [painted] = await scene.pictures(1)
    assert painted.id == message.id


async def test_pictures_that_are_lost_too(scene: Scene) -> None:
    """Where the pictures are gone as well, the member is told to send them again."""
    message = await job_message(scene)
    lost = commission(
        user_id=scene.alice.id,
        channel_id=scene.channel.id,
        stage=Stage.LINED_UP,
        message_id=message.id,
    )
    scene.painter.answer = needs_pictures
    await scene.stage.records.add(lost)
    await scene.until(lambda: "Send it again" in scene.messages()[0].content)


async def test_a_stop_that_was_cut_short(scene: Scene) -> None:
    """A stop that was noted and not carried out ends its job, which waits."""
    await scene.painter.close()
    await scene.stylize()
    [standing] = await scene.stage.broker.line()
    await scene.stage.records.change(standing.job.id, stopping=True)
    await scene.until(lambda: scene.messages()[0].content.startswith(STOPPED))


async def test_a_look_that_was_overtaken(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A commission that has come into the line since it was looked at is not posted again."""
    records, overtaken = scene.stage.records, asyncio.Event()
    in_stages = records.in_stages

    async def as_they_were(stages: frozenset[Stage]) -> list[Commission]:
        found = await in_stages(stages)
        if any(one.stage is Stage.LINED_UP for one in found):
            looks.append(found)
        if len(looks) > 2:
            overtaken.set()
        return [one.model_copy(update={"stage": Stage.INTENDED}) for one in found]

    looks: list[object] = []
    monkeypatch.setattr(records, "in_stages", as_they_were)
    await scene.painter.close()
    await scene.stylize()
    await asyncio.wait_for(overtaken.wait(), 20)
    assert 1 == len(scene.messages())


async def test_a_stop_whose_engine_died(scene: Scene) -> None:
    """A stopped job that nobody has any more is told as stopped, and not painted again."""
    message = await job_message(scene)
    left = await left_behind(scene, stage=Stage.LINED_UP, message_id=message.id, stopping=True)
    await scene.until(lambda: scene.messages()[0].content.startswith(STOPPED))
    await answered(scene, left.id)
    assert scene.painter.jobs == []


async def test_what_cannot_be_posted_is_told_in_private(scene: Scene) -> None:
    """A noted commission whose channel is closed by now ends with a direct message."""
    deny = discord.PermissionOverwrite(send_messages=False, view_channel=False)
    closed = scene.guild.create_text_channel(
        "closed", overwrites={scene.stage.studio.bot.user: deny}
    )
    left = commission(id=new_id(), user_id=scene.alice.id, channel_id=closed.id)
    await scene.stage.records.add(left)
    await scene.until(lambda: bool(scene.private_messages()))
    assert "check my permissions" in scene.private_messages()[0].content


async def test_a_refusal_that_cannot_be_told_now(scene: Scene) -> None:
    """A commission that cannot go on is closed once its member has read why."""
    scene.stage.env.inject_error(
        "POST", "/channels/*/messages", status=403, code=50013, message="no", times=2
    )
    scene.stage.env.inject_error(
        "POST", "/users/@me/channels", status=500, message="later", times=1
    )
    left = await left_behind(scene)
    await scene.until(lambda: bool(scene.private_messages()))
    await answered(scene, left.id)
    assert len(scene.private_messages()) == 1
