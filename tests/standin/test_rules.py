"""The stand-in refuses what Discord refuses, and notes whose fault it was."""

from collections.abc import Awaitable, Callable

import aiohttp
import discord as dpy
import pytest

from . import Channel, Permission
from .conftest import Scene
from .tinybot import file

Attempt = Callable[[dpy.PartialMessageable], Awaitable[object]]
LONG_EMBED = dpy.Embed(description="x" * 4097)
FULL_EMBEDS = [dpy.Embed(description="x" * 3500), dpy.Embed(description="x" * 3500)]


def place(scene: Scene, channel: Channel | None = None) -> dpy.PartialMessageable:
    """The channel as the bot reaches it by id."""
    return scene.bot.get_partial_messageable((channel or scene.channel).id)


async def refused(attempt: Awaitable[object]) -> tuple[int, int]:
    """Status and code of the refusal that this must get."""
    with pytest.raises(dpy.HTTPException) as caught:
        await attempt
    return caught.value.status, caught.value.code


def picture_missing() -> dpy.Embed:
    """An embed that shows a file which nobody sends."""
    return dpy.Embed().set_image(url="attachment://none.png")


def eleven_files() -> list[dpy.File]:
    """One more than a message takes."""
    return [file(f"{number}.png", b"x") for number in range(11)]


def twin_buttons() -> dpy.ui.View:
    """Two buttons of one id."""
    view = dpy.ui.View(timeout=None)
    for label in "ab":
        view.add_item(dpy.ui.Button(label=label, custom_id="same"))
    return view


@pytest.mark.parametrize(
    "attempt",
    [
        pytest.param(lambda to: to.send("x" * 2001), id="content"),
        pytest.param(lambda to: to.send(embed=LONG_EMBED), id="embed description"),
        pytest.param(lambda to: to.send(embeds=FULL_EMBEDS), id="embeds in all"),
        pytest.param(lambda to: to.send(embed=picture_missing()), id="attachment of an embed"),
        pytest.param(lambda to: to.send("x", view=twin_buttons()), id="custom_id twice"),
        pytest.param(lambda to: to.send("x", nonce="9" * 26), id="nonce"),
        pytest.param(lambda to: to.send(files=eleven_files()), id="eleven files"),
    ],
)
async def test_forms_over_a_limit_are_invalid(scene: Scene, attempt: Attempt) -> None:
    """Each limit on a message answers 50035 and counts as a violation."""
    refusal = await refused(attempt(place(scene)))
    assert ((400, 50035), True) == (refusal, bool(scene.discord.violations))


async def test_refused_message_is_not_posted(scene: Scene) -> None:
    """A refusal leaves the channel as it was."""
    await refused(place(scene).send("x" * 2001, file=file("a.png", b"x")))
    assert [] == scene.channel.messages


async def test_nothing_is_no_message(scene: Scene) -> None:
    """A message without anything in it answers 50006."""
    assert (400, 50006) == await refused(place(scene).send(""))


async def test_file_over_the_limit(scene: Scene) -> None:
    """A file one byte too large answers 413, 40005."""
    large = file("a.png", bytes(scene.discord.world.upload_limit + 1))
    assert (413, 40005) == await refused(place(scene).send(file=large))


async def test_file_at_the_limit(scene: Scene) -> None:
    """A file of exactly the limit is taken."""
    await place(scene).send(file=file("a.png", bytes(scene.discord.world.upload_limit)))
    assert [] == scene.discord.violations


async def test_twenty_first_reaction(scene: Scene) -> None:
    """Twenty different reactions stand, the next answers 30010."""
    message = await place(scene).send("x")
    for number in range(20):
        await message.add_reaction(chr(0x1F600 + number))
    assert (400, 30010) == await refused(message.add_reaction("🎨"))


async def test_word_is_no_emoji(scene: Scene) -> None:
    """A reaction with plain text answers 10014."""
    message = await place(scene).send("x")
    assert (400, 10014) == await refused(message.add_reaction("art"))


async def test_second_acknowledgement(scene: Scene) -> None:
    """Acknowledging twice answers 40060."""
    asked = await scene.discord.slash(scene.alice, scene.channel, "twice")
    await scene.discord.wait_for(lambda: asked.text == "once\n40060")
    assert "40060" in scene.discord.violations[0]


async def test_unanswered_command(scene: Scene) -> None:
    """A command that a connected bot leaves unanswered failed, and is a violation."""
    asked = await scene.discord.slash(scene.alice, scene.channel, "ignore")
    expected = (True, ["ignore: not acknowledged within 1 s"])
    assert expected == (asked.failed, scene.discord.violations)


async def test_late_acknowledgement(scene: Scene) -> None:
    """Acknowledging after the time is up answers 10062."""
    asked = await scene.discord.slash(scene.alice, scene.channel, "ignore")
    path = f"{scene.discord.api_url}/interactions/{asked.id}/{asked.token}/callback"
    async with aiohttp.ClientSession() as http, http.post(path, json={"type": 5}) as answer:
        assert (404, 10062) == (answer.status, (await answer.json())["code"])


async def test_expired_token(scene: Scene) -> None:
    """Fifteen minutes later an interaction's token answers 50027."""
    await scene.discord.slash(scene.alice, scene.channel, "keep")
    scene.discord.advance(901)
    assert scene.bot.kept is not None
    assert (401, 50027) == await refused(scene.bot.kept.edit_original_response(content="late"))


async def test_first_followup_fills_the_deferred_answer(scene: Scene) -> None:
    """The first followup after a defer becomes the answer itself, ephemeral as it was."""
    asked = await scene.discord.slash(scene.alice, scene.channel, "keep")
    assert scene.bot.kept is not None
    await scene.bot.kept.followup.send("here")
    assert ("here", scene.alice, []) == (
        asked.text,
        asked.answers[0].ephemeral_for,
        scene.channel.messages,
    )


async def test_deleted_message(scene: Scene) -> None:
    """Editing what a moderator deleted answers 10008, and is nobody's fault."""
    message = await place(scene).send("x")
    scene.discord.delete_message(scene.channel.messages[0])
    assert ((404, 10008), []) == (
        await refused(message.edit(content="y")),
        scene.discord.violations,
    )


async def test_deleted_channel(scene: Scene) -> None:
    """Posting in a deleted channel answers 10003."""
    scene.discord.delete_channel(scene.channel)
    assert (404, 10003) == await refused(place(scene).send("x"))


@pytest.mark.parametrize(
    ("denied", "refusal"),
    [
        (Permission.VIEW_CHANNEL, (403, 50001)),
        (Permission.SEND_MESSAGES, (403, 50013)),
        (Permission.ATTACH_FILES, (403, 50013)),
    ],
)
async def test_denied_permission(
    scene: Scene, denied: Permission, refusal: tuple[int, int]
) -> None:
    """What an overwrite takes away answers 50001 or 50013."""
    scene.discord.deny(scene.channel, denied)
    assert refusal == await refused(place(scene).send("x", file=file("a.png", b"x")))


async def test_denied_permission_is_known_to_the_bot(scene: Scene) -> None:
    """The bot's cache learns of an overwrite."""
    scene.discord.deny(scene.channel, Permission.SEND_MESSAGES)
    await scene.discord.slash(scene.alice, scene.channel, "panel")
    channel = scene.bot.get_channel(scene.channel.id)
    assert isinstance(channel, dpy.TextChannel)
    assert not channel.permissions_for(channel.guild.me).send_messages


async def test_removed_bot(scene: Scene) -> None:
    """A bot that was removed from the guild has no access."""
    scene.discord.remove_bot(scene.guild)
    assert (403, 50001) == await refused(place(scene).send("x"))


async def test_embedded_picture_is_no_attachment(scene: Scene) -> None:
    """A file that an embed shows gets a URL there, and is not among the attachments."""
    embed = dpy.Embed().set_image(url="attachment://a.png")
    message = await place(scene).send(embed=embed, file=file("a.png", b"x"))
    url = message.embeds[0].image.url
    assert ([], True) == (message.attachments, (url or "").startswith(scene.discord.cdn_url))


async def test_nonce_makes_one_message(scene: Scene) -> None:
    """The same nonce twice is one message, returned twice."""
    first, second = [await place(scene).send("x", nonce="n1") for _ in range(2)]
    assert (first.id, 1) == (second.id, len(scene.channel.messages))


async def test_no_nonce_makes_two(scene: Scene) -> None:
    """Without a nonce the same post is two messages."""
    url = f"{scene.discord.api_url}/channels/{scene.channel.id}/messages"
    headers = {"Authorization": f"Bot {scene.discord.token}"}
    async with aiohttp.ClientSession(headers=headers) as http:
        for _ in range(2):
            await http.post(url, json={"content": "x"})
    assert 2 == len(scene.channel.messages)


async def test_attachment_url_expires(scene: Scene) -> None:
    """A day later an attachment's URL works no more."""
    message = await place(scene).send(file=file("a.png", b"x"))
    scene.discord.advance(86_401)
    with pytest.raises(dpy.NotFound):
        await message.attachments[0].read()


async def test_replaced_attachment_is_gone(scene: Scene) -> None:
    """What an edit drops cannot be downloaded any more."""
    message = await place(scene).send("x", file=file("a.png", b"x"))
    await message.edit(attachments=[])
    with pytest.raises(dpy.NotFound):
        await message.attachments[0].read()


async def test_unknown_route_is_a_violation(scene: Scene) -> None:
    """What the stand-in does not know never passes unseen."""
    await refused(scene.bot.fetch_premium_sticker_packs())
    assert "sticker-packs" in scene.discord.violations[0]
