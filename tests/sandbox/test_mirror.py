"""Pages follow what the bot does by itself."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import simcord

from sandbox import mirror
from sandbox.turns import Turns
from tests.sandbox.playing import both_pages


async def test_a_page_follows_the_bot(tmp_path: Path) -> None:
    """What the bot says between two actions is seen in the page, with nobody asking for it."""
    async with both_pages(tmp_path) as (playground, page, _):
        channel = playground.stage.studio.bot.get_partial_messageable(playground.channel.id)
        await channel.send("by itself")
        await page.until(lambda: page.texts() == ["by itself"])
        assert "refresh" == page.shown["publication"]["reason"]


async def test_messages_have_the_time_of_day(tmp_path: Path) -> None:
    """The simulated clock stands still by itself, yet goes with the real one here."""
    async with both_pages(tmp_path) as (_, page, _):
        await page.act("send_message", content="now")
        message = next(iter((await page.look())["messages"].values()))
        published = page.shown["publication"]["publishedAt"]
        assert published[:16] == message["timestamp"][:16]


class BusyPreview:
    """Refuses to publish once, as SimCord does while somebody acts from Python."""

    def __init__(self) -> None:
        self.asked = 0
        self.published = asyncio.Event()

    async def refresh(self) -> None:
        self.asked += 1
        if self.asked == 1:
            raise simcord.SetupError("operation overlaps active slash")
        self.published.set()


async def test_a_refused_publication_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be published now is published a moment later, with no further event."""
    monkeypatch.setattr(mirror, "_LATER_SECONDS", 0.0)
    subscribers: list[Any] = []
    env: Any = SimpleNamespace(backend=SimpleNamespace(subscribers=subscribers))
    preview: Any = BusyPreview()
    async with mirror.mirrored(env, preview, LateTurns(env)):
        subscribers[0]("MESSAGE_UPDATE", {})
        async with asyncio.timeout(5):
            await preview.published.wait()
    assert 2 == preview.asked


class LateTurns(Turns):
    """Turns in an environment without a clock."""

    async def _keep_time(self) -> None:
        raise simcord.SetupError("no clock here")
