"""A member's hands in the page: what somebody does there, done by Playwright.

For the browser test and the film; it needs Chromium and the package playwright.
"""

import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Locator, Page, async_playwright, expect

_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
# Chromium's sandbox does not start for root, and it asks its makers for updates otherwise.
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-sync",
]
_MOST_SECONDS = 120.0


def find_chromium() -> str | None:
    """The path of a Chromium that this machine has; None if there is none."""
    return next((path for name in _CHROMIUM if (path := shutil.which(name))), None)


@asynccontextmanager
async def open_browser(chromium: str) -> AsyncIterator[Browser]:
    """A browser without a window, as long as the context lasts."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=_ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()


class Hands:
    """What one member does and sees in a page of the sandbox."""

    def __init__(self, page: Page, seconds: float = _MOST_SECONDS) -> None:
        """Waits for nothing longer than `seconds`; a busy machine paints slowly."""
        page.set_default_timeout(1000 * seconds)
        expect.set_options(timeout=1000 * seconds)
        self.page = page

    async def enter(self, url: str) -> None:
        """Open the page, and wait until the member can act."""
        await self.page.goto(url)
        await self._writing().wait_for()

    async def reload(self) -> None:
        """Reload the page, and wait until the member can act."""
        await self.page.reload()
        await self._writing().wait_for()

    async def viewer(self) -> str:
        """The name of the member whom this page plays."""
        chosen = self.page.locator("#viewer-picker option:checked")
        return (await chosen.inner_text()).strip()

    async def stylize(self, content: Path, style: Path, **options: object) -> None:
        """Fill in `/stylize` and send it; `options` are the command's further ones."""
        await self.fill_in(content, style, options)
        await self.send()

    async def fill_in(self, content: Path, style: Path, options: Mapping[str, object]) -> None:
        """Fill in `/stylize` without sending it."""
        await self._writing().fill("/stylize")
        await self.page.locator(".command-entry").first.wait_for()
        await self.page.keyboard.press("Enter")
        await self.page.get_by_label("content attachment").set_input_files(content)
        await self._add("style")
        await self.page.get_by_label("style attachment").set_input_files(style)
        for name, value in options.items():
            await self._add(name)
            await self.page.keyboard.type(str(value))

    async def send(self) -> None:
        """Send what has been filled in, and wait until the command was taken."""
        await self.page.locator("#send-message").click()
        await expect(self._writing()).to_be_visible()

    def message(self, number: int) -> Locator:
        """The `number`-th message of the channel, from 0."""
        return self.page.locator(".channel-message").nth(number)

    def picture(self, number: int, name: str = "") -> Locator:
        """The picture of a message whose file name begins with `name`."""
        return self.message(number).locator(f'img.attachment-image[alt^="{name}"]')

    def reaction(self, number: int, emoji: str) -> Locator:
        """The emoji under a message, which also counts."""
        return self.message(number).locator(".reaction-chip").filter(has_text=emoji)

    async def choose(self, number: int, option: str) -> None:
        """Choose `option` from the menu under a message."""
        await self.message(number).get_by_role("combobox").click()
        await self.page.get_by_role("option").filter(has_text=option).first.click()

    def button(self, number: int, label: str) -> Locator:
        """A button under a message."""
        return self.message(number).get_by_role("button", name=label)

    def _writing(self) -> Locator:
        return self.page.locator("#channel-composer-input")

    async def _add(self, option: str) -> None:
        await self.page.locator(".command-ghost").click()
        named = self.page.locator(f'.command-popup [role="option"][data-value="{option}"]')
        await named.click()
