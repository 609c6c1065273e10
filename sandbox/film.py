"""Films the sandbox for the README: `python -m sandbox.film` plays a scene in a browser.

Writes a screenshot, `sandbox.png`, and an animation of one member's channel, `sandbox.webp`.
It needs Chromium and the packages of the extra `dev`; weights as everywhere.
"""

import asyncio
import io
import math
import re
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import click
from PIL import Image, ImageChops
from playwright.async_api import Browser, FloatRect, Page, ViewportSize, expect

from config.logs import configure_logging
from samples import PHOTOS, STYLES
from sandbox.hands import Hands, find_chromium, open_browser
from sandbox.playground import Playground, open_playground, playground_settings

_WIDTH, _HEIGHT = 960, 860
_MOST_SECONDS = 1200.0
_LOOK_SECONDS = 0.2
_MOST_FRAMES = 80
_LONGEST_SECONDS = 0.3
_LAST_SECONDS = 4.0
_PAUSE_SECONDS = 1.2
_QUALITY = 80
_COLOURS = 256
# Between two states the page says so, and shows `... unavailable` in a picture's place.
_AT_REST = """() => [...document.querySelectorAll("img.attachment-image")]
    .every((image) => image.complete && image.naturalWidth > 0)
    && !document.body.innerText.includes("Updating viewport")
    && !document.body.innerText.includes("unavailable")"""
_LIST_IS_AWAY = "document.querySelector('#channel-layout').getBoundingClientRect().left === 0"
_TO_THE_END = "(timeline) => { timeline.scrollTop = timeline.scrollHeight; }"


@dataclass
class Camera:
    """Takes a frame whenever what it looks at has changed."""

    page: Page
    clip: FloatRect
    """The part of the page that it looks at, in px."""
    frames: list[Image.Image] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    @asynccontextmanager
    async def rolling(self) -> AsyncIterator[None]:
        """Film as long as the context lasts."""
        task = asyncio.create_task(self._roll(), name="camera")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _roll(self) -> None:
        while True:
            frame = await self._look()
            if not self.frames or ImageChops.difference(frame, self.frames[-1]).getbbox():
                self.frames.append(frame)
                self.seconds.append(0.0)
            await asyncio.sleep(_LOOK_SECONDS)
            self.seconds[-1] += _LOOK_SECONDS

    async def _look(self) -> Image.Image:
        await self.page.wait_for_function(_AT_REST)
        return Image.open(io.BytesIO(await self.page.screenshot(clip=self.clip))).convert("RGB")

    def develop(self, path: Path) -> None:
        """Write the film, in which nothing stands still for long but the end."""
        every = math.ceil(len(self.frames) / _MOST_FRAMES)
        # The last frame is always among them.
        frames, seconds = self.frames[::-every][::-1], self.seconds[::-every][::-1]
        shown = [min(each, _LONGEST_SECONDS) for each in seconds[:-1]]
        frames[0].save(
            path,
            save_all=True,
            append_images=frames[1:],
            duration=[round(1000 * each) for each in [*shown, _LAST_SECONDS]],
            loop=0,
            quality=_QUALITY,
            method=4,
            # Whole frames in between, or what was there before stays faintly visible.
            kmin=3,
            kmax=8,
        )


async def film(out: Path, size: int) -> None:
    """Play the scene with pictures of `size` px, and write both files into `out`."""
    chromium = find_chromium()
    if chromium is None:
        sys.exit("The film needs Chromium; Debian's package is called chromium.")
    with tempfile.TemporaryDirectory(prefix="atelier-film-") as folder:
        settings = playground_settings(Path(folder))
        configure_logging(settings.log)
        async with open_playground(settings) as playground, open_browser(chromium) as browser:
            await playground.ready()
            await _scene(playground, browser, out, size)


async def _scene(playground: Playground, browser: Browser, out: Path, size: int) -> None:
    viewport = ViewportSize(width=_WIDTH, height=_HEIGHT)
    alice = Hands(await browser.new_page(viewport=viewport), _MOST_SECONDS)
    bob = Hands(await browser.new_page(), _MOST_SECONDS)
    await alice.enter(playground.doors["alice"].url)
    await bob.enter(playground.doors["bob"].url)
    # The list of messages would take a third of the picture.
    await alice.page.locator("#messages-toggle").click()
    await alice.page.wait_for_function(_LIST_IS_AWAY)
    box = await alice.page.locator("#channel-layout").bounding_box()
    assert box is not None
    camera = Camera(alice.page, box)
    async with camera.rolling():
        await _first_picture(alice, bob, size)
        await _shoot(alice, out / "sandbox.png")
        await bob.picture(1, "atelier-").wait_for()
        await alice.reaction(0, "🪵").click()
        await alice.message(2).wait_for()
        await alice.page.locator("#channel-timeline").evaluate(_TO_THE_END)
        await alice.picture(2, "atelier-").wait_for()
        await alice.reaction(2, "🪵").wait_for()
        await alice.page.mouse.move(0, 0)
        await alice.page.locator("#channel-timeline").evaluate(_TO_THE_END)
        await asyncio.sleep(_PAUSE_SECONDS)
    camera.develop(out / "sandbox.webp")


async def _first_picture(alice: Hands, bob: Hands, size: int) -> None:
    """Alice asks for a picture; bob asks too, and waits in line."""
    await alice.fill_in(PHOTOS / "cat.jpg", STYLES / "flow.jpg", {"size": size})
    await asyncio.sleep(_PAUSE_SECONDS)
    await alice.send()
    await bob.stylize(PHOTOS / "rocket.jpg", STYLES / "waves.jpg", size=size)
    await expect(alice.message(1)).to_contain_text("in line")
    await alice.reaction(0, "🪵").wait_for()
    await expect(alice.message(1)).to_contain_text(re.compile(r" [3-9]\d %"))
    await alice.picture(1, "preview").wait_for()


async def _shoot(hands: Hands, path: Path) -> None:
    """A screenshot of the whole page at rest, in few colours."""
    await hands.page.wait_for_function(_AT_REST)
    shot = Image.open(io.BytesIO(await hands.page.screenshot())).convert("RGB")
    shot.quantize(_COLOURS, method=Image.Quantize.MEDIANCUT).save(path, optimize=True)


@click.command()
@click.option(
    "-o", "--out", default=Path("docs/pictures"), show_default=True,
    type=click.Path(path_type=Path, file_okay=False, exists=True),
)  # fmt: skip
@click.option("--size", default=320, show_default=True, type=click.IntRange(64, 1024))
def main(out: Path, size: int) -> None:
    """Film the sandbox into a folder."""
    asyncio.run(film(out, size))


if __name__ == "__main__":
    main()
