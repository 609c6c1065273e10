"""A member's own address of SimCord's page."""

import asyncio
import contextlib
import io
import socket
from pathlib import Path

import discord
import pytest

from sandbox.door import HOST, PortTaken
from sandbox.playground import Playground
from tests.bot.painter import small_picture
from tests.sandbox.playing import Page, both_pages, quick_playground


def bots_channel(playground: Playground) -> discord.PartialMessageable:
    """The channel as the bot has it, outside of any of its callbacks."""
    return playground.stage.studio.bot.get_partial_messageable(playground.channel.id)


def picture(side: int) -> discord.File:
    return discord.File(io.BytesIO(small_picture(side)), "preview.png")


def two_free_ports() -> int:
    """The first of two ports in a row that nobody listens at."""
    while True:
        with socket.create_server((HOST, 0)) as first:
            port: int = first.getsockname()[1]
            with contextlib.suppress(OSError), socket.create_server((HOST, port + 1)):
                return port


async def name(page: Page) -> str:
    """The name of the member whom a page plays."""
    shown = await page.look()
    return next(viewer["name"] for viewer in shown["viewers"] if viewer["id"] == shown["viewerId"])


async def test_a_door_opens_as_its_member(tmp_path: Path) -> None:
    """Each address plays its own member."""
    async with both_pages(tmp_path) as (_, one, two):
        assert ["alice", "bob"] == [await name(one), await name(two)]


async def test_a_reload_plays_whom_one_chose(tmp_path: Path) -> None:
    """Whoever changes to another member in a page is still that member after a reload."""
    async with both_pages(tmp_path) as (_, page, _):
        bob = next(one["id"] for one in page.shown["viewers"] if one["name"] == "bob")
        await page.act("viewer", viewer_id=bob)
        await page.open()
        assert "bob" == await name(page)


async def test_a_reload_keeps_what_was_said(tmp_path: Path) -> None:
    """A page that is opened again shows the channel as it was."""
    async with both_pages(tmp_path) as (_, page, _):
        await page.act("send_message", content="hello")
        await page.open()
        assert ["hello"] == page.texts()


async def test_an_action_by_what_was_seen_before_an_edit(tmp_path: Path) -> None:
    """An action counts although the bot has changed something since the page last looked."""
    async with both_pages(tmp_path) as (_, page, other):
        await other.act("send_message", content="first")
        receipt = await page.act("send_message", content="second")
        assert "settled" == receipt["settlement"]


async def test_two_actions_at_once(tmp_path: Path) -> None:
    """Members who act at the same moment are both served."""
    async with both_pages(tmp_path) as (_, one, two):
        receipts = await asyncio.gather(
            *(page.act("send_message", content="now") for page in (one, two))
        )
        assert ["settled"] * 2 == [receipt["settlement"] for receipt in receipts]


async def test_a_replaced_preview_is_still_there_for_who_saw_it(tmp_path: Path) -> None:
    """A picture that a page knows of can be fetched although a newer one has taken its place."""
    async with both_pages(tmp_path) as (playground, page, _):
        message = await bots_channel(playground).send("growing", file=picture(32))
        await page.until(lambda: page.texts() == ["growing"])
        known = page.pictures()
        await message.edit(content="grown", attachments=[picture(40)])
        await page.until(lambda: page.texts() == ["grown"])
        assert [200] == [await page.status_of(f"/api/assets/{name}") for name in known]


async def test_without_the_capability(tmp_path: Path) -> None:
    """Whoever does not have the address that was printed sees nothing."""
    async with both_pages(tmp_path) as (_, page, _):
        page.headers["X-Simcord-Capability"] = "guessed"
        assert 401 == await page.status_of("/api/state")


async def test_the_second_door_is_at_the_next_port(tmp_path: Path) -> None:
    """A port that was asked for is the first member's, and the one after it the second's."""
    port = two_free_ports()
    async with quick_playground(tmp_path, port) as playground:
        assert [port, port + 1] == [door.port for door in playground.doors.values()]


async def test_a_port_that_is_taken(tmp_path: Path) -> None:
    """The sentence names the port and says what to do."""
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken) as caught:
            async with quick_playground(tmp_path, port):
                pass
    expected = (
        f"Port {port} cannot be used (Address already in use). Name another one, or leave --port "
        "away to get a free one."
    )
    assert expected == str(caught.value)
