"""Gateway sessions: which events a bot gets, numbered and kept so that RESUME can replay them."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum, IntFlag

from .state import Json

KEPT = 2_000


class Op(IntEnum):
    """Gateway opcodes."""

    DISPATCH = 0
    HEARTBEAT = 1
    IDENTIFY = 2
    PRESENCE = 3
    VOICE = 4
    RESUME = 6
    RECONNECT = 7
    REQUEST_MEMBERS = 8
    INVALID_SESSION = 9
    HELLO = 10
    HEARTBEAT_ACK = 11


class Intent(IntFlag):
    """The intents that gate the events we have."""

    GUILDS = 1 << 0
    GUILD_MESSAGES = 1 << 9
    GUILD_REACTIONS = 1 << 10
    DIRECT_MESSAGES = 1 << 12
    DIRECT_REACTIONS = 1 << 13


def needed(event: str, payload: Json) -> Intent:
    """The intent without which Discord keeps the event back; 0 for those that always come."""
    in_guild = "guild_id" in payload
    if event.startswith(("GUILD_", "CHANNEL_")):
        return Intent.GUILDS
    if event.startswith("MESSAGE_REACTION_"):
        return Intent.GUILD_REACTIONS if in_guild else Intent.DIRECT_REACTIONS
    if event.startswith("MESSAGE_"):
        return Intent.GUILD_MESSAGES if in_guild else Intent.DIRECT_MESSAGES
    return Intent(0)


@dataclass(eq=False)
class Session:
    """What one IDENTIFY started: its intents, and numbered events for a RESUME."""

    id: str
    intents: Intent
    sequence: int = 0
    sent: deque[tuple[int, Json]] = field(default_factory=lambda: deque(maxlen=KEPT))
    send: Callable[[Json], None] | None = None

    def dispatch(self, event: str, payload: Json) -> None:
        """Number and keep an event, and send it if someone is connected."""
        self.sequence += 1
        frame = {"op": Op.DISPATCH, "t": event, "s": self.sequence, "d": payload}
        self.sent.append((self.sequence, frame))
        if self.send is not None:
            self.send(frame)

    def can_replay(self, after: int) -> bool:
        """Whether everything after this number is still kept."""
        return after == self.sequence or bool(self.sent and self.sent[0][0] <= after + 1)
