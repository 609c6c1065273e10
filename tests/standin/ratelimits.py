"""Discord's rate limits where a bot that edits and reacts feels them."""

import time
from collections.abc import Callable
from dataclasses import dataclass

LIMITS = {
    # (method, route): (requests, seconds); as observed, Discord documents none of them.
    ("POST", "/channels/{channel_id}/messages"): (5, 5.0),
    ("PATCH", "/channels/{channel_id}/messages/{message_id}"): (5, 5.0),
    ("DELETE", "/channels/{channel_id}/messages/{message_id}"): (5, 1.0),
    ("PUT", "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me"): (1, 0.25),
    ("POST", "/webhooks/{webhook_id}/{webhook_token}"): (5, 2.0),
}


@dataclass
class Window:
    """The requests counted since its first one; it ends at `until`."""

    left: int
    until: float


@dataclass(frozen=True)
class Grant:
    """Whether a request may pass, and the headers that say how many more may."""

    passes: bool
    wait: float
    headers: dict[str, str]


class RateLimits:
    """One window a route and channel (or token); `clock` in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._windows: dict[tuple[str, str, str], Window] = {}

    def ask(self, method: str, route: str, major: str) -> Grant | None:
        """Count one request; None for a route without a limit."""
        limit = LIMITS.get((method, route))
        if limit is None:
            return None
        number, seconds = limit
        now = self._clock()
        window = self._windows.get((method, route, major))
        if window is None or window.until <= now:
            window = self._windows[method, route, major] = Window(number, now + seconds)
        passes = window.left > 0
        window.left = max(0, window.left - 1)
        wait = window.until - now
        return Grant(passes, wait, _headers(number, window.left, wait, f"{method} {route}"))


def _headers(number: int, left: int, wait: float, bucket: str) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(number),
        "X-RateLimit-Remaining": str(left),
        "X-RateLimit-Reset": f"{time.time() + wait:.3f}",
        "X-RateLimit-Reset-After": f"{wait:.3f}",
        "X-RateLimit-Bucket": f"{abs(hash(bucket)):x}",
    }
