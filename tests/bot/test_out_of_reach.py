"""Discord takes something away in the middle of a job: the member still gets one answer."""

import asyncio
from typing import Any

import discord
import pytest

from bot.records import OPEN
from tests.bot.conftest import Scene
from tests.bot.painter import refused, small_picture


async def being_painted(scene: Scene, channel: Any = None) -> discord.Message:
    """Alice's job, half painted: its message."""
    scene.painter.through.clear()
    await scene.stylize(channel=channel or scene.channel)
    place = channel or scene.channel
    await scene.until(lambda: "painting" in place.history()[0].content)
    return place.history()[0]


def delete_message(scene: Scene, message: discord.Message) -> None:
    scene.stage.env.backend.delete_message(message.channel.id, message.id)


def delete_channel(scene: Scene, message: discord.Message) -> None:
    scene.stage.env.backend.delete_channel(message.channel.id)


TAKEN_AWAY = {"message": delete_message, "channel": delete_channel}


@pytest.mark.parametrize("what", TAKEN_AWAY)
async def test_the_picture_comes_in_private(scene: Scene, what: str) -> None:
    """Where the job message or its channel is deleted, the picture comes as a direct message."""
    message = await being_painted(scene)
    TAKEN_AWAY[what](scene, message)
    scene.painter.through.set()
    await scene.until(lambda: bool(scene.private_messages()))
    [private] = scene.private_messages()
    job = scene.painter.jobs[0].id
    assert [file.filename for file in private.attachments] == [f"atelier-{job}.png"]
    assert "no longer show your picture where you asked" in private.content


async def test_a_failure_is_told_in_private(scene: Scene) -> None:
    """A sentence finds its member in the same way."""
    scene.painter.answer = refused
    message = await being_painted(scene)
    delete_message(scene, message)
    scene.painter.through.set()
    await scene.until(lambda: bool(scene.private_messages()))
    assert "brush broke" in scene.private_messages()[0].content


async def test_permission_taken_away(scene: Scene) -> None:
    """Where the bot may no longer edit, the picture comes as a direct message."""
    await being_painted(scene)
    scene.stage.env.inject_error(
        "PATCH", "/channels/*/messages/*", status=403, code=50013, message="no", times=None
    )
    scene.painter.through.set()
    await scene.until(lambda: bool(scene.private_messages()))
    assert len(scene.private_messages()[0].attachments) == 1


async def test_nobody_to_tell(scene: Scene) -> None:
    """A bot that was removed from the server, and may not write in private, closes the job."""
    await being_painted(scene)
    scene.stage.env.inject_error(
        "POST", "/users/@me/channels", status=403, code=50007, message="no", times=None
    )
    scene.stage.env.inject_error(
        "POST", "/channels/*/messages", status=403, code=50007, message="no", times=None
    )
    scene.stage.env.backend.remove_guild(scene.guild.id)
    scene.painter.through.set()
    async with asyncio.timeout(20):
        while await scene.stage.records.in_stages(OPEN) or await scene.stage.broker.line():
            pass
    assert len(scene.painter.jobs) == 1


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_discord_fails_for_a_while(
    scene: Scene, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A final edit that Discord does not take now is made later, once."""
    monkeypatch.setattr("bot.delivery._RETRY_SECONDS", 0.2)
    await being_painted(scene)
    scene.stage.env.inject_error(
        "PATCH", "/channels/*/messages/*", status=status, message="later", times=3
    )
    scene.painter.through.set()
    await scene.pictures(1)
    assert len(scene.messages()) == 1
    assert scene.private_messages() == []


@pytest.mark.parametrize("status", [429, 500])
async def test_a_message_that_cannot_be_posted_now(
    scene: Scene, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wish is noted where Discord does not take its message, and goes on by itself."""
    monkeypatch.setattr("bot.reconciling._LOOK_SECONDS", 0.2)
    scene.stage.env.inject_error(
        "POST", "/channels/*/messages", status=status, message="later", times=2
    )
    result = await scene.stylize()
    assert "goes on by itself" in result.response.content
    await scene.pictures(1)
    assert len(scene.messages()) == 1


async def test_a_message_that_may_not_be_posted(scene: Scene) -> None:
    """A wish whose message Discord refuses is refused, with a sentence, and leaves nothing."""
    scene.stage.env.inject_error(
        "POST", "/channels/*/messages", status=403, code=50013, message="no", times=1
    )
    result = await scene.stylize()
    assert "check my permissions" in result.response.content
    assert (await scene.stage.records.in_stages(OPEN), scene.messages()) == ([], [])


async def test_a_dead_interaction(scene: Scene) -> None:
    """A refusal whose interaction's token has expired is told in the channel, to its member."""
    scene.stage.env.inject_error(
        "POST", "/interactions/*/*/callback", status=404, code=10062, message="Unknown", times=None
    )
    await scene.stylize(layers="conv9")
    [message] = scene.messages()
    assert message.content.startswith(f"<@{scene.alice.id}> · squeezenet1_0 has no layer conv9")


async def test_an_expired_token(scene: Scene) -> None:
    """A refusal that comes when the token has expired is told in the channel, to its member."""
    scene.stage.env.inject_error(
        "PATCH",
        "/webhooks/*/*/messages/@original",
        status=401,
        code=50027,
        message="Invalid Webhook Token",
        times=None,
    )
    await scene.stylize(content=("cat.png", small_picture()[:60]))
    [message] = scene.messages()
    assert message.content.startswith(f"<@{scene.alice.id}> · `cat.png`: This PNG picture is")
