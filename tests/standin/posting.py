"""Making and changing messages out of a request's body, under Discord's rules."""

from dataclasses import dataclass

from . import errors, limits
from .bodies import Body, Upload
from .cdn import clean
from .state import (
    Attachment,
    Channel,
    Flag,
    Interaction,
    Json,
    Message,
    MessageType,
    Permission,
    User,
)
from .world import World

NONCE_LENGTH = 25
NONCE_SECONDS = 300.0


def check_may_post(world: World, channel: Channel, body: Body) -> None:
    """Sending, files and replies each need their permission."""
    needed = [Permission.SEND_MESSAGES]
    if body.files:
        needed.append(Permission.ATTACH_FILES)
    if body.fields.get("message_reference"):
        needed.append(Permission.READ_MESSAGE_HISTORY)
    world.open_channel(channel.id, *needed)


def same_nonce(world: World, channel: Channel, fields: Json) -> Message | None:
    """The bot's message that already has this nonce, where the request asks to be the only one."""
    nonce = fields.get("nonce")
    if nonce is None or not fields.get("enforce_nonce"):
        return None
    if len(str(nonce)) > NONCE_LENGTH:
        raise errors.invalid_form(f"nonce: more than {NONCE_LENGTH} characters")
    since = world.now() - NONCE_SECONDS
    for message in reversed([*channel.deleted, *channel.everything.values()]):
        if message.nonce == str(nonce) and message.author is world.bot and message.at >= since:
            return message
    return None


def post(
    world: World,
    channel: Channel,
    body: Body,
    *,
    interaction: Interaction | None = None,
    ephemeral_for: User | None = None,
) -> Message:
    """A new message of the bot in the channel, announced unless it is ephemeral."""
    fields = body.fields
    kept_flags = Flag.COMPONENTS_V2 | Flag.EPHEMERAL | (1 << 2) | (1 << 12)
    message = Message(
        world.snowflake(),
        channel.id,
        world.bot,
        world.now(),
        reference=_reference(channel, fields),
        nonce=None if fields.get("nonce") is None else str(fields["nonce"]),
        flags=int(fields.get("flags") or 0) & kept_flags,
        ephemeral_for=ephemeral_for,
        interaction=interaction,
    )
    if message.reference is not None:
        message.type = MessageType.REPLY
    if interaction is not None:
        message.type = MessageType.COMMAND
    _fill(world, message, body)
    channel.everything[message.id] = message
    world.message_event("MESSAGE_CREATE", message)
    return message


def post_loading(world: World, interaction: Interaction) -> Message:
    """The 'thinking…' that a deferred answer shows until it is filled."""
    private = interaction.user if interaction.ephemeral else None
    message = Message(
        world.snowflake(),
        interaction.channel.id,
        world.bot,
        world.now(),
        type=MessageType.COMMAND,
        flags=Flag.LOADING | (Flag.EPHEMERAL if interaction.ephemeral else 0),
        ephemeral_for=private,
        interaction=interaction,
    )
    interaction.channel.everything[message.id] = message
    world.message_event("MESSAGE_CREATE", message)
    return message


def edit(world: World, message: Message, body: Body) -> None:
    """Change what the body names; the rest stays. Announced."""
    was_loading = message.loading
    _fill(world, message, body)
    message.flags &= ~Flag.LOADING
    if not was_loading:
        message.edits += 1
        message.edited_at = world.now()
    world.message_event("MESSAGE_UPDATE", message)


def _reference(channel: Channel, fields: Json) -> int | None:
    given = fields.get("message_reference")
    if not given:
        return None
    id_ = int(given["message_id"])
    if id_ not in channel.everything and given.get("fail_if_not_exists", True):
        raise errors.invalid_form("message_reference: Unknown message")
    return id_ if id_ in channel.everything else None


def _fill(world: World, message: Message, body: Body) -> None:
    """Check the message as it would become, then let it become so."""
    fields = body.fields
    content = fields["content"] or "" if "content" in fields else message.content
    embeds = fields["embeds"] or [] if "embeds" in fields else message.embeds
    components = fields["components"] or [] if "components" in fields else message.components
    kept, new = _files(message, body)
    flags = message.flags | int(fields.get("flags") or 0)
    limits.check_message(content, embeds, components, len(kept) + len(new), flags)
    _check_pictures(embeds, {each.filename for each in kept} | {each.filename for each in new})
    stored = [_store(world, message, each) for each in new]
    for attachment in message.attachments:
        if attachment not in kept:
            world.cdn.remove(attachment)
    message.attachments = kept + stored
    message.content, message.components = content, components
    message.embeds = _shown(world, message, embeds)


@dataclass
class NewFile:
    """A file of the request as its `attachments` entry names it."""

    filename: str
    data: bytes
    description: str | None = None


def _files(message: Message, body: Body) -> tuple[list[Attachment], list[NewFile]]:
    """Which files stay, and which of the request's are new."""
    if "attachments" not in body.fields:
        uploads = body.files.values()
        return list(message.attachments), [NewFile(clean(x.filename), x.data) for x in uploads]
    standing = {str(each.id): each for each in message.attachments}
    # What an embed shows is no entry of `attachments`; it goes when the embed goes.
    kept = [each for each in message.attachments if each.embedded]
    new: list[NewFile] = []
    for entry in body.fields["attachments"] or []:
        id_ = str(entry.get("id"))
        if id_ in standing:
            kept.append(standing[id_])
        elif id_.isdecimal() and int(id_) in body.files:
            new.append(_new_file(body.files[int(id_)], entry))
        else:
            raise errors.invalid_form(f"attachments: {id_} is no file")
    return list(dict.fromkeys(kept)), new


def _new_file(upload: Upload, entry: Json) -> NewFile:
    name = clean(entry.get("filename") or upload.filename)
    return NewFile(name, upload.data, entry.get("description"))


def _store(world: World, message: Message, new: NewFile) -> Attachment:
    place = f"attachments/{message.channel_id}"
    return world.cdn.store(place, new.filename, new.data, new.description)


def _check_pictures(embeds: list[Json], filenames: set[str]) -> None:
    for embed in embeds:
        for picture in _pictures(embed):
            scheme, _, name = picture["url"].partition("://")
            if scheme == "attachment" and name not in filenames:
                raise errors.invalid_form(f"{picture['url']} is no file of this message")


def _shown(world: World, message: Message, embeds: list[Json]) -> list[Json]:
    """The embeds with `attachment://NAME` made a URL; files that none shows any more are freed."""
    allowed = world.allowed(world.channels[message.channel_id])
    if message.interaction is None and Permission.EMBED_LINKS not in allowed:
        embeds = []
    urls = {f"attachment://{each.filename}": each.url for each in message.attachments}
    shown = [_resolve(embed, urls) for embed in embeds]
    used = {picture["url"] for embed in shown for picture in _pictures(embed)}
    for attachment in list(message.attachments):
        was_embedded, attachment.embedded = attachment.embedded, attachment.url in used
        if was_embedded and not attachment.embedded:
            message.attachments.remove(attachment)
            world.cdn.remove(attachment)
    return shown


def _pictures(embed: Json) -> list[Json]:
    return [embed[name] for name in ("image", "thumbnail") if embed.get(name)]


def _resolve(embed: Json, urls: dict[str, str]) -> Json:
    resolved: Json = {"type": "rich"} | embed
    for name in ("image", "thumbnail"):
        if embed.get(name):
            url = embed[name]["url"]
            resolved[name] = embed[name] | {"url": urls.get(url, url)}
    return resolved
