"""The files of nats-server: the room that they have, and what is done with damaged ones."""

import contextlib
import logging
import shutil
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

log = logging.getLogger(__name__)

LOG = "nats-server.log"
STORE = "jetstream"
"""What nats-server calls its part of the folder that it is given."""
_ACCOUNT = "$G"
_ASIDE = "set-aside"


def free(folder: Path) -> int:
    """Bytes that this user may still write beside `folder`."""
    return shutil.disk_usage(folder.parent).free


def taken(folder: Path) -> int:
    """Bytes in the files under `folder`; what vanishes meanwhile is left out."""
    total = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):
            total += path.stat().st_size
    return total


def allowance(store: Path) -> int:
    """Bytes that nats-server may take: what it has, and three quarters of what is free.

    So pictures never take the room that the bot's own records need. Once they have taken it all,
    nats-server refuses more, and goes on by itself when old ones have gone.
    """
    return taken(store) + free(store) * 3 // 4


def stream_folder(store: Path, stream: str, *, consumers: bool) -> Path:
    """Where nats-server keeps a stream, or the stream's consumers alone.

    If there is a file where a folder ought to be, it is that file.
    """
    path = store
    for part in (_ACCOUNT, "streams", stream, *(["obs"] if consumers else [])):
        if path.exists() and not path.is_dir():
            return path
        path = path / part
    return path


def set_aside(paths: Iterable[Path], folder: Path) -> list[tuple[Path, Path]]:
    """Move what is there of `paths` into a folder of its own under `folder`: pairs of from and to.

    Nothing is deleted, so whoever wants to look into it can. The server must not run.
    """
    moved = []
    place = folder / _ASIDE / datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
    for path in paths:
        if not path.exists():
            continue
        place.mkdir(parents=True, exist_ok=True)
        target = place / "-".join(path.relative_to(folder).parts)
        path.rename(target)
        moved.append((path, target))
        log.error(
            "queue: nats-server cannot use %s, so it goes on without; moved to %s", path, target
        )
    return moved


def put_back(moved: Iterable[tuple[Path, Path]]) -> None:
    """Undo `set_aside`."""
    for path, target in moved:
        if path.exists():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        target.rename(path)
