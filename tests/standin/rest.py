"""The REST API v10 on aiohttp: who may ask, faults, rate limits, the log; then the handlers.

Templates are spelled as in Discord's OpenAPI document, which finds the schema of a body.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import web

from . import errors, rest_application, rest_interactions, rest_messages
from .answers import answer
from .bodies import Body, parse
from .calls import Call, Handler
from .faults import Faults, too_many_requests
from .ratelimits import Grant, RateLimits
from .schema import Schema
from .world import Request, World

PREFIX = "/api/v10"
ROUTES = (*rest_application.ROUTES, *rest_messages.ROUTES, *rest_interactions.ROUTES)
# An interaction's token is in the path; these need no Authorization.
OPEN = ("/interactions/", "/webhooks/")

Responder = Callable[[web.Request], Awaitable[web.Response]]


@dataclass
class Rest:
    """The API's front: `limits` and `schema` may be None, then nothing of the kind is checked."""

    world: World
    token: str
    limits: RateLimits | None
    schema: Schema | None
    faults: Faults = field(default_factory=Faults)
    gateway_url: str = ""

    def add_to(self, app: web.Application) -> None:
        """Register every route, and a last one that catches what the stand-in does not know."""
        for method, template, handler in ROUTES:
            app.router.add_route(method, PREFIX + template, self._responder(template, handler))
        app.router.add_route("*", PREFIX + "/{rest:.*}", self._responder("", _not_stood_in))

    def _responder(self, template: str, handler: Handler) -> Responder:
        async def respond(request: web.Request) -> web.Response:
            path = request.path.removeprefix(PREFIX)
            fault = self.faults.take(request.method, path)
            if fault is not None and not fault.applied:
                self._log(request.method, path, fault.kind if isinstance(fault.kind, int) else 0)
                return await self.faults.strike(request, fault)
            response = await self._admit(request, path, template, handler)
            self._log(request.method, path, response.status)
            return response if fault is None else await self.faults.strike(request, fault)

        return respond

    def _log(self, method: str, path: str, status: int) -> None:
        self.world.requests.append(Request(time.time(), method, path, status))
        self.world.touch()

    async def _admit(
        self, request: web.Request, path: str, template: str, handler: Handler
    ) -> web.Response:
        """Through rate limit and handler; a refusal becomes Discord's answer and is noted."""
        grant = self._ask(request, template)
        headers = {} if grant is None else grant.headers
        if grant is not None and not grant.passes:
            self.world.refusals.append(f"{request.method} {path}: 429, rate limit")
            response = too_many_requests(grant.wait, via=True)
            response.headers.update(headers)
            return response
        try:
            result = await self._handle(request, path, template, handler)
        except errors.Refusal as refusal:
            self._note(request.method, path, refusal)
            return answer(refusal.body(), status=refusal.status, headers=headers)
        if result is None:
            return web.Response(status=204, headers=headers)
        return answer(result, headers=headers)

    def _ask(self, request: web.Request, template: str) -> Grant | None:
        if self.limits is None:
            return None
        match = request.match_info
        major = match.get("channel_id") or match.get("webhook_token") or ""
        return self.limits.ask(request.method, template, major)

    async def _handle(
        self, request: web.Request, path: str, template: str, handler: Handler
    ) -> object:
        if not path.startswith(OPEN) and request.headers.get("Authorization") != self._bearer:
            raise errors.unauthorized()
        body = await parse(request, self.world.upload_limit)
        self._check_schema(request.method, template, body)
        call = Call(self.world, request.match_info, request.query, body, self.gateway_url)
        try:
            return handler(call)
        except (KeyError, TypeError, ValueError) as exc:
            raise errors.invalid_form(f"{type(exc).__name__}: {exc}") from exc

    @property
    def _bearer(self) -> str:
        return f"Bot {self.token}"

    def _check_schema(self, method: str, template: str, body: Body) -> None:
        if self.schema is None or body.json is None:
            return
        for complaint in self.schema.complaints(method, template, body.json):
            self.world.violate(f"{method} {template}: schema: {complaint}")

    def _note(self, method: str, path: str, refusal: errors.Refusal) -> None:
        line = f"{method} {path}: {refusal}"
        self.world.refusals.append(line)
        if refusal.violation:
            self.world.violate(line)


def _not_stood_in(call: Call) -> object:
    raise errors.not_stood_in(call.match["rest"])
