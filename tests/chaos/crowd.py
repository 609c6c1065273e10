"""The crowd: members who keep the bot at work, each in a seat, one order after the other."""

import asyncio
import io
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from PIL import Image

from config import load_settings
from jobs.presets import load_presets
from samples import PHOTOS, STYLES
from tests.chaos.orders import Book, Order, is_picture, mentions, shows_place
from tests.standin import Channel, Discord, Interaction, Message, UnusableError, User

_QUICK = {"size": 64, "steps": 4}
_REAL = {"size": 128, "steps": 40}
"""A part of the orders take a painter's time, so that a stop and a death find it at work."""
_REAL_SHARE = 0.12
_STOP_SHARE = 0.15
_REACTION_SHARE = 0.25
_REGRET_SHARE = 0.2
_ONLINE_SECONDS = 60.0
_HEARD_SECONDS = 8.0
"""Without a sign of the bot by then, a member takes it that it died before it wrote them down."""
_FOR_EVER = 86_400.0
_CHANNELS, _SEATS = 6, 12


@dataclass
class Crowd:
    """Twelve seats in six channels. A member who was not heard gives up their seat.

    So each member's messages in a channel stand in the order of their orders, but for the last.
    """

    discord: Discord
    rng: random.Random
    book: Book = field(default_factory=Book)
    gave_up: list[Order] = field(default_factory=list)
    """Orders that the bot gave no sign of."""
    stops: int = 0
    """Presses of the button that were acknowledged."""
    regrets: int = 0
    """Reactions taken back."""

    def __post_init__(self) -> None:
        self.guild = self.discord.create_guild("Studio")
        names = [f"art-{number}" for number in range(_CHANNELS)]
        self.channels = [self.discord.create_channel(self.guild, name) for name in names]
        self.closing = False
        """Nobody orders any more."""
        self._numbers = count(1)
        self.photo = ("cat.jpg", _small(PHOTOS / "cat.jpg"))
        self._style = ("flow.jpg", _small(STYLES / "flow.jpg"))
        presets = load_presets(load_settings().presets_file, STYLES)
        self._presets = {preset.emoji: preset.name for preset in presets.all}

    async def run(self) -> None:
        """Order until the crowd is closing, and see every order through."""
        async with asyncio.TaskGroup() as group:
            for number in range(_SEATS):
                group.create_task(self._seat(self.channels[number % _CHANNELS]))

    async def _seat(self, channel: Channel) -> None:
        member = self.newcomer()
        while not self.closing:
            order = await self._order(member, channel)
            if order is not None and order.message is not None and not order.told:
                await self._end_of(order)
            elif order is not None:
                self.gave_up += [] if order.told else [order]
                member = self.newcomer()

    async def _end_of(self, order: Order) -> None:
        await self._until(lambda: order.is_over or _is_gone(order))
        self.book.answered += order.is_over
        self.discord.world.touch()

    def newcomer(self) -> User:
        """A fresh member."""
        return self.discord.create_user(f"member-{next(self._numbers)}", self.guild)

    async def _order(self, member: User, channel: Channel) -> Order | None:
        """One order, as far as its message; None where Discord said that the bot is not there."""
        await self.discord.wait_for(lambda: self.discord.gateway.connected, _ONLINE_SECONDS)
        if (picture := self._picture_of(member, channel)) and self._chance(_REACTION_SHARE):
            return await self._react(member, channel, picture)
        return await self._command(member, channel)

    # Commands

    async def _command(self, member: User, channel: Channel) -> Order | None:
        real = self._chance(_REAL_SHARE)
        number = next(self._numbers)
        order = Order(member, channel, self.discord.world.now(), round(0.5 + number / 1000, 4))
        options = {**(_REAL if real else _QUICK), "strength": order.tag}
        if self._chance(0.5):
            options["style"] = self._style
        else:
            options["preset"] = self.rng.choice(sorted(self._presets.values()))
        asked = await self.discord.slash(member, channel, "stylize", content=self.photo, **options)
        if asked.failed:
            return None
        self.book.orders.append(order)
        await self._hear(order, lambda: self._new_message(order), asked)
        if order.message and self._chance(0.5 if real else _STOP_SHARE):
            await self._stop(order, order.message)
        return order

    async def _stop(self, order: Order, message: Message) -> None:
        """Press the button once the place is shown, again where the bot was not there."""
        await self._until(lambda: shows_place(message.revisions[-1]) or _is_gone(order))
        while not (order.is_over or _is_gone(order)):
            await self.discord.wait_for(lambda: self.discord.gateway.connected, _ONLINE_SECONDS)
            try:
                pressed = await self.discord.click(order.member, message, "atelier:stop:")
            except UnusableError:
                return
            if not pressed.failed:
                self.stops += 1
                return

    # Reactions

    async def _react(self, member: User, channel: Channel, picture: Message) -> Order:
        emoji = self.rng.choice(self._fresh(member, picture))
        tag = (picture.id, self._presets[emoji])
        order = Order(member, channel, self.discord.world.now(), tag)
        self.book.orders.append(order)
        await self.discord.react(member, channel, picture.id, emoji)
        await self._hear(order, lambda: self._new_message(order, picture.id))
        if order.message is not None and self._chance(_REGRET_SHARE):
            await self.discord.unreact(member, channel, picture.id, emoji)
            self.regrets += 1
        return order

    def _picture_of(self, member: User, channel: Channel) -> Message | None:
        """The newest picture under which there is a preset that this member has not tried."""
        for message in reversed(channel.messages):
            if is_picture(message) and self._fresh(member, message):
                return message
        return None

    def _fresh(self, member: User, message: Message) -> list[str]:
        tried = {order.tag for order in self.book.orders if order.member is member}
        return [
            emoji
            for emoji in message.reactions
            if (message.id, self._presets.get(emoji)) not in tried
        ]

    # Waiting

    async def _hear(
        self, order: Order, find: Callable[[], Message | None], asked: Interaction | None = None
    ) -> None:
        """Wait for the order's message, or for a sentence that there will be none."""

        def heard() -> bool:
            order.message = order.message or find()
            order.told = asked is not None and bool(asked.text)
            return order.message is not None or order.told

        try:
            await self.discord.wait_for(heard, _HEARD_SECONDS)
        except TimeoutError:
            return

    def _new_message(self, order: Order, reference: int | None = None) -> Message | None:
        for message in reversed(order.channel.everything.values()):
            if message.at < order.begun:
                return None
            public = message.ephemeral_for is None
            if public and mentions(message, order.member) and message.reference == reference:
                return message
        return None

    async def _until(self, predicate: Callable[[], bool]) -> None:
        """Wait for it as long as the crowd is there; what is missing at the end is lost."""
        await self.discord.wait_for(predicate, _FOR_EVER)

    def _chance(self, share: float) -> bool:
        return self.rng.random() < share


def _is_gone(order: Order) -> bool:
    """Whether its message was taken away."""
    return order.message is not None and order.message.id not in order.channel.everything


def _small(path: Path) -> bytes:
    """A sample in a few kilobytes, so that reading it takes little."""
    with Image.open(path) as image:
        image.thumbnail((128, 128))
        held = io.BytesIO()
        image.save(held, "JPEG")
    return held.getvalue()
