"""A member's own address of SimCord's page.

SimCord serves one page for all members. A reload makes whoever looks the first member again; an
action is refused while another runs, and refused as stale when the bot has edited a message since
the page last looked, which it does twice a second; and a preview that has just been replaced cannot
be fetched any more. A door stands before that page. It opens it as its member, lets one action in
at a time, brings an action's revision up to date (what an action is about it names by id, and
SimCord checks that against the present), and has the pictures ready when it says that they exist.
"""

import asyncio
import json
import os
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any, Self

from aiohttp import ClientSession, FormData, web
from multidict import CIMultiDict
from simcord.preview import Preview

from sandbox.shelf import Shelf
from sandbox.turns import Turns

HOST = "127.0.0.1"
_MOST_BYTES = 32 * 2**20
_TRIES = 5
# Where a preview has just been replaced, the page shows a broken picture until it has loaded.
_STYLE = b"\n.attachment-image:not([src]) { visibility: hidden; }\n"
_OK = web.HTTPOk.status_code
_CONTEXT = "X-Simcord-Context"
_ASKED = ("X-Simcord-Capability", _CONTEXT, "Content-Type")
_NOT_ANSWERED = {"content-length", "content-encoding", "transfer-encoding", "connection"}


class PortTaken(Exception):
    """A door cannot be at the port that was wanted."""

    def __init__(self, port: int, reason: str) -> None:
        super().__init__(
            f"Port {port} cannot be used ({reason}). Name another one, or leave --port away to "
            "get a free one."
        )
        self.port = port


class Door:
    """Serves the preview as one member, at a port of its own, as long as its context lasts."""

    def __init__(self, preview: Preview, viewer: int, turns: Turns, port: int = 0) -> None:
        """`viewer` is the id of the member, `port` 0 takes a free one."""
        self._viewer, self._turns, self._wanted = str(viewer), turns, port
        self._inside, _, self._capability = preview.url.rpartition("/")
        self._shelf = Shelf()
        self._stack = AsyncExitStack()
        self._session: ClientSession
        self.port = 0

    @property
    def url(self) -> str:
        """The address of the page; whoever has it can act in it."""
        return f"http://{HOST}:{self.port}/{self._capability}"

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            self._session = await stack.enter_async_context(ClientSession())
            # A page that is closed in the middle of an answer does not hold up the end.
            runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=1.0)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            try:
                await web.TCPSite(runner, HOST, self._wanted).start()
            except OSError as exc:
                raise PortTaken(self._wanted, os.strerror(exc.errno or 0)) from exc
            self.port = runner.addresses[0][1]
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=_MOST_BYTES)
        app.router.add_post("/api/pages", self._open)
        app.router.add_post("/api/action", self._act)
        app.router.add_get("/api/state", self._look)
        app.router.add_get("/api/assets/{asset}", self._picture)
        app.router.add_get("/preview.css", self._style)
        app.router.add_get("/favicon.ico", _no_icon)
        app.router.add_route("*", "/{path:.*}", self._pass)
        return app

    async def _open(self, request: web.Request) -> web.Response:
        """A page is opened, or reloaded."""
        wanted = {**await request.json(), "viewer_id": self._viewer}
        # Within a turn, so that no picture is replaced before it is at hand.
        async with self._turns.take():
            page = await self._forward(request, json.dumps(wanted).encode())
            if page.status == _OK:
                shown = _json(page)
                headers = _asked(request)
                headers[_CONTEXT] = shown["context"]["id"]
                await self._fetch(headers, shown["assets"])
        return page

    async def _act(self, request: web.Request) -> web.Response:
        """A page's action, once all others are done."""
        payload, files = await _action(request)
        async with self._turns.take():
            state = await self._get("/api/state", _asked(request))
            if state.status == _OK:
                payload["published_revision"] = _json(state)["publishedRevision"]
            answer = await self._forward(request, _body(payload, files))
        if payload.get("kind") == "viewer" and answer.status == _OK:
            self._note_viewer(payload, _json(answer))
        return answer

    def _note_viewer(self, payload: Mapping[str, Any], receipt: Mapping[str, Any]) -> None:
        """Somebody chose whom this page plays, and means to go on so after a reload."""
        if receipt["settlement"] == "settled":
            self._viewer = str(payload["viewer_id"])

    async def _look(self, request: web.Request) -> web.Response:
        """What the page shows now, given out once its pictures are at hand."""
        headers = _asked(request)
        for _ in range(_TRIES):
            state = await self._get("/api/state", headers)
            if state.status != _OK or await self._fetch(headers, _json(state)["assets"]):
                break
        return state

    async def _fetch(self, headers: CIMultiDict[str], assets: Mapping[str, Any]) -> bool:
        """Get the pictures that are new; False if one has been replaced in the meantime."""
        new = [
            name for name, asset in assets.items() if asset["available"] and name not in self._shelf
        ]
        pictures = await asyncio.gather(
            *(self._get(f"/api/assets/{name}", headers) for name in new)
        )
        for name, picture in zip(new, pictures, strict=True):
            if picture.status == _OK:
                self._shelf.put(name, picture)
        return all(picture.status == _OK for picture in pictures)

    async def _picture(self, request: web.Request) -> web.Response:
        if not request.query and (picture := self._shelf.take(request.match_info["asset"])):
            return picture
        return await self._pass(request)

    async def _style(self, request: web.Request) -> web.Response:
        style = await self._pass(request)
        if style.status == _OK:
            assert isinstance(style.body, bytes)
            style.body += _STYLE
        return style

    async def _pass(self, request: web.Request) -> web.Response:
        return await self._forward(request, await request.read())

    async def _get(self, path: str, headers: CIMultiDict[str]) -> web.Response:
        return await self._ask("GET", path, headers, None)

    async def _forward(self, request: web.Request, body: bytes | FormData) -> web.Response:
        headers = _asked(request)
        if isinstance(body, FormData):
            # It has a boundary of its own.
            headers.popall("Content-Type", None)
        return await self._ask(request.method, request.path_qs, headers, body or None)

    async def _ask(
        self, method: str, path: str, headers: CIMultiDict[str], body: bytes | FormData | None
    ) -> web.Response:
        """SimCord's own answer."""
        async with self._session.request(
            method, f"{self._inside}{path}", headers=headers, data=body
        ) as answer:
            kept = CIMultiDict(
                (name, value)
                for name, value in answer.headers.items()
                if name.lower() not in _NOT_ANSWERED
            )
            return web.Response(body=await answer.read(), status=answer.status, headers=kept)


async def _no_icon(_: web.Request) -> web.Response:
    return web.Response(status=web.HTTPNoContent.status_code)


def _asked(request: web.Request) -> CIMultiDict[str]:
    """What the inner page has to know; not who asks, since for it that is this door."""
    return CIMultiDict((name, request.headers[name]) for name in _ASKED if name in request.headers)


async def _action(request: web.Request) -> tuple[dict[str, Any], list[tuple[str, Any]]]:
    """An action's envelope and its files, each with its field's name, in their order."""
    if not request.content_type.startswith("multipart/"):
        return await request.json(), []
    fields = await request.post()
    files = [(name, field) for name, field in fields.items() if name != "payload"]
    return json.loads(str(fields["payload"])), files


def _body(payload: Mapping[str, Any], files: list[tuple[str, Any]]) -> bytes | FormData:
    if not files:
        return json.dumps(payload).encode()
    form = FormData()
    form.add_field("payload", json.dumps(payload))
    for name, field in files:
        form.add_field(name, field.file, filename=field.filename, content_type=field.content_type)
    return form


def _json(answer: web.Response) -> Any:
    assert isinstance(answer.body, bytes)
    return json.loads(answer.body)
