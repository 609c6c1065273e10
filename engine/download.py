"""Downloading a file of weights, with a limit on how long a silent host is waited for."""

import contextlib
import hashlib
import os
import queue
import sys
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple
from urllib.parse import urlsplit

from rich.console import Console
from rich.progress import Progress

from engine.errors import DownloadFailed

_CHUNK = 1 << 14
_gave_up: dict[str, str] = {}
"""Hosts that failed in this process, and how: a second try would only cost the same seconds."""


class _Piece(NamedTuple):
    """What the thread tells: bytes so far and in all, or what went wrong, or the end."""

    done: int = 0
    total: int | None = None
    error: Exception | None = None
    ended: bool = False


def download(url: str, target: Path, sha256_prefix: str, silence: float) -> None:
    """Download `url` to `target`, which appears only when it is whole and its SHA-256 fits.

    Raises DownloadFailed when nothing arrives for `silence` seconds, name resolution included, or
    the transfer fails otherwise; from then on, at once for this host.
    """
    host = urlsplit(url).netloc
    if host in _gave_up:
        raise DownloadFailed(_gave_up[host])
    try:
        _download(url, target, sha256_prefix, silence)
    except DownloadFailed as error:
        _gave_up[host] = error.why
        raise


def _download(url: str, target: Path, sha256_prefix: str, silence: float) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    pieces: queue.SimpleQueue[_Piece] = queue.SimpleQueue()
    abandoned = threading.Event()
    # A thread of its own, since no timeout of a socket covers name resolution or a slow trickle.
    threading.Thread(
        target=_transfer,
        args=(url, part, silence, pieces, abandoned),
        name="download of weights",
        daemon=True,
    ).start()
    try:
        _follow(pieces, urlsplit(url).netloc, target.name, silence)
        with part.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if not found.startswith(sha256_prefix):
            raise DownloadFailed(f"the download of {target.name} brought a damaged file")
        part.replace(target)
    finally:
        abandoned.set()
        part.unlink(missing_ok=True)


def _follow(pieces: "queue.SimpleQueue[_Piece]", host: str, name: str, silence: float) -> None:
    """Wait for the end, with a bar where somebody looks on."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(name, total=None)
        while True:
            try:
                piece = pieces.get(timeout=silence)
            except queue.Empty:
                why = f"{host} sent nothing for {silence:.3g} s"
                raise DownloadFailed(why) from None
            if piece.error is not None:
                raise DownloadFailed(f"{host}: {piece.error}") from piece.error
            if piece.ended:
                return
            bar.update(task, completed=piece.done, total=piece.total)


def _transfer(
    url: str,
    part: Path,
    silence: float,
    pieces: "queue.SimpleQueue[_Piece]",
    abandoned: threading.Event,
) -> None:
    done = 0
    try:
        with (
            urllib.request.urlopen(url, timeout=silence) as response,  # noqa: S310  # torchvision's own
            _file(part) as file,
        ):
            total = int(response.headers.get("Content-Length") or 0) or None
            while chunk := response.read(_CHUNK):
                if abandoned.is_set():
                    return
                file.write(chunk)
                done += len(chunk)
                pieces.put(_Piece(done, total))
        if total is not None and done < total:
            raise OSError(f"the transfer broke off after {done} of {total} bytes")
        pieces.put(_Piece(done, total, ended=True))
    except Exception as error:  # told to the thread that waits
        pieces.put(_Piece(error=error))
    finally:
        if abandoned.is_set():
            part.unlink(missing_ok=True)


@contextlib.contextmanager
def _file(part: Path) -> Iterator[BinaryIO]:
    with part.open("wb") as file:
        yield file
