"""Running the process that opens one picture (`pictures.decode_child`)."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import PIL

from pictures import decode_child
from pictures.limits import Limits

_SCRIPT = str(Path(decode_child.__file__).resolve())
_PATH = [str(Path(file).resolve().parent.parent) for file in (_SCRIPT, str(PIL.__file__))]
_ENVIRONMENT = ("SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""All that the child inherits: what Windows, or an interpreter outside /usr, needs to start."""

_HEADER_BYTES = 64 << 10
_PNG_OVERHEAD = 64 << 10


async def run(data: bytes, limits: Limits) -> tuple[int, bytes]:
    """Hand `data` to a new process; gives its exit status (as `subprocess` counts) and stdout.

    The process is gone when this returns, raises or is cancelled.

    Raises TimeoutError after `limits.seconds`.
    """
    child = await _start(limits)
    try:
        async with asyncio.timeout(limits.seconds):
            output = await _exchange(child, data, _answer_limit(limits))
            return await child.wait(), output
    finally:
        await asyncio.shield(_end(child))


async def _start(limits: Limits) -> Process:
    task = {"path": _PATH, "limits": asdict(limits), "parent": os.getpid()}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",  # nothing from the environment, the user's site or the working directory
        "-S",  # no site-packages: `path` names what is needed
        _SCRIPT,
        json.dumps(task),
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
    )


def _answer_limit(limits: Limits) -> int:
    # An RGBA picture that does not compress at all.
    return _HEADER_BYTES + _PNG_OVERHEAD + limits.keep_side**2 * 5


async def _exchange(child: Process, data: bytes, limit: int) -> bytes:
    assert child.stdout is not None
    feeding = asyncio.create_task(_feed(child, data), name="picture: feed decoder")
    try:
        pieces = bytearray()
        while len(pieces) <= limit and (piece := await child.stdout.read(1 << 16)):
            pieces += piece
        return bytes(pieces)
    finally:
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)


async def _feed(child: Process, data: bytes) -> None:
    assert child.stdin is not None
    # Where it died or answered early, its exit status tells.
    with suppress(BrokenPipeError, ConnectionResetError):
        child.stdin.write(data)
        await child.stdin.drain()
        child.stdin.close()


async def _end(child: Process) -> None:
    """Kill what still runs, and empty its pipe so that the transport closes."""
    assert child.stdin is not None
    assert child.stdout is not None
    if child.returncode is None:
        with suppress(ProcessLookupError):
            child.kill()
    child.stdin.close()
    while await child.stdout.read(1 << 16):
        pass
    await child.wait()
