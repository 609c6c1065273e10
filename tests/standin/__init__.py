"""A small stand-in for Discord over real sockets: REST, gateway and CDN on loopback.

It knows what discord.py 2.7.1 asks for a bot that posts, edits and reacts, keeps Discord's
rules, and collects each broken one in `Discord.violations`.
"""

from .errors import UnusableError
from .faults import Fault
from .inprocess import pointed_at
from .server import TOKEN, Discord
from .state import (
    Attachment,
    Channel,
    Guild,
    Interaction,
    Message,
    Permission,
    Revision,
    User,
)

__all__ = [
    "TOKEN",
    "Attachment",
    "Channel",
    "Discord",
    "Fault",
    "Guild",
    "Interaction",
    "Message",
    "Permission",
    "Revision",
    "UnusableError",
    "User",
    "pointed_at",
]
