"""A discord.py bot lives in the stand-in as it would in Discord."""

import asyncio

import discord as dpy
import pytest
from discord.asset import Asset
from discord.gateway import DiscordWebSocket
from discord.http import Route

from . import Discord, Message, Permission, UnusableError, pointed_at
from .conftest import Scene, running
from .tinybot import TinyBot, file

JPEG, PNG = ("a.jpg", b"\xff\xd8photo"), ("b.png", b"\x89PNGpainting")


async def painted(scene: Scene, **more: object) -> Message:
    """The job message of /stylize, once it is finished and replied to."""
    await scene.discord.slash(scene.alice, scene.channel, "stylize", content=JPEG, **more)
    await scene.discord.wait_for(lambda: len(scene.channel.messages) == 2, 10)
    return scene.channel.messages[0]


async def test_attachments_round_trip(scene: Scene) -> None:
    """What members attach is downloaded, and what the bot uploads is kept, byte for byte."""
    message = await painted(scene, style=PNG)
    assert JPEG[1] + b"+" + PNG[1] == message.attachment("atelier-1.png").data


async def test_options_arrive(scene: Scene) -> None:
    """Options reach the command with their types."""
    assert "starry 512" == (await painted(scene, preset="starry", size=512)).content


async def test_edit_replaces_the_files(scene: Scene) -> None:
    """An edit that names only its new file leaves only that one."""
    assert ["atelier-1.png"] == [each.filename for each in (await painted(scene)).attachments]


async def test_revisions_keep_the_past(scene: Scene) -> None:
    """A message remembers how it looked before its edit."""
    message = await painted(scene)
    assert [["preview.png"], ["atelier-1.png"]] == [each.filenames for each in message.revisions]


async def test_reply_refers_to_its_message(scene: Scene) -> None:
    """A reply carries the id of what it answers."""
    message = await painted(scene)
    assert message.id == scene.channel.messages[1].reference


async def test_deleted_answer_is_gone(scene: Scene) -> None:
    """The ephemeral 'thinking…' disappears with delete_original_response."""
    await painted(scene)
    assert scene.channel.messages == scene.channel.seen_by(scene.alice)


async def test_bot_reaction_shows(scene: Scene) -> None:
    """The bot's own reaction stands on the message."""
    message = await painted(scene)
    assert {"🎨": [scene.discord.world.bot]} == message.reactions


async def test_clean_bot_breaks_no_rule(scene: Scene) -> None:
    """Nothing above is against Discord's rules or its schema."""
    await painted(scene, style=PNG, preset="starry")
    assert [] == scene.discord.violations


async def test_interaction_tells_the_upload_limit(scene: Scene) -> None:
    """interaction.filesize_limit is the stand-in's limit."""
    await painted(scene)
    assert scene.discord.world.upload_limit == scene.bot.limit


async def test_interaction_tells_denied_permissions(scene: Scene) -> None:
    """interaction.app_permissions lacks what an overwrite denies."""
    scene.discord.deny(scene.channel, Permission.ADD_REACTIONS)
    await scene.discord.slash(scene.alice, scene.channel, "stylize", content=JPEG)
    await scene.discord.wait_for(lambda: bool(scene.channel.messages), 10)
    assert (True, False) == (
        scene.bot.permissions.send_messages,
        scene.bot.permissions.add_reactions,
    )


async def test_raw_reaction_names_the_author(scene: Scene) -> None:
    """A member's reaction arrives with who reacted and whose message it is."""
    message = await painted(scene)
    await scene.discord.react(scene.bob, scene.channel, message.id, "🎨")
    event = await asyncio.wait_for(scene.bot.reactions.get(), 10)
    assert (scene.bob.id, scene.discord.world.bot.id) == (event.user_id, event.message_author_id)


async def test_removed_reaction_has_no_member(scene: Scene) -> None:
    """A removal arrives without a member, as in Discord."""
    message = await painted(scene)
    await scene.discord.react(scene.bob, scene.channel, message.id, "🎨")
    await scene.discord.unreact(scene.bob, scene.channel, message.id, "🎨")
    await asyncio.wait_for(scene.bot.reactions.get(), 10)
    event = await asyncio.wait_for(scene.bot.reactions.get(), 10)
    assert ("REACTION_REMOVE", None) == (event.event_type, event.member)


async def test_autocomplete_offers_choices(scene: Scene) -> None:
    """Typing into an option returns the bot's choices."""
    asked = (scene.alice, scene.channel, "stylize", "preset", "st")
    assert [{"name": "starry", "value": "starry"}] == await scene.discord.autocomplete(*asked)


async def test_button_reaches_the_bot(scene: Scene) -> None:
    """A press arrives with the button's id, and its ephemeral answer is the presser's."""
    shown = await scene.discord.slash(scene.alice, scene.channel, "panel")
    pressed = await scene.discord.click(scene.bob, shown.answers[0], "stop:")
    assert ("stop:1", scene.bob) == (pressed.text, pressed.answers[0].ephemeral_for)


async def test_select_reaches_the_bot(scene: Scene) -> None:
    """A choice arrives with its values."""
    shown = await scene.discord.slash(scene.alice, scene.channel, "panel")
    chosen = await scene.discord.select(scene.bob, shown.answers[0], "more:1", "waves")
    assert "more:1 ['waves']" == chosen.text


async def test_missing_option_is_the_tests_fault(scene: Scene) -> None:
    """A member could not send the command without what it requires."""
    with pytest.raises(UnusableError, match="needs content"):
        await scene.discord.slash(scene.alice, scene.channel, "stylize")


async def test_cut_connection_is_resumed_with_what_was_missed(scene: Scene) -> None:
    """A reaction made while the line was cut arrives after the resume."""
    message = await painted(scene)
    await scene.discord.drop_gateway()
    await scene.discord.react(scene.bob, scene.channel, message.id, "🎨")
    event = await asyncio.wait_for(scene.bot.reactions.get(), 10)
    assert (scene.bob.id, 1) == (event.user_id, scene.discord.gateway.resumes)


async def test_asked_to_reconnect_resumes(scene: Scene) -> None:
    """Opcode 7 makes the bot resume."""
    scene.discord.gateway.ask_to_reconnect()
    await asyncio.wait_for(scene.bot.resumed.wait(), 10)
    assert (1, 1) == (scene.discord.gateway.identifies, scene.discord.gateway.resumes)


async def test_lost_session_is_identified_anew(scene: Scene) -> None:
    """A session that cannot be resumed is started afresh, and commands work again."""
    await scene.discord.drop_gateway(resumable=False)
    await scene.discord.wait_for(lambda: scene.discord.gateway.identifies == 2, 10)
    await painted(scene)
    assert "a version" == scene.channel.messages[1].content


async def test_restarted_bot_keeps_its_commands_ids(scene: Scene) -> None:
    """A second bot that syncs the same commands finds the same ids."""
    before = scene.discord.world.commands[None]["stylize"]["id"]
    await scene.bot.close()
    await scene.discord.gone()
    async with running(TinyBot(), scene.discord):
        after = scene.discord.world.commands[None]["stylize"]["id"]
    assert (before, 2) == (after, scene.discord.world.command_syncs)


async def test_direct_messages_open(scene: Scene) -> None:
    """The bot can write to a member directly."""
    user = await scene.bot.fetch_user(scene.alice.id)
    await user.send("done", file=file("a.png", b"x"))
    assert b"x" == scene.discord.direct_channel(scene.alice).messages[0].attachments[0].data


async def test_wrong_token_is_a_login_failure(scene: Scene) -> None:
    """A bot with a wrong token is told so."""
    async with dpy.Client(intents=dpy.Intents.none()) as stranger:
        with pytest.raises(dpy.LoginFailure):
            await stranger.login("wrong")


async def test_addresses_are_restored() -> None:
    """After `pointed_at` discord.py points where it did before."""
    before = (Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY, Asset.BASE)
    async with Discord() as discord:
        with pointed_at(discord):
            assert Route.BASE == discord.api_url
    assert before == (Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY, Asset.BASE)
