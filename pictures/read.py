"""Reading a stranger's picture in a process of its own, without blocking the event loop."""

import asyncio
import hashlib
import json
import signal
from dataclasses import dataclass
from typing import Any

from pictures import child
from pictures.chunks import PNG_MAGIC
from pictures.errors import (
    NotAnImage,
    PictureError,
    TooManyBytes,
    TooMuchMemory,
    TooSlow,
    UnreadableImage,
)
from pictures.kinds import HEAD, format_of, guess
from pictures.limits import Limits


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is kept and handed on.

    `png` is 8-bit RGB, or RGBA where `has_alpha`, in sRGB, upright, without metadata; `digest` is
    its SHA-256 in hex. Sides in px. `source_format` is the sender's (JPEG, PNG, WEBP, GIF, BMP,
    TIFF, AVIF), `shrunk_from` their (width, height) where the picture was made smaller.
    """

    png: bytes
    width: int
    height: int
    has_alpha: bool
    digest: str
    source_format: str
    shrunk_from: tuple[int, int] | None


class Reader:
    """Reads pictures within `limits`, at most `at_once` at the same time."""

    def __init__(self, limits: Limits, at_once: int) -> None:
        self.limits = limits
        self._free = asyncio.Semaphore(at_once)

    async def read(self, data: bytes) -> Picture:
        """As `read_picture`; waits while `at_once` others are being read."""
        check_first(data, self.limits)
        async with self._free:
            return await read_picture(data, self.limits)


def check_first(data: bytes, limits: Limits) -> None:
    """Refuse what needs no process to be refused: too many bytes, or not an image at all."""
    if len(data) > limits.max_bytes:
        raise TooManyBytes(len(data), limits.max_bytes)
    head = data[:HEAD]
    if format_of(head) is None:
        raise NotAnImage(guess(head))


async def read_picture(data: bytes, limits: Limits) -> Picture:
    """Decode a file in a process of its own and give it back normalised.

    A crash, a hang or a greedy file ends that process only; so does cancelling.

    Raises a PictureError, whatever the bytes are.
    """
    check_first(data, limits)
    format_ = str(format_of(data[:HEAD]))
    try:
        status, output = await child.run(data, limits)
    except TimeoutError as exc:
        raise TooSlow(limits.seconds) from exc
    if status != 0:
        raise _died(status, format_, limits)
    # Hashing a large picture takes a while.
    return await asyncio.to_thread(_picture, output, format_)


def read_picture_sync(data: bytes, limits: Limits) -> Picture:
    """As `read_picture`, for callers without an event loop; RuntimeError where one runs."""
    return asyncio.run(read_picture(data, limits))


def _died(status: int, format_: str, limits: Limits) -> PictureError:
    """The error for a child that ended without an answer."""
    ended_by = -status if status < 0 else 0
    if ended_by in {getattr(signal, name, None) for name in ("SIGXCPU", "SIGALRM")}:
        return TooSlow(limits.seconds)
    if ended_by == getattr(signal, "SIGKILL", None):
        # Not by us: the system was short of memory.
        return TooMuchMemory(limits.memory_mib)
    return UnreadableImage(format_, f"the decoder ended with status {status}")


def _picture(output: bytes, format_: str) -> Picture:
    line, _, png = output.partition(b"\n")
    try:
        header: dict[str, Any] = json.loads(line)
        if "error" in header:
            error = PictureError.from_data(header["error"])
        elif len(png) != header["png_bytes"] or not png.startswith(PNG_MAGIC):
            error = UnreadableImage(format_, "the decoder's answer is cut off")
        else:
            return _described(png, header)
    except (ValueError, KeyError, TypeError) as exc:
        raise UnreadableImage(format_, "the decoder's answer makes no sense") from exc
    raise error


def _described(png: bytes, header: dict[str, Any]) -> Picture:
    width, height = int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")
    full_width, full_height = header["full_size"]
    full_size = (int(full_width), int(full_height))
    return Picture(
        png=png,
        width=width,
        height=height,
        has_alpha=png[25] == 6,  # colour type: RGBA
        digest=hashlib.sha256(png).hexdigest(),
        source_format=str(header["format"]),
        shrunk_from=full_size if full_size != (width, height) else None,
    )
