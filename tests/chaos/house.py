"""The house under test: one unmodified `atelier run`, its processes, and ways to end them."""

import asyncio
import contextlib
import os
import shutil
import signal
import time
from pathlib import Path
from typing import Self

import psutil

from cli.child import atelier_command
from tests.absence import weights_dir
from tests.standin import Discord

ROOT = Path(__file__).parents[2]
RUN, BOT, ENGINE, SERVER = "atelier run", "atelier bot", "atelier engine", "nats-server"
PARTS = (RUN, BOT, ENGINE, SERVER)
LEASE_SECONDS = 3
_LOOK_SECONDS = 0.05
_STOP_SECONDS = 10.0
"""What a stop may take, as promised."""
_GONE_SECONDS = 3.0


class House:
    """`atelier run` in a data directory of its own, talking to `discord`."""

    def __init__(self, discord: Discord, folder: Path) -> None:
        """`folder` gets the data directory, the failpoints and the log."""
        self.failpoints = folder / "failpoints"
        self.failpoints.mkdir()
        self.log = folder / "log"
        self.data_dir = folder / "data"
        self._folder = folder
        self._environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "DISCORD_TOKEN": discord.token,
            "ATELIER_DISCORD__API_URL": discord.api_url,
            "ATELIER_DISCORD__GATEWAY_URL": discord.gateway_url,
            "ATELIER_DISCORD__CDN_URL": discord.cdn_url,
            "ATELIER_DISCORD__REACTIONS": "2",
            "ATELIER_DATA_DIR": str(self.data_dir),
            "ATELIER_FAILPOINTS": str(self.failpoints),
            "ATELIER_ENGINE__DOWNLOAD": "never",
            "ATELIER_ENGINE__WEIGHTS_DIR": weights_dir(),
            # The bot and the stand-in need a core, too.
            "ATELIER_ENGINE__THREADS": "1",
            "ATELIER_QUEUE__LEASE_SECONDS": str(LEASE_SECONDS),
            "ATELIER_LOG__FORMAT": "json",
        }
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it; its parts come up in their own time."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *atelier_command("run"),
                env=self._environment,
                cwd=self._folder,
                stdout=log,
                stderr=log,
            )

    async def stop(self) -> float:
        """SIGTERM; the seconds until it had ended, which may be ten at most (TimeoutError)."""
        assert self._process is not None
        begun = time.monotonic()
        self._process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(self._process.wait(), _STOP_SECONDS)
        return time.monotonic() - begun

    def parts(self) -> dict[str, psutil.Process]:
        """The processes that live, by the name of the part."""
        found = {}
        for process in self.everything():
            with contextlib.suppress(psutil.Error):
                line = " ".join(process.cmdline())
                found.update({name: process for name in PARTS if name in line})
        return found

    def everything(self) -> list[psutil.Process]:
        """Every process of this house that lives, whoever its parent is by now."""
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def _is_ours(self, process: psutil.Process) -> bool:
        with contextlib.suppress(psutil.Error):
            ours = process.environ().get("ATELIER_DATA_DIR") == str(self.data_dir)
            return bool(ours and process.status() != psutil.STATUS_ZOMBIE)
        return False

    def kill(self, *names: str) -> int:
        """kill -9 of these parts; how many of them lived."""
        parts = self.parts()
        victims = [parts[name] for name in names if name in parts]
        for victim in victims:
            with contextlib.suppress(psutil.Error):
                victim.kill()
        return len(victims)

    async def orphans(self) -> list[str]:
        """What still lives three seconds after `run` has died; it is ended."""
        assert self._process is not None
        await self._process.wait()
        end = time.monotonic() + _GONE_SECONDS
        while left := self.everything():
            if time.monotonic() > end:
                lines = [f"{each.pid} {' '.join(each.cmdline())}" for each in left]
                for each in left:
                    each.kill()
                return lines
            await asyncio.sleep(_LOOK_SECONDS)
        return []

    async def back(self, name: str, pid: int, seconds: float) -> float | None:
        """Seconds until `name` lives as another process than `pid`; None if it does not."""
        begun = time.monotonic()
        while (passed := time.monotonic() - begun) < seconds:
            part = self.parts().get(name)
            if part is not None and part.pid != pid:
                return passed
            await asyncio.sleep(_LOOK_SECONDS)
        return None

    def clear(self) -> None:
        """Disarm every failpoint."""
        shutil.rmtree(self.failpoints)
        self.failpoints.mkdir()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Leave nothing behind, however it went."""
        for process in self.everything():
            with contextlib.suppress(psutil.Error):
                process.kill()
        if self._process is not None:
            await self._process.wait()
