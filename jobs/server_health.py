"""What a running nats-server suffers from, as far as a fresh start would help it.

A stream that could not be written once, for want of room, takes nothing more until its server is
started anew, even when there is room again (2.14 and newer). Files that a server cannot use keep a
stream or its consumers away until they are moved.
"""

import logging
from pathlib import Path

from jobs.server_files import LOG, STORE, allowance, free, stream_folder, taken
from jobs.server_log import ServerLog, find_broken, tells_full

log = logging.getLogger(__name__)

ROOM = 16 << 20
"""Bytes that must be free before a server that had none is started anew."""
_BRIM = 256 << 10
"""So little is nothing; the server's own log may not find room to say so."""


class Health:
    """Looks after one life of a server, begun when the server was about to start."""

    def __init__(self, folder: Path) -> None:
        """`folder` is the server's."""
        self._store, self._log = folder / STORE, ServerLog(folder / LOG)
        self._limit = allowance(self._store)
        self._full = False
        self.broken: dict[Path, None] = {}
        """What the server cannot use, in the order in which it said so."""

    def look(self) -> str:
        """Why the server should be started anew now, in words; empty while there is no reason."""
        news = self._log.news()
        for broken in filter(None, map(find_broken, news)):
            path = stream_folder(self._store, broken.stream, consumers=broken.consumers)
            self.broken[path] = None
        if self.broken:
            return "it cannot use some of its files"
        self._note_full(news)
        return "its disk was full and has room again" if self._has_room_again() else ""

    def _note_full(self, news: list[str]) -> None:
        if self._full or not (free(self._store) < _BRIM or any(map(tells_full, news))):
            return
        self._full = True
        log.error(
            "queue: the disk under %s is full; members are told so, and all goes on by itself "
            "once there is room",
            self._store,
        )

    def _has_room_again(self) -> bool:
        now_free = free(self._store)
        if self._full:
            return now_free >= ROOM
        # Started on a disk that was nearly full, it has a limit to match.
        return (
            now_free * 3 // 4 > ROOM
            and taken(self._store) > self._limit - ROOM
            and allowance(self._store) > self._limit + ROOM
        )
