"""The judge, who must see what went wrong."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from PIL import Image

from pictures.encode import encode
from tests.chaos.judging import Verdict, judge
from tests.chaos.orders import Book, Order
from tests.standin import Channel, Discord, Message, User
from tests.standin.bodies import Body, Upload
from tests.standin.posting import edit, post

PAINTED = "🖼️ {} · squeezenet1_0"
PLACE = "🖌️ {} · place **1** in line"


@dataclass
class Scene:
    """A member, a channel and a bot that is played by the test."""

    discord: Discord
    channel: Channel
    alice: User
    book: Book

    def order(self, strength: float) -> None:
        """Alice wants a picture."""
        self.book.orders.append(Order(self.alice, self.channel, 0.0, strength))

    def post(self, words: str, nonce: str = "") -> Message:
        """The bot posts about Alice."""
        body = Body({"content": words.format(f"<@{self.alice.id}>"), "nonce": nonce or None})
        return post(self.discord.world, self.channel, body)

    def show(self, message: Message, words: str, strength: float | None = None) -> None:
        """The bot edits its message, with a picture that was painted with `strength`."""
        body = Body({"content": words.format(f"<@{self.alice.id}>")})
        if strength is not None:
            body.json["attachments"] = [{"id": "0", "filename": "atelier-1.png"}]
            body.files = {0: Upload("atelier-1.png", picture(strength))}
        edit(self.discord.world, message, body)

    def judge(self) -> Verdict:
        """What is found."""
        return judge(self.discord, self.book)


def picture(strength: float) -> bytes:
    """A picture with a recipe in it."""
    recipe = f'{{"strength": {strength}}}'
    return encode(Image.new("RGB", (8, 8)), limit_bytes=1 << 20, recipe_json=recipe).data


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with Discord() as discord:
        guild = discord.create_guild("Studio")
        channel = discord.create_channel(guild, "art")
        yield Scene(discord, channel, discord.create_user("alice", guild), Book())


async def test_as_promised(scene: Scene) -> None:
    """One order, one message, one picture: nothing is wrong."""
    scene.order(0.5)
    message = scene.post(PLACE)
    scene.show(message, PAINTED, 0.5)
    assert Verdict(pictures=1) == scene.judge()


async def test_no_end(scene: Scene) -> None:
    """A message that has shown a place and goes no further is a lost job."""
    scene.order(0.5)
    scene.post(PLACE)
    assert 1 == len(scene.judge().lost)


async def test_taken_away(scene: Scene) -> None:
    """A message that has shown a place and was deleted is a lost job."""
    scene.order(0.5)
    scene.discord.delete_message(scene.post(PLACE))
    assert 1 == len(scene.judge().lost)


async def test_withdrawn(scene: Scene) -> None:
    """A message that was deleted before it had shown a place is no lost job."""
    scene.order(0.5)
    scene.discord.delete_message(scene.post("🖌️ {} · taking a place in line…"))
    assert Verdict() == scene.judge()


async def test_two_messages(scene: Scene) -> None:
    """Two answers to one order are one too many."""
    scene.order(0.5)
    for words in ("⚠️ {} · sorry", "⚠️ {} · sorry"):
        scene.post(words)
    assert 1 == len(scene.judge().twice)


async def test_two_messages_of_one_job(scene: Scene) -> None:
    """Two messages of one job are seen even where there are as many orders."""
    scene.order(0.5)
    scene.order(0.6)
    for _ in range(2):
        scene.post("⚠️ {} · sorry", "a-job")
    assert ["2 messages of a-job"] == scene.judge().twice


async def test_painted_twice(scene: Scene) -> None:
    """One order's picture in two messages is seen even where there are as many orders."""
    scene.order(0.5)
    scene.order(0.6)
    for _ in range(2):
        scene.show(scene.post(PLACE), PAINTED, 0.5)
    assert 1 == len(scene.judge().twice)


async def test_another_end(scene: Scene) -> None:
    """An answer that is replaced by another is two answers."""
    scene.order(0.5)
    message = scene.post("⚠️ {} · sorry")
    scene.show(message, PAINTED, 0.5)
    assert 1 == len(scene.judge().twice)


async def test_progress_after_the_end(scene: Scene) -> None:
    """Progress that is shown over an answer is seen, also where the answer comes again."""
    scene.order(0.5)
    message = scene.post("⚠️ {} · sorry")
    scene.show(message, PLACE)
    scene.show(message, "⚠️ {} · sorry")
    assert 1 == len(scene.judge().twice)


async def test_in_private(scene: Scene) -> None:
    """A direct message beside the answer is one too many."""
    scene.order(0.5)
    message = scene.post(PLACE)
    scene.show(message, PAINTED, 0.5)
    private = scene.discord.direct_channel(scene.alice)
    post(scene.discord.world, private, Body({"content": "hello"}))
    assert ["in private: hello"] == scene.judge().twice
