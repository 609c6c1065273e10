"""The gateway: sessions that outlive their connection, so that RESUME replays what was missed.

https://discord.com/developers/docs/events/gateway
"""

import asyncio
import json
import secrets

from aiohttp import WSMsgType, web

from . import payloads
from .connections import ABNORMAL, Connection
from .sessions import Intent, Op, Session, needed
from .state import Json
from .world import World

WRONG_TOKEN, NOT_IDENTIFIED, UNKNOWN_CODE = 4004, 4003, 4001


class Gateway:
    """All sessions and connections. `url` is known once the server listens."""

    def __init__(self, world: World, token: str, heartbeat_seconds: float) -> None:
        self._world = world
        self._token = token
        self._heartbeat_ms = int(heartbeat_seconds * 1000)
        self.url = ""
        self.sessions: dict[str, Session] = {}
        self.connections: set[Connection] = set()
        self.identifies = 0
        self.resumes = 0
        world.listeners.append(self._dispatch)

    @property
    def connected(self) -> list[Session]:
        """The sessions with a live connection."""
        return [each for each in self.sessions.values() if each.send is not None]

    def _dispatch(self, event: str, payload: Json) -> None:
        intent = needed(event, payload)
        for session in self.sessions.values():
            if intent in session.intents:
                session.dispatch(event, payload)

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """One connection from HELLO to its end."""
        socket = web.WebSocketResponse(max_msg_size=1 << 20)
        await socket.prepare(request)
        connection = Connection(socket, request.transport, request.query.get("compress", ""))
        self.connections.add(connection)
        connection.send({"op": Op.HELLO, "d": {"heartbeat_interval": self._heartbeat_ms}})
        writer = asyncio.create_task(connection.write(), name="standin-gateway-writer")
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await self._receive(connection, json.loads(message.data))
        finally:
            writer.cancel()
            self._forget(connection)
            await asyncio.gather(writer, return_exceptions=True)
        return socket

    def _forget(self, connection: Connection) -> None:
        self.connections.discard(connection)
        session = connection.session
        if session is not None and session.send == connection.send:
            session.send = None
        self._world.touch()

    async def _receive(self, connection: Connection, frame: Json) -> None:
        op = frame["op"]
        if op == Op.HEARTBEAT:
            connection.send({"op": Op.HEARTBEAT_ACK, "d": None})
        elif op in (Op.IDENTIFY, Op.RESUME):
            if frame["d"]["token"] != self._token:
                await connection.socket.close(code=WRONG_TOKEN)
            elif op == Op.IDENTIFY:
                self._identify(connection, frame["d"])
            else:
                self._resume(connection, frame["d"])
        elif connection.session is None:
            await connection.socket.close(code=NOT_IDENTIFIED)
        elif op not in (Op.PRESENCE, Op.VOICE):
            self._world.violate(f"gateway: the stand-in does not know opcode {op}")
            await connection.socket.close(code=UNKNOWN_CODE)

    def _identify(self, connection: Connection, data: Json) -> None:
        # One bot: who identifies anew has given its older sessions up.
        self.sessions = {each.id: each for each in self.connected}
        session = Session(secrets.token_hex(16), Intent(data["intents"]), send=connection.send)
        connection.session = session
        self.sessions[session.id] = session
        self.identifies += 1
        bot = self._world.bot
        guilds = [each for each in self._world.guilds.values() if bot.id in each.members]
        ready = {
            "v": 10,
            "user": payloads.user(bot),
            "guilds": [{"id": str(each.id), "unavailable": True} for each in guilds],
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "application": {"id": str(bot.id), "flags": 0},
        }
        session.dispatch("READY", ready)
        if Intent.GUILDS in session.intents:
            for guild in guilds:
                session.dispatch("GUILD_CREATE", self._world.guild_payload(guild))
        self._world.touch()

    def _resume(self, connection: Connection, data: Json) -> None:
        session = self.sessions.get(data["session_id"] or "")
        after = data["seq"] or 0
        if session is None or not session.can_replay(after):
            connection.send({"op": Op.INVALID_SESSION, "d": False})
            return
        session.send, connection.session = connection.send, session
        self.resumes += 1
        for sequence, frame in session.sent:
            if sequence > after:
                connection.send(frame)
        session.dispatch("RESUMED", {})
        self._world.touch()

    async def drop(self, *, resumable: bool = True, code: int = ABNORMAL) -> None:
        """Close every connection; without `resumable` the sessions are forgotten as well."""
        connections = list(self.connections)
        if not resumable:
            self.sessions.clear()
        for connection in connections:
            await connection.close(code)
            self._forget(connection)

    def ask_to_reconnect(self) -> None:
        """Send RECONNECT (7): the client closes and resumes."""
        for session in self.connected:
            assert session.send is not None
            session.send({"op": Op.RECONNECT, "d": None})
