"""Discord's JSON for the records of state.py."""

from datetime import UTC, datetime

from .state import (
    Attachment,
    Channel,
    Guild,
    Interaction,
    InteractionType,
    Json,
    Message,
    Permission,
    User,
)

TEXT_CHANNEL, DIRECT_CHANNEL = 0, 1
JOINED = "2024-01-01T00:00:00+00:00"


def stamp(at: float) -> str:
    """ISO 8601 of seconds since 1970."""
    return datetime.fromtimestamp(at, UTC).isoformat()


def user(of: User) -> Json:
    """A user object."""
    return {
        "id": str(of.id),
        "username": of.name,
        "global_name": None if of.bot else of.name.title(),
        "discriminator": "0",
        "avatar": None,
        "bot": of.bot,
        "public_flags": 0,
    }


def member(of: User, role_ids: list[int]) -> Json:
    """A guild member object, user included."""
    return {
        "user": user(of),
        "roles": [str(each) for each in role_ids],
        "nick": None,
        "avatar": None,
        "joined_at": JOINED,
        "deaf": False,
        "mute": False,
        "flags": 0,
        "pending": False,
    }


def role(id_: int, name: str, permissions: Permission, position: int) -> Json:
    """A role object."""
    return {
        "id": str(id_),
        "name": name,
        "permissions": str(int(permissions)),
        "position": position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": position > 0,
        "mentionable": False,
        "flags": 0,
    }


def bot_role_id(of: Guild) -> int:
    """The role that the invitation gave to the bot."""
    return of.id + 1


def bot_member(of: Guild, bot: User) -> Json:
    """The bot as a member of the guild."""
    return member(bot, [bot_role_id(of)])


def channel(of: Channel, bot: User) -> Json:
    """A channel object; the overwrite names the bot."""
    if of.guild is None:
        assert of.recipient is not None
        return {
            "id": str(of.id),
            "type": DIRECT_CHANNEL,
            "recipients": [user(of.recipient)],
            "last_message_id": None,
        }
    overwrite = {"id": str(bot.id), "type": 1, "allow": "0", "deny": str(int(of.denied))}
    return {
        "id": str(of.id),
        "type": TEXT_CHANNEL,
        "guild_id": str(of.guild.id),
        "name": of.name,
        "position": of.guild.channel_ids.index(of.id),
        "permission_overwrites": [overwrite] if of.denied else [],
        "nsfw": False,
        "topic": None,
        "parent_id": None,
        "rate_limit_per_user": 0,
        "last_message_id": None,
    }


def guild(of: Guild, channels: list[Channel], bot: User) -> Json:
    """A guild object with what GUILD_CREATE adds; without the members intent only the bot."""
    return {
        "id": str(of.id),
        "name": of.name,
        "owner_id": str(next(iter(of.members))),
        "roles": [
            role(of.id, "@everyone", of.everyone, 0),
            role(bot_role_id(of), bot.name, of.bot_permissions, 1),
        ],
        "channels": [channel(each, bot) for each in channels],
        "members": [bot_member(of, bot)],
        "member_count": len(of.members),
        "premium_tier": 0,
        "preferred_locale": "en-US",
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "nsfw_level": 0,
        "mfa_level": 0,
        "features": [],
        "emojis": [],
        "stickers": [],
        "threads": [],
        "voice_states": [],
        "presences": [],
        "system_channel_flags": 0,
        "joined_at": JOINED,
        "large": False,
        "unavailable": False,
    }


def attachment(of: Attachment) -> Json:
    """An attachment object."""
    payload: Json = {
        "id": str(of.id),
        "filename": of.filename,
        "size": len(of.data),
        "url": of.url,
        "proxy_url": of.url,
        "content_type": of.content_type,
    }
    if of.description is not None:
        payload["description"] = of.description
    if of.size is not None:
        payload["width"], payload["height"] = of.size
    return payload


def emoji(name: str) -> Json:
    """A partial emoji from `🎨` or `name:id`."""
    label, _, id_ = name.partition(":")
    return {"id": id_ or None, "name": label, "animated": False}


def _reactions(of: Message, reader: User) -> list[Json]:
    return [
        {
            "emoji": emoji(name),
            "count": len(users),
            "me": reader in users,
            "me_burst": False,
            "count_details": {"burst": 0, "normal": len(users)},
            "burst_colors": [],
        }
        for name, users in of.reactions.items()
    ]


def message(of: Message, reader: User, referenced: Message | None = None) -> Json:
    """A message object as `reader` (the bot) gets it."""
    payload: Json = {
        "id": str(of.id),
        "channel_id": str(of.channel_id),
        "type": int(of.type),
        "author": user(of.author),
        "content": of.content,
        "timestamp": stamp(of.at),
        "edited_timestamp": None if of.edited_at is None else stamp(of.edited_at),
        "embeds": of.embeds,
        "attachments": [attachment(each) for each in of.attachments if not each.embedded],
        "components": of.components,
        "reactions": _reactions(of, reader),
        "mentions": [],
        "mention_roles": [],
        "mention_everyone": False,
        "pinned": False,
        "tts": False,
        "flags": of.flags,
    }
    if of.nonce is not None:
        payload["nonce"] = of.nonce
    if of.reference is not None:
        place = {"type": 0, "message_id": str(of.reference), "channel_id": str(of.channel_id)}
        payload["message_reference"] = place
        payload["referenced_message"] = None if referenced is None else message(referenced, reader)
    if of.interaction is not None:
        payload["interaction_metadata"] = {
            "id": str(of.interaction.id),
            "type": int(of.interaction.type),
            "user": user(of.interaction.user),
            "authorizing_integration_owners": {},
        }
    return payload


def interaction(of: Interaction, bot: User, *, allowed: Permission, upload_limit: int) -> Json:
    """An interaction as INTERACTION_CREATE carries it; `allowed` is what the bot may there."""
    payload: Json = {
        "id": str(of.id),
        "application_id": str(bot.id),
        "type": int(of.type),
        "token": of.token,
        "version": 1,
        "data": of.data,
        "channel_id": str(of.channel.id),
        "channel": channel(of.channel, bot),
        "app_permissions": str(int(allowed)),
        "locale": "en-US",
        "entitlements": [],
        "authorizing_integration_owners": {},
        "context": 1 if of.channel.guild is None else 0,
        "attachment_size_limit": upload_limit,
    }
    if of.type is InteractionType.COMPONENT and of.source is not None:
        payload["message"] = message(of.source, bot)
    if of.channel.guild is None:
        return payload | {"user": user(of.user)}
    permissions = str(int(of.channel.guild.everyone))
    payload["member"] = member(of.user, []) | {"permissions": permissions}
    payload["guild_id"] = str(of.channel.guild.id)
    payload["guild_locale"] = "en-US"
    return payload
