"""What the stand-in answers when it refuses a request, with Discord's own codes.

Codes: https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
"""

from typing import Any


class Refusal(Exception):
    """A request that Discord answers with an error.

    `violation` is true where only a bot that breaks a rule can get this answer; a message that
    a moderator deleted, or a permission that was taken away, is nobody's fault.
    """

    def __init__(self, status: int, code: int, message: str, *, violation: bool = False) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.violation = violation

    def body(self) -> dict[str, Any]:
        """Discord's JSON for it."""
        return {"code": self.code, "message": self.message}


class UnusableError(Exception):
    """A test asks for what no member could do in Discord's client."""


def unauthorized() -> Refusal:
    """The Authorization header does not carry the bot's token."""
    return Refusal(401, 0, "401: Unauthorized", violation=True)


def unknown(what: str, code: int) -> Refusal:
    """Nothing has this id (any more)."""
    return Refusal(404, code, f"Unknown {what}")


def unknown_channel() -> Refusal:
    """The channel was deleted or never existed."""
    return unknown("Channel", 10003)


def unknown_message() -> Refusal:
    """The message was deleted, never existed, or is ephemeral and asked for by its channel."""
    return unknown("Message", 10008)


def unknown_webhook() -> Refusal:
    """A followup before the interaction was acknowledged, or with a foreign token."""
    return unknown("Webhook", 10015)


def unknown_interaction(*, late: bool) -> Refusal:
    """An acknowledgement that comes after the three seconds (a violation), or for nothing."""
    return Refusal(404, 10062, "Unknown interaction", violation=late)


def already_acknowledged() -> Refusal:
    """A second acknowledgement of one interaction."""
    message = "Interaction has already been acknowledged."
    return Refusal(400, 40060, message, violation=True)


def expired_token() -> Refusal:
    """An interaction's token, fifteen minutes after the interaction."""
    return Refusal(401, 50027, "Invalid Webhook Token")


def missing_access() -> Refusal:
    """The bot cannot see the channel, or has left the server."""
    return Refusal(403, 50001, "Missing Access")


def missing_permissions() -> Refusal:
    """The bot sees the channel but may not do this there."""
    return Refusal(403, 50013, "Missing Permissions")


def not_the_author() -> Refusal:
    """An edit of somebody else's message."""
    message = "Cannot edit a message authored by another user"
    return Refusal(403, 50005, message, violation=True)


def empty_message() -> Refusal:
    """A message with neither words nor pictures nor components."""
    return Refusal(400, 50006, "Cannot send an empty message", violation=True)


def too_large() -> Refusal:
    """A file above the upload limit."""
    return Refusal(413, 40005, "Request entity too large", violation=True)


def too_many_reactions() -> Refusal:
    """A twenty-first emoji on one message."""
    return Refusal(400, 30010, "Maximum number of reactions reached (20)", violation=True)


def unknown_emoji() -> Refusal:
    """A reaction with something that is no emoji."""
    return Refusal(400, 10014, "Unknown Emoji", violation=True)


def invalid_form(detail: str) -> Refusal:
    """A body that breaks one of Discord's limits."""
    return Refusal(400, 50035, f"Invalid Form Body: {detail}", violation=True)


def not_stood_in(what: str) -> Refusal:
    """Something Discord has and the stand-in has not; it must never pass unseen."""
    return Refusal(501, 0, f"the stand-in does not know {what}", violation=True)
