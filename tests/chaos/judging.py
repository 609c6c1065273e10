"""The verdict: each order has exactly one visible answer, which never changes afterwards."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import pairwise

from tests.chaos.orders import (
    Book,
    Order,
    is_end,
    is_final,
    is_picture,
    mentions,
    shows_place,
    tag_of,
)
from tests.standin import Channel, Discord, Message, User


@dataclass
class Verdict:
    """What was found, each as a sentence."""

    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    pictures: int = 0
    stopped: int = 0
    sentences: int = 0

    @property
    def accepted(self) -> int:
        """The jobs that were given a place, as far as messages show."""
        return self.pictures + self.stopped + self.sentences + len(self.lost)


def judge(discord: Discord, book: Book) -> Verdict:
    """Look at every message there is, once the dust has settled."""
    verdict = Verdict()
    for (member, channel), orders in _by_place(book).items():
        _judge_place(verdict, member, channel, orders)
    standing = [message for channel in _channels(discord) for message in channel.messages]
    for message in standing:
        _judge_message(verdict, message)
    _judge_doubles(verdict, standing)
    for channel in discord.world.channels.values():
        if channel.recipient is not None:
            verdict.twice += [f"in private: {each.content}" for each in channel.messages]
    return verdict


def _by_place(book: Book) -> dict[tuple[User, Channel], list[Order]]:
    places: defaultdict[tuple[User, Channel], list[Order]] = defaultdict(list)
    for order in book.orders:
        places[order.member, order.channel].append(order)
    return places


def _channels(discord: Discord) -> list[Channel]:
    return [each for each in discord.world.channels.values() if each.recipient is None]


def _judge_place(verdict: Verdict, member: User, channel: Channel, orders: list[Order]) -> None:
    """A member has as many messages as orders: none was taken away, none is one too many."""
    about = [message for message in channel.messages if mentions(message, member)]
    if len(about) > len(orders):
        verdict.twice.append(f"{len(orders)} orders: {[each.content for each in about]}")
    gone = [message for message in channel.deleted if mentions(message, member)]
    accepted = [each for each in gone if any(shows_place(then) for then in each.revisions)]
    verdict.lost += [f"taken away: {message.content}" for message in accepted]
    known = {order.tag for order in orders}
    for message in about:
        if is_picture(message) and message.attachments and tag_of(message) not in known:
            verdict.twice.append(f"nobody ordered {tag_of(message)}: {message.content}")


def _judge_message(verdict: Verdict, message: Message) -> None:
    if not is_final(message):
        verdict.lost.append(f"without an end: {message.content}")
        return
    ends = {(then.content, *then.filenames): None for then in message.revisions if is_end(then)}
    if len(ends) > 1:
        verdict.twice.append(f"has two ends: {_story(message)}")
    if any(is_end(then) and not is_end(after) for then, after in pairwise(message.revisions)):
        verdict.twice.append(f"went on after its end: {_story(message)}")
    if is_picture(message):
        verdict.pictures += 1
        if len(message.attachments) != 1:
            verdict.twice.append(f"{len(message.attachments)} pictures: {message.content}")
    elif message.content.startswith("⏹️"):
        verdict.stopped += 1
    else:
        verdict.sentences += 1


def _story(message: Message) -> str:
    """What it said, each with the seconds since it was posted."""
    return f"{message.nonce}: " + " | ".join(
        f"{then.at - message.at:.1f} {then.content!r} {then.filenames}"
        for then in message.revisions
    )


def _judge_doubles(verdict: Verdict, standing: list[Message]) -> None:
    """No job has two messages, and no order two pictures."""
    nonces = Counter(message.nonce for message in standing if message.nonce)
    painted = [message for message in standing if is_picture(message) and message.attachments]
    tags = Counter((tag_of(message), _addressee(message)) for message in painted)
    verdict.twice += [
        f"{count} messages of {nonce}" for nonce, count in nonces.items() if count > 1
    ]
    verdict.twice += [f"{count} pictures of {tag}" for tag, count in tags.items() if count > 1]


def _addressee(message: Message) -> str:
    """Whom it is for: two members may both react with the same preset."""
    return message.content.partition("<@")[2].partition(">")[0]
