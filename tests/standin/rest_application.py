"""Who the bot is, its commands, guilds and channels."""

import re
from typing import Any

from . import errors, limits, payloads
from .calls import Call, Route
from .state import Guild, Json

CHAT_INPUT = 1
OPTIONS, CHOICES = 25, 25


def me(call: Call) -> Json:
    """GET /users/@me: the login."""
    return payloads.user(call.world.bot)


def application(call: Call) -> Json:
    """GET /oauth2/applications/@me."""
    owner = payloads.user(call.world.bot) | {"bot": False}
    return {
        "id": str(call.world.bot.id),
        "name": call.world.bot.name,
        "icon": None,
        "description": "",
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "owner": owner,
        "team": None,
        "flags": 0,
        "interactions_endpoint_url": None,
    }


def gateway(call: Call) -> Json:
    """GET /gateway and /gateway/bot."""
    starts = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}
    return {"url": call.gateway_url, "shards": 1, "session_start_limit": starts}


def _scope(call: Call) -> dict[str, Json]:
    guild_id = call.match.get("guild_id")
    key = None if guild_id is None else int(guild_id)
    return call.world.commands.setdefault(key, {})


def commands(call: Call) -> list[Json]:
    """GET the commands of the application, global or of a guild."""
    return list(_scope(call).values())


def replace_commands(call: Call) -> list[Json]:
    """PUT them all; a name that stood before keeps its id."""
    scope = _scope(call)
    fresh = {each["name"]: _command(call, each, scope.get(each["name"])) for each in call.body.json}
    scope.clear()
    scope.update(fresh)
    call.world.command_syncs += 1
    call.world.touch()
    return list(fresh.values())


def _command(call: Call, given: Json, standing: Json | None) -> Json:
    _check_command(given)
    id_ = str(call.world.snowflake()) if standing is None else standing["id"]
    identity = {
        "id": id_,
        "application_id": str(call.world.bot.id),
        "version": str(call.world.snowflake()),
        "type": given.get("type", CHAT_INPUT),
        "options": given.get("options", []),
    }
    if "guild_id" in call.match:
        identity["guild_id"] = call.match["guild_id"]
    return given | identity


def _check_command(given: Json) -> None:
    if given.get("type", CHAT_INPUT) != CHAT_INPUT:
        return
    _check_named(given)
    options = given.get("options", [])
    if len(options) > OPTIONS:
        raise errors.invalid_form(f"{given['name']}: more than {OPTIONS} options")
    required = [bool(each.get("required")) for each in options]
    if required != sorted(required, reverse=True):
        raise errors.invalid_form(f"{given['name']}: a required option after an optional one")
    for option in options:
        _check_named(option)
        if len(option.get("choices") or []) > CHOICES:
            raise errors.invalid_form(f"{option['name']}: more than {CHOICES} choices")
        limits.check_choices(option.get("choices") or [])


def _check_named(given: Json) -> None:
    name, description = given["name"], given.get("description") or ""
    if re.fullmatch(r"[-_'\w]{1,32}", name) is None or name != name.lower():
        raise errors.invalid_form(f"{name!r} is no name for a command or option")
    if not 1 <= len(description) <= 100:
        raise errors.invalid_form(f"{name}: a description has 1 to 100 characters")


def channel(call: Call) -> Json:
    """GET a channel."""
    return payloads.channel(call.world.open_channel(call.id("channel_id")), call.world.bot)


def _guild(call: Call) -> Guild:
    guild = call.world.guilds.get(call.id("guild_id"))
    if guild is None or call.world.bot.id not in guild.members:
        raise errors.missing_access()
    return guild


def guild(call: Call) -> Json:
    """GET a guild."""
    return call.world.guild_payload(_guild(call))


def member(call: Call) -> Json:
    """GET a member of a guild."""
    found = _guild(call)
    user = found.members.get(call.id("user_id"))
    if user is None:
        raise errors.unknown("Member", 10007)
    if user is call.world.bot:
        return payloads.bot_member(found, user)
    return payloads.member(user, [])


def user(call: Call) -> Json:
    """GET a user."""
    found = call.world.users.get(call.id("user_id"))
    if found is None:
        raise errors.unknown("User", 10013)
    return payloads.user(found)


def direct_channel(call: Call) -> Json:
    """POST /users/@me/channels: open direct messages."""
    recipient: Any = call.world.users.get(int(call.body.fields["recipient_id"]))
    if recipient is None:
        raise errors.unknown("User", 10013)
    return payloads.channel(call.world.direct_channel(recipient), call.world.bot)


GLOBAL = "/applications/{application_id}/commands"
LOCAL = "/applications/{application_id}/guilds/{guild_id}/commands"
ROUTES: tuple[Route, ...] = (
    ("GET", "/users/@me", me),
    ("POST", "/users/@me/channels", direct_channel),
    ("GET", "/users/{user_id}", user),
    ("GET", "/oauth2/applications/@me", application),
    ("GET", "/applications/@me", application),
    ("GET", "/gateway", gateway),
    ("GET", "/gateway/bot", gateway),
    ("GET", GLOBAL, commands),
    ("PUT", GLOBAL, replace_commands),
    ("GET", LOCAL, commands),
    ("PUT", LOCAL, replace_commands),
    ("GET", "/channels/{channel_id}", channel),
    ("GET", "/guilds/{guild_id}", guild),
    ("GET", "/guilds/{guild_id}/members/{user_id}", member),
)
