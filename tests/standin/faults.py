"""Faults that a test orders: answers of Discord's that are errors, late, or lost."""

import asyncio
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal

from aiohttp import web

from .answers import answer
from .state import Json

Kind = int | Literal["hang", "drop"]


@dataclass
class Fault:
    """What happens to the next `times` requests whose 'METHOD /path' fits the pattern.

    `kind` is an HTTP status, 'hang' (no answer until `release`), or 'drop' (the connection
    closes). With `applied` the request takes effect first and only its answer is lost.
    """

    pattern: str
    kind: Kind
    times: int
    code: int = 0
    retry_after: float = 0.2
    via: bool = True
    applied: bool = False
    struck: int = 0

    def fits(self, line: str) -> bool:
        """Whether it strikes this request."""
        return self.struck < self.times and fnmatchcase(line, self.pattern)


@dataclass
class Faults:
    """The faults in order; the first that fits strikes."""

    ordered: list[Fault] = field(default_factory=list)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, fault: Fault) -> Fault:
        """Order one more; it counts in `struck`."""
        self.ordered.append(fault)
        return fault

    def take(self, method: str, path: str) -> Fault | None:
        """The fault for this request, one of its times used up."""
        for fault in self.ordered:
            if fault.fits(f"{method} {path}"):
                fault.struck += 1
                return fault
        return None

    def clear(self) -> None:
        """Forget the rest, and let hanging requests go."""
        self.ordered.clear()
        self.release()

    def release(self) -> None:
        """Let hanging requests go; later ones hang again."""
        self.released.set()
        self.released = asyncio.Event()

    async def strike(self, request: web.Request, fault: Fault) -> web.Response:
        """The faulty answer; a hang or a drop closes the connection in the end."""
        if fault.kind == "hang":
            await self.released.wait()
        if not isinstance(fault.kind, int):
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=499)
        if fault.kind == 429:
            return too_many_requests(fault.retry_after, via=fault.via)
        message = f"{fault.kind}: ordered by the test"
        return answer({"code": fault.code, "message": message}, status=fault.kind)


def too_many_requests(retry_after: float, *, via: bool) -> web.Response:
    """429 as Discord sends it; without Via it looks like Cloudflare's ban, never retried."""
    body: Json = {
        "message": "You are being rate limited.",
        "retry_after": retry_after,
        "global": False,
    }
    headers = {"Retry-After": f"{max(1, round(retry_after))}", "X-RateLimit-Scope": "user"}
    if via:
        headers["Via"] = "1.1 google"
    return answer(body, status=429, headers=headers)
