"""Ordered faults reach a discord.py bot as Discord's would."""

import asyncio

import aiohttp
import discord as dpy
import pytest

from .conftest import Scene

POST = "POST /channels/*/messages"


def place(scene: Scene) -> dpy.PartialMessageable:
    """The channel as the bot reaches it by id."""
    return scene.bot.get_partial_messageable(scene.channel.id)


async def test_rate_limit_is_waited_for(scene: Scene) -> None:
    """429 with a Via header is tried again after its wait."""
    fault = scene.discord.fail_next(POST, 429, times=2, retry_after=0.01)
    await place(scene).send("x")
    assert (2, 1) == (fault.struck, len(scene.channel.messages))


async def test_ban_is_an_error(scene: Scene) -> None:
    """429 without Via is Cloudflare's, and raised at once."""
    scene.discord.fail_next(POST, 429, via=False)
    with pytest.raises(dpy.HTTPException):
        await place(scene).send("x")


async def test_server_error_is_tried_again(scene: Scene) -> None:
    """discord.py tries again after a 500."""
    scene.discord.fail_next(POST, 500)
    await place(scene).send("x")
    assert 1 == len(scene.channel.messages)


async def test_lost_answer_and_nonce_make_one_message(scene: Scene) -> None:
    """A post whose answer was lost is tried again with discord.py's nonce, and stands once."""
    scene.discord.fail_next(POST, 500, applied=True)
    await place(scene).send("x")
    assert 1 == len(scene.channel.messages)


async def test_hang_ends_when_released(scene: Scene) -> None:
    """A hanging request gets no answer until it is let go, then its connection closes."""
    fault = scene.discord.fail_next(POST, "hang")
    sending = asyncio.create_task(place(scene).send("x"))
    await scene.discord.wait_for(lambda: fault.struck)
    scene.discord.clear_faults()
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await sending


async def test_dropped_connection_is_raised(scene: Scene) -> None:
    """A connection that closes without an answer is an error that discord.py passes on."""
    scene.discord.fail_next(POST, "drop")
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await place(scene).send("x")


async def test_other_routes_are_spared(scene: Scene) -> None:
    """A fault strikes only what its pattern fits."""
    fault = scene.discord.fail_next("PATCH /channels/*/messages/*", 500)
    await place(scene).send("x")
    assert 0 == fault.struck
