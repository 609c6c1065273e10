"""What nats-server tells in its log alone: a disk that was full, and files that it cannot use."""

import re
from pathlib import Path
from typing import NamedTuple

_BAD = ("[ERR]", "[FTL]", "[WRN]")
_FULL = ("no space left on device", "disk quota exceeded")
_NO_DAMAGE = (
    *_FULL,
    "permission denied",
    "read-only file system",
    "too many open files",
    "cannot allocate memory",
    "input/output error",
)
# 10077: a stream's files cannot be used; 10104: a consumer's.
_BROKEN = re.compile(r"'\$G > ([^\s']+)(?: > [^\s']+)?': .*\((10077|10104)\)$")


class Broken(NamedTuple):
    """A stream, or only its consumers, whose files nats-server cannot use."""

    stream: str
    consumers: bool


class ServerLog:
    """Reads the log of nats-server as it grows."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: tuple[int, int] | None = None
        self._position = 0
        self.skip()

    def skip(self) -> None:
        """What is there already is no news."""
        self._file, self._position = self._look()

    def news(self) -> list[str]:
        """The whole lines since the last look; of a log that was begun anew, those in the new."""
        file, size = self._look()
        if file != self._file or size < self._position:
            self._file, self._position = file, 0
        if size == self._position:
            return []
        with self._path.open("rb") as log:
            log.seek(self._position)
            text = log.read(size - self._position)
        whole = text[: text.rfind(b"\n") + 1]
        self._position += len(whole)
        return whole.decode(errors="replace").splitlines()

    def _look(self) -> tuple[tuple[int, int] | None, int]:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return None, 0
        return (found.st_dev, found.st_ino), found.st_size


def tells_full(line: str) -> bool:
    """Whether nats-server says that it had no room to write."""
    return is_bad(line) and is_full(line)


def is_bad(line: str) -> bool:
    """Whether the line tells of something wrong."""
    return any(mark in line for mark in _BAD)


def is_full(text: str) -> bool:
    """Whether an operating system's words in `text` tell of a disk without room."""
    return any(words in text for words in _FULL)


def is_damage(text: str) -> bool:
    """Whether `text` tells of something else than a machine that is short of something."""
    return not any(words in text for words in _NO_DAMAGE)


def find_broken(line: str) -> Broken | None:
    """The stream or consumers that nats-server says it cannot use; None in any other line."""
    found = _BROKEN.search(line)
    if found is None or not is_bad(line) or not is_damage(line):
        return None
    return Broken(found[1], found[2] == "10104")
