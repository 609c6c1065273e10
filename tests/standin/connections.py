"""Gateway connections: frames out in order, compressed as the client asked."""

import asyncio
import importlib
import json
import zlib
from collections.abc import Callable
from typing import Any

from aiohttp import web

from .sessions import Session
from .state import Json

# The close that a network failure looks like to the client.
ABNORMAL = 1006


class Connection:
    """One websocket; frames leave in order, compressed as the URL asked."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        transport: asyncio.Transport | None,
        compression: str,
    ) -> None:
        self.socket = socket
        self._transport = transport
        self._compress = COMPRESSIONS[compression]()
        self._frames: asyncio.Queue[str] = asyncio.Queue()
        self.session: Session | None = None

    def send(self, frame: Json) -> None:
        """Queue a frame."""
        self._frames.put_nowait(json.dumps(frame))

    async def close(self, code: int) -> None:
        """End it with this close code; ABNORMAL cuts the line without a word."""
        if code != ABNORMAL:
            await self.socket.close(code=code)
        elif self._transport is not None:
            self._transport.abort()

    async def write(self) -> None:
        """Send what is queued until the connection ends."""
        while True:
            packed = self._compress(await self._frames.get())
            if isinstance(packed, str):
                await self.socket.send_str(packed)
            else:
                await self.socket.send_bytes(packed)


def _plain() -> Callable[[str], str]:
    return str


def _zlib() -> Callable[[str], bytes]:
    stream = zlib.compressobj()
    return lambda text: stream.compress(text.encode()) + stream.flush(zlib.Z_SYNC_FLUSH)


def _zstd() -> Callable[[str], bytes]:
    """discord.py asks for it where the zstandard package is installed; then we have it too."""
    zstandard = importlib.import_module("zstandard")
    stream: Any = zstandard.ZstdCompressor().compressobj()
    block = zstandard.COMPRESSOBJ_FLUSH_BLOCK
    return lambda text: bytes(stream.compress(text.encode()) + stream.flush(block))


COMPRESSIONS: dict[str, Callable[[], Callable[[str], str | bytes]]] = {
    "": _plain,
    "zlib-stream": _zlib,
    "zstd-stream": _zstd,
}
