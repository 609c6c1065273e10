"""Keeping an embedded server well as `atelier run` does, and disks that can be filled."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from jobs.server import EmbeddedServer


@asynccontextmanager
async def tended(server: EmbeddedServer) -> AsyncIterator[list[str]]:
    """Start `server` anew whenever it ails; the reasons so far."""
    reasons: list[str] = []

    async def tend() -> None:
        while True:
            reasons.append(await server.ails())
            await server.stop()
            await server.start()

    tending = asyncio.create_task(tend())
    try:
        yield reasons
    finally:
        tending.cancel()
        await asyncio.gather(tending, return_exceptions=True)


@contextmanager
def small_disk(folder: Path, mib: int) -> Iterator[Path]:
    """A disk of its own at `folder`; skips the test where this user may not mount one."""
    folder.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={mib}m,mode=700", "tmpfs", str(folder)]
    if sys.platform != "linux" or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("a small disk can be mounted by root on Linux only")
    try:
        yield folder
    finally:
        # Lazily, since a server that is just ending may have its log open.
        subprocess.run(["umount", "-l", str(folder)], check=True)


@contextmanager
def filled(disk: Path) -> Iterator[None]:
    """No byte is free on `disk` while the context lasts."""
    ballast = disk / "ballast"
    file = os.open(ballast, os.O_WRONLY | os.O_CREAT)
    try:
        block = bytes(1 << 20)
        while block:
            try:
                os.write(file, block)
            except OSError:
                block = block[: len(block) // 2]
        yield
    finally:
        os.close(file)
        ballast.unlink()
