"""Sequences that a random search meets seldom."""

import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.records import Records, sqlite_url
from bot.thinking import INTERRUPTED
from tests.chaos.crowd import Crowd
from tests.chaos.dust import settle
from tests.chaos.house import RUN, House
from tests.chaos.judging import Verdict, judge
from tests.chaos.orders import Order
from tests.standin import Channel, Discord, Interaction, User

pytestmark = [pytest.mark.long, pytest.mark.timeout(120)]

SECONDS = 60.0


@dataclass
class Scene:
    """A house that is ready, and a member."""

    discord: Discord
    house: House
    crowd: Crowd
    alice: User
    channel: Channel

    async def order(self, *points: str) -> Interaction:
        """A job, and a death at each of `points`."""
        for point in points:
            (self.house.failpoints / point).touch()
        self.crowd.book.orders.append(Order(self.alice, self.channel, 0.0, 0.7))
        options = {"content": self.crowd.photo, "preset": "flow", "size": 64, "steps": 4}
        asked = await self.discord.slash(
            self.alice, self.channel, "stylize", strength=0.7, **options
        )
        await self.discord.wait_for(lambda: not any(self.house.failpoints.iterdir()), SECONDS)
        return asked

    async def verdict(self) -> Verdict:
        """What there is to see when all has come to its end."""
        await settle(self.house.data_dir, SECONDS)
        return judge(self.discord, self.crowd.book)


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with Discord() as discord, House(discord, tmp_path) as house:
        await discord.ready("stylize", timeout=SECONDS)
        crowd = Crowd(discord, random.Random(0))
        yield Scene(discord, house, crowd, crowd.newcomer(), crowd.channels[0])


async def test_answer_is_not_shown_over(scene: Scene) -> None:
    """A picture stays where its bot and engine die before they have noted that it was shown."""
    await scene.order("after-edit-result", "before-ack-job")
    assert Verdict(pictures=1) == await scene.verdict()


async def test_post_before_a_long_absence(scene: Scene) -> None:
    """A message that was posted before a long absence is not posted again."""
    await scene.order("after-post")
    scene.house.kill(RUN)
    assert [] == await scene.house.orphans()
    # By then Discord has forgotten the nonce.
    scene.discord.advance(600)
    await scene.house.start()
    await scene.discord.ready("stylize", timeout=SECONDS)
    assert Verdict(pictures=1) == await scene.verdict()


async def test_a_command_that_was_never_noted(scene: Scene) -> None:
    """Whose bot dies while the pictures are read is told so by the next one, and nothing else."""
    asked = await scene.order("before-record-intent")
    await scene.discord.wait_for(lambda: asked.text == INTERRUPTED, SECONDS)
    assert Verdict() == await scene.verdict()
    async with Records.open(sqlite_url(scene.house.data_dir)) as records:
        assert {} == await records.notes("thinking/")
    assert asked.token not in scene.house.log.read_text()


async def test_a_command_that_goes_on(scene: Scene) -> None:
    """The waiting note of a command whose job message stands is taken away."""
    asked = await scene.order("after-post")
    await scene.discord.wait_for(lambda: asked.original is None, SECONDS)
    assert Verdict(pictures=1) == await scene.verdict()
