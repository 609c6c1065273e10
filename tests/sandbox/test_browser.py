"""The sandbox in a real browser: two members play the whole scene, with a real engine."""

import os
import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from samples import PHOTOS, STYLES
from sandbox.hands import Hands, find_chromium, open_browser
from sandbox.playground import Playground, open_playground, playground_settings
from tests.absence import absent

QUICK = {"size": 96, "steps": 8}
LONG = {"size": 96, "steps": 1000}
"""It is being painted until somebody stops it."""


def weights() -> str:
    """The folder with weights, as `make test` names it; without it the stand-in paints."""
    return str(Path(os.environ.get("WEIGHTS_DIR") or "../shared/weights").resolve())


@pytest.mark.browser
@pytest.mark.long
@pytest.mark.timeout(300)
async def test_the_scene(tmp_path: Path) -> None:
    """From command to picture: the line, previews, a reload, a button, a reaction, the menu."""
    chromium = find_chromium() or absent("Chromium (Debian's package is called chromium)")
    settings = playground_settings(
        tmp_path,
        engine={
            "weights_dir": weights(),
            "download": "never",
            "preview_seconds": 0.5,
            "slots": 1,
        },
    )
    async with open_playground(settings) as playground:
        await playground.ready()
        async with open_browser(chromium) as browser:
            alice, bob = Hands(await browser.new_page()), Hands(await browser.new_page())
            await _play(playground, alice, bob)


async def _play(playground: Playground, alice: Hands, bob: Hands) -> None:
    await alice.enter(playground.doors["alice"].url)
    await bob.enter(playground.doors["bob"].url)
    await alice.stylize(PHOTOS / "cat.jpg", STYLES / "flow.jpg", **LONG)
    await bob.stylize(PHOTOS / "rocket.jpg", STYLES / "waves.jpg", **QUICK)
    await expect(alice.message(1)).to_contain_text("@bob · place 1 in line")
    await expect(bob.message(0)).to_contain_text(re.compile(r"@alice · painting.* [1-9]\d? %"))
    await bob.picture(0, "preview").wait_for()
    await bob.reload()
    assert "bob" == await bob.viewer()
    await bob.picture(0, "preview").wait_for()
    await alice.button(0, "Stop and keep this").click()
    await alice.picture(0, "atelier-").wait_for()
    await bob.picture(1, "atelier-").wait_for()
    await bob.reaction(1, "🌊").click()
    await expect(alice.message(2)).to_contain_text("🖼️ @bob · 🌊 Waves")
    await alice.choose(1, "Halftone")
    await expect(bob.message(3)).to_contain_text("🖼️ @alice · 🗞️ Halftone")
    await bob.picture(3, "atelier-").wait_for()
