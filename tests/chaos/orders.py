"""Orders: what members asked for, and what a message says about how far one has come."""

import json
from dataclasses import dataclass, field

from pictures.metadata import read_recipe
from tests.standin import Channel, Message, Revision, User

_PICTURE = "atelier-"


@dataclass(eq=False)
class Order:
    """One command or one reaction of a member."""

    member: User
    channel: Channel
    begun: float
    tag: object
    """What its picture can be known by: its strength, or the message and preset of a reaction."""
    message: Message | None = None
    """Its job message, once there is one."""
    told: bool = False
    """The member read a sentence that nobody else sees."""

    @property
    def is_over(self) -> bool:
        """Whether it has its visible answer."""
        return self.message is not None and is_final(self.message)


@dataclass
class Book:
    """All orders in the order they were given."""

    orders: list[Order] = field(default_factory=list)
    answered: int = 0
    """How many were seen to have their answer."""

    @property
    def accepted(self) -> list[Order]:
        """Those whose job message was seen."""
        return [order for order in self.orders if order.message is not None]


def is_final(message: Message) -> bool:
    """Whether a message is an answer: a picture, or a sentence that ends it."""
    return _is_end(message.content, [each.filename for each in message.attachments])


def is_end(revision: Revision) -> bool:
    """Whether a message was an answer then."""
    return _is_end(revision.content, revision.filenames)


def shows_place(revision: Revision) -> bool:
    """Whether a message had been given its place, and the job was thereby accepted."""
    return "taking a place" not in revision.content


def is_picture(message: Message) -> bool:
    """Whether it shows a finished painting."""
    return message.content.startswith("🖼️")


def is_told(message: Message) -> bool:
    """Whether it is a mere sentence, such as the reply to a reaction that cannot be met."""
    return message.content.startswith("<@")


def mentions(message: Message, member: User) -> bool:
    """Whether it is about this member."""
    return f"<@{member.id}>" in message.content


def tag_of(message: Message) -> object:
    """What the picture in a message says it was ordered as; see `Order.tag`."""
    [attachment] = message.attachments
    recipe = json.loads(read_recipe(attachment.data) or "{}")
    if message.reference is not None:
        return (message.reference, recipe.get("preset"))
    return round(recipe.get("strength", 0), 4)


def _is_end(content: str, filenames: list[str]) -> bool:
    if content.startswith("🖼️"):
        return any(name.startswith(_PICTURE) for name in filenames)
    return content.startswith(("⚠️", "⏹️", "<@"))
