"""Messages of a channel and their reactions."""

import unicodedata

from . import errors, limits, payloads, posting
from .calls import Call, Route
from .state import Channel, Json, Message, Permission

HISTORY = 50


def post(call: Call) -> Json:
    """POST a message; a nonce that must be the only one returns the message that has it."""
    channel = call.world.open_channel(call.id("channel_id"))
    posting.check_may_post(call.world, channel, call.body)
    standing = posting.same_nonce(call.world, channel, call.body.fields)
    message = standing or posting.post(call.world, channel, call.body)
    return call.world.message_payload(message)


def history(call: Call) -> list[Json]:
    """GET the newest messages, newest first; `before`, `after` and `limit` narrow them."""
    channel = call.world.open_channel(call.id("channel_id"))
    if Permission.READ_MESSAGE_HISTORY not in call.world.allowed(channel):
        return []
    before = int(call.query.get("before", 1 << 63))
    after = int(call.query.get("after", 0))
    found = [each for each in channel.messages if after < each.id < before]
    limit = int(call.query.get("limit", HISTORY))
    found = found[:limit] if "after" in call.query else found[-limit:]
    return [call.world.message_payload(each) for each in reversed(found)]


def _message(call: Call, *needed: Permission) -> tuple[Channel, Message]:
    channel = call.world.open_channel(call.id("channel_id"), *needed)
    return channel, call.world.open_message(channel, call.id("message_id"))


def get(call: Call) -> Json:
    """GET one message."""
    _, message = _message(call, Permission.READ_MESSAGE_HISTORY)
    return call.world.message_payload(message)


def edit(call: Call) -> Json:
    """PATCH a message of the bot's own; it works without the permission to send."""
    channel, message = _message(call)
    if message.author is not call.world.bot:
        raise errors.not_the_author()
    if call.body.files and Permission.ATTACH_FILES not in call.world.allowed(channel):
        raise errors.missing_permissions()
    posting.edit(call.world, message, call.body)
    return call.world.message_payload(message)


def delete(call: Call) -> None:
    """DELETE a message."""
    channel, message = _message(call)
    own = message.author is call.world.bot
    if not own and Permission.MANAGE_MESSAGES not in call.world.allowed(channel):
        raise errors.missing_permissions()
    call.world.delete_message(message)


def typing(call: Call) -> None:
    """POST the typing indicator."""
    call.world.open_channel(call.id("channel_id"), Permission.SEND_MESSAGES)


def react(call: Call) -> None:
    """PUT the bot's reaction."""
    emoji = call.match["emoji_name"]
    channel, message = _message(call, Permission.READ_MESSAGE_HISTORY)
    if emoji not in message.reactions:
        if Permission.ADD_REACTIONS not in call.world.allowed(channel):
            raise errors.missing_permissions()
        if not is_emoji(emoji):
            raise errors.unknown_emoji()
        if len(message.reactions) >= limits.REACTIONS:
            raise errors.too_many_reactions()
    call.world.react(message, call.world.bot, emoji)


def unreact(call: Call) -> None:
    """DELETE the bot's reaction."""
    _unreact(call, call.world.bot.id)


def unreact_other(call: Call) -> None:
    """DELETE a member's reaction."""
    call.world.open_channel(call.id("channel_id"), Permission.MANAGE_MESSAGES)
    _unreact(call, call.id("user_id"))


def _unreact(call: Call, user_id: int) -> None:
    _, message = _message(call)
    emoji = call.match["emoji_name"]
    for user in message.reactions.get(emoji, []):
        if user.id == user_id:
            call.world.unreact(message, user, emoji)
            return


def clear(call: Call) -> None:
    """DELETE every reaction, or every one with this emoji."""
    _, message = _message(call, Permission.MANAGE_MESSAGES)
    emoji = call.match.get("emoji_name")
    for name in [emoji] if emoji is not None else list(message.reactions):
        message.reactions.pop(name, None)
    call.world.touch()


def reactors(call: Call) -> list[Json]:
    """GET who reacted with an emoji."""
    _, message = _message(call)
    users = message.reactions.get(call.match["emoji_name"], [])
    return [payloads.user(each) for each in users]


def is_emoji(text: str) -> bool:
    """Whether Discord would take it: a symbol (modifiers allowed), or `name:id`."""
    name, _, id_ = text.partition(":")
    if id_:
        return id_.isdecimal() and name.isidentifier()
    kinds = {unicodedata.category(each) for each in text}
    return bool(kinds & {"So", "Sm", "Me"}) or "\N{COMBINING ENCLOSING KEYCAP}" in text


MESSAGES = "/channels/{channel_id}/messages"
MESSAGE = f"{MESSAGES}/{{message_id}}"
REACTION = f"{MESSAGE}/reactions/{{emoji_name}}"
ROUTES: tuple[Route, ...] = (
    ("POST", MESSAGES, post),
    ("GET", MESSAGES, history),
    ("GET", MESSAGE, get),
    ("PATCH", MESSAGE, edit),
    ("DELETE", MESSAGE, delete),
    ("POST", "/channels/{channel_id}/typing", typing),
    ("PUT", f"{REACTION}/@me", react),
    ("DELETE", f"{REACTION}/@me", unreact),
    ("DELETE", f"{REACTION}/{{user_id}}", unreact_other),
    ("GET", REACTION, reactors),
    ("DELETE", REACTION, clear),
    ("DELETE", f"{MESSAGE}/reactions", clear),
)
