"""Rate limits count requests a route and channel."""

import aiohttp

from . import TOKEN, Discord
from .ratelimits import RateLimits

POST = ("POST", "/channels/{channel_id}/messages", "1")


class Clock:
    """Seconds that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def passes(limits: RateLimits, method: str, route: str, channel: str) -> bool:
    """Whether one more may pass."""
    grant = limits.ask(method, route, channel)
    assert grant is not None
    return grant.passes


def test_sixth_in_five_seconds_waits() -> None:
    """Five posts a channel may pass within five seconds."""
    limits = RateLimits(Clock())
    assert [True] * 5 + [False] == [passes(limits, *POST) for _ in range(6)]


def test_window_ends() -> None:
    """After five seconds the next five may pass."""
    clock = Clock()
    limits = RateLimits(clock)
    for _ in range(6):
        limits.ask(*POST)
    clock.now = 5.0
    assert passes(limits, *POST)


def test_channels_count_apart() -> None:
    """Another channel has its own five."""
    limits = RateLimits(Clock())
    for _ in range(6):
        limits.ask(*POST)
    assert passes(limits, *POST[:2], "2")


def test_other_routes_have_no_limit() -> None:
    """Routes without a known limit are not counted."""
    assert RateLimits(Clock()).ask("GET", "/users/@me", "") is None


async def test_hasty_client_gets_429() -> None:
    """A client that ignores the headers is refused with Discord's answer."""
    async with Discord() as discord:
        channel = discord.create_channel(discord.create_guild("Studio"), "art")
        url = f"{discord.api_url}/channels/{channel.id}/messages"
        headers = {"Authorization": f"Bot {TOKEN}"}
        async with aiohttp.ClientSession(headers=headers) as http:
            for _ in range(6):
                answer = await http.post(url, json={"content": "x"})
            told = await answer.json()
    assert (429, "1.1 google", True) == (
        answer.status,
        answer.headers["Via"],
        0 < told["retry_after"] <= 5,
    )
