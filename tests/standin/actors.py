"""What members and moderators do: the drives of a test."""

from typing import Any

from . import options, payloads
from .errors import UnusableError
from .gateway import Gateway
from .limits import walk
from .state import (
    Channel,
    Guild,
    Interaction,
    InteractionType,
    Json,
    Message,
    Permission,
    User,
)
from .world import World

BUTTON, STRING_SELECT = 2, 3


class Actors:
    """Mixed into `Discord`; every drive returns once the bot acknowledged or failed to."""

    world: World
    gateway: Gateway

    async def slash(
        self, user: User, channel: Channel, command: str, /, **given: Any
    ) -> Interaction:
        """Send a slash command. Attachments are (filename, bytes); UnusableError as a client."""
        data = options.fill(self.world, self._command(channel, command), given)
        return await self._interact(user, channel, InteractionType.COMMAND, data)

    async def autocomplete(
        self, user: User, channel: Channel, command: str, option: str, typed: str, /, **given: Any
    ) -> list[Json]:
        """Type into an option; the choices that the bot offers, as {'name', 'value'}."""
        declared = self._command(channel, command)
        kinds = {each["name"]: each for each in declared["options"]}
        if not kinds.get(option, {}).get("autocomplete"):
            raise UnusableError(f"/{command} completes no option {option}")
        data = options.fill(self.world, declared, given, partial=True)
        focused = {"name": option, "type": kinds[option]["type"], "value": typed, "focused": True}
        data["options"].append(focused)
        kind = InteractionType.AUTOCOMPLETE
        return (await self._interact(user, channel, kind, data)).choices

    async def click(self, user: User, message: Message, custom_id: str) -> Interaction:
        """Press a button; the id may be its beginning where that is clear."""
        button = _component(message, BUTTON, custom_id)
        data = {"component_type": BUTTON, "custom_id": button["custom_id"]}
        return await self._press(user, message, data)

    async def select(
        self, user: User, message: Message, custom_id: str, *values: str
    ) -> Interaction:
        """Choose in a select."""
        menu = _component(message, STRING_SELECT, custom_id)
        offered = [each["value"] for each in menu["options"]]
        if not set(values) <= set(offered):
            raise UnusableError(f"{values} are not all in {offered}")
        if not menu.get("min_values", 1) <= len(values) <= menu.get("max_values", 1):
            raise UnusableError(f"{len(values)} are too few or too many to choose")
        data = {
            "component_type": STRING_SELECT,
            "custom_id": menu["custom_id"],
            "values": list(values),
        }
        return await self._press(user, message, data)

    async def react(self, user: User, channel: Channel, message_id: int, emoji: str) -> None:
        """Add a member's reaction."""
        self.world.react(_visible(user, channel, message_id), user, emoji)

    async def unreact(self, user: User, channel: Channel, message_id: int, emoji: str) -> None:
        """Take a member's reaction away."""
        message = _visible(user, channel, message_id)
        if user not in message.reactions.get(emoji, []):
            raise UnusableError(f"{user.name} has not reacted with {emoji}")
        self.world.unreact(message, user, emoji)

    async def say(self, user: User, channel: Channel, text: str) -> Message:
        """Post a member's message."""
        world = self.world
        message = Message(world.snowflake(), channel.id, user, world.now(), content=text)
        channel.everything[message.id] = message
        world.message_event("MESSAGE_CREATE", message)
        return message

    def delete_message(self, message: Message) -> None:
        """A moderator takes a message away."""
        self.world.delete_message(message)

    def delete_channel(self, channel: Channel) -> None:
        """A moderator takes a channel away."""
        assert channel.guild is not None
        payload = payloads.channel(channel, self.world.bot)
        del self.world.channels[channel.id]
        channel.guild.channel_ids.remove(channel.id)
        self.world.emit("CHANNEL_DELETE", payload)

    def deny(self, channel: Channel, *permissions: Permission) -> None:
        """Take these permissions from the bot in the channel, and give back all others."""
        channel.denied = Permission(0)
        for each in permissions:
            channel.denied |= each
        self.world.emit("CHANNEL_UPDATE", payloads.channel(channel, self.world.bot))

    def remove_bot(self, guild: Guild) -> None:
        """A moderator removes the bot from the guild."""
        del guild.members[self.world.bot.id]
        self.world.emit("GUILD_DELETE", {"id": str(guild.id)})

    def _command(self, channel: Channel, name: str) -> Json:
        scopes = [None] if channel.guild is None else [channel.guild.id, None]
        for scope in scopes:
            command = self.world.commands.get(scope, {}).get(name)
            if command is not None:
                return command
        raise UnusableError(f"the bot has no command /{name}")

    async def _press(self, user: User, message: Message, data: Json) -> Interaction:
        channel = self.world.channels[message.channel_id]
        kind = InteractionType.COMPONENT
        return await self._interact(user, channel, kind, data, _visible(user, channel, message.id))

    async def _interact(
        self,
        user: User,
        channel: Channel,
        kind: InteractionType,
        data: Json,
        source: Message | None = None,
    ) -> Interaction:
        world = self.world
        id_, token, at = world.snowflake(), world.token(), world.now()
        interaction = Interaction(id_, token, kind, user, channel, at, data, source)
        world.add_interaction(interaction)
        allowed, limit = world.allowed(channel), world.upload_limit
        listening = self.gateway.connected
        payload = payloads.interaction(interaction, world.bot, allowed=allowed, upload_limit=limit)
        world.emit("INTERACTION_CREATE", payload)
        try:
            await world.wait_for(lambda: interaction.acknowledged, world.ack_seconds)
        except TimeoutError:
            interaction.failed = True
            self._blame(interaction, listening)
        return interaction

    def _blame(self, interaction: Interaction, listening: list[Any]) -> None:
        """An interaction that a connected bot left unanswered is a broken rule."""
        if any(session in self.gateway.connected for session in listening):
            name = interaction.data.get("name") or interaction.data.get("custom_id")
            self.world.violate(f"{name}: not acknowledged within {self.world.ack_seconds:g} s")


def _visible(user: User, channel: Channel, message_id: int) -> Message:
    message = channel.everything.get(message_id)
    if message is None or message.ephemeral_for not in (None, user):
        raise UnusableError(f"{user.name} sees no message {message_id}")
    return message


def _component(message: Message, kind: int, custom_id: str) -> Json:
    """The one component of this kind whose id is, or begins with, the given one."""
    offered = [each for each in walk(message.components) if each.get("type") == kind]
    found = [each for each in offered if each.get("custom_id") == custom_id]
    found = found or [each for each in offered if each.get("custom_id", "").startswith(custom_id)]
    if len(found) != 1 or found[0].get("disabled"):
        ids = [each.get("custom_id") for each in offered if not each.get("disabled")]
        raise UnusableError(f"{custom_id} fits not exactly one of {ids}")
    return found[0]
