"""What tests of the sandbox play with: a playground with a quick painter, and pages over HTTP."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from sandbox.door import Door
from sandbox.playground import Playground, open_playground, playground_settings
from tests.bot.painter import QuickPainter

_LOOK_SECONDS = 0.1


@asynccontextmanager
async def quick_playground(folder: Path, port: int = 0) -> AsyncIterator[Playground]:
    """A playground whose pictures take no time."""
    settings = playground_settings(folder, discord={"edit_seconds": 0.1, "channel_edits": 50})
    async with open_playground(settings, QuickPainter(), port) as playground:
        yield playground


class Page:
    """What the page's own script does at a door, without a browser."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self.address, _, capability = url.partition("/#")
        self.headers = {"X-Simcord-Capability": capability}
        self._session = session
        self.shown: dict[str, Any] = {}
        self._sequence = 0

    async def open(self) -> None:
        """Open the page, as a reload does too."""
        url = f"{self.address}/api/pages"
        async with self._session.post(url, json={}, headers=self.headers) as answer:
            self.shown = await answer.json()
        self.headers["X-Simcord-Context"] = self.shown["context"]["id"]
        self._sequence = 0

    async def look(self) -> dict[str, Any]:
        """What the page shows now."""
        async with self._session.get(f"{self.address}/api/state", headers=self.headers) as answer:
            self.shown = await answer.json()
        return self.shown

    async def act(self, kind: str, **body: Any) -> dict[str, Any]:
        """Do something by what was seen last; gives the receipt."""
        self._sequence += 1
        envelope = {
            "protocol_version": 3,
            "sequence": self._sequence,
            "request_id": f"{id(self)}-{next(_numbers)}",
            "generation": self.shown["context"]["generation"],
            "bot_generation": self.shown["botGeneration"],
            "published_revision": self.shown["publishedRevision"],
            "kind": kind,
        }
        url = f"{self.address}/api/action"
        async with self._session.post(url, json=envelope | body, headers=self.headers) as answer:
            return await answer.json()

    async def status_of(self, path: str) -> int:
        """The HTTP status of a path."""
        async with self._session.get(f"{self.address}{path}", headers=self.headers) as answer:
            return answer.status

    async def until(self, predicate: Callable[[], bool]) -> None:
        """Look until what is seen is as it should be, no oftener than the real page does."""
        async with asyncio.timeout(20):
            while not predicate():
                await asyncio.sleep(_LOOK_SECONDS)
                await self.look()

    def pictures(self) -> list[str]:
        """The handles of the pictures that were seen last."""
        return [name for name, asset in self.shown["assets"].items() if asset["available"]]

    def texts(self) -> list[str]:
        """The messages that were seen last, oldest first."""
        messages = self.shown["messages"]
        return [messages[number]["content"] for number in self.shown["timeline"]]


_numbers = itertools.count()


@asynccontextmanager
async def opened(door: Door) -> AsyncIterator[Page]:
    """A page that was opened at `door`."""
    async with aiohttp.ClientSession() as session:
        page = Page(session, door.url)
        await page.open()
        yield page


@asynccontextmanager
async def both_pages(folder: Path) -> AsyncIterator[tuple[Playground, Page, Page]]:
    """A playground, alice's page and bob's."""
    async with (
        quick_playground(folder) as playground,
        opened(playground.doors["alice"]) as alice,
        opened(playground.doors["bob"]) as bob,
    ):
        yield playground, alice, bob
