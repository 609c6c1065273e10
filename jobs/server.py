"""The embedded nats-server: on this machine only, with a port and token kept in the data directory.

`server_command` prepares the files and gives the command, for a supervisor that starts the child
itself and again when it dies. `EmbeddedServer` is the same as an async context manager.
"""

import asyncio
import contextlib
import json
import os
import secrets
import socket
import sys
from pathlib import Path
from typing import Self

from config.settings import Nats
from jobs.address import Address, read_address, write_address
from jobs.errors import QueueAway
from jobs.server_binary import find_server
from jobs.server_exec import LOCK_SECONDS, hold

_HOST = "127.0.0.1"
_EXEC = Path(__file__).with_name("server_exec.py")
_STOP_SECONDS = 5.0
_LOOK_SECONDS = 0.02

# sync_interval: an acknowledged job is on the disk. max_payload: beyond 8 MB the server warns.
# The store's limit is left to the server, which takes three quarters of what the disk has free.
_CONFIG = """\
listen: {listen}
server_name: atelier
max_payload: 8MB
authorization {{ token: {token} }}
jetstream {{
  store_dir: {store}
  sync_interval: always
  max_memory_store: 16MB
}}
log_file: {log}
logfile_size_limit: 8MB
logfile_max_num: 3
"""


def server_command(settings: Nats, data_dir: Path) -> list[str]:
    """Prepare `data_dir` and give the command that runs its nats-server in the foreground.

    The command is for a child of this process: it ends when this process does. Port and token stay
    what they were; another port is taken, and left for bot and engine, only where that one is taken
    by a stranger. Blocks up to five seconds for a server that is just ending.

    Raises QueueAway where another server runs on `data_dir`, or no nats-server is found;
    QueueTooOld where it is too old.
    """
    binary = find_server(settings.server)
    folder = _folder(data_dir)
    lock = folder / "lock"
    held = hold(str(lock), LOCK_SECONDS)
    if held is None:
        raise QueueAway(
            f"A queue runs on {data_dir} already. "
            "Stop it first, or choose another ATELIER_DATA_DIR."
        )
    try:
        config = _prepare(data_dir, folder)
    finally:
        os.close(held)
    run = [sys.executable, "-I", str(_EXEC), str(os.getpid()), str(lock)]
    return [*run, str(binary), "-c", str(config)]


def is_served(data_dir: Path) -> bool:
    """Whether a nats-server runs on `data_dir` now."""
    lock = data_dir / "nats" / "lock"
    if not lock.exists():
        return False
    held = hold(str(lock), 0)
    if held is None:
        return True
    os.close(held)
    return False


def _folder(data_dir: Path) -> Path:
    folder = data_dir.resolve() / "nats"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _prepare(data_dir: Path, folder: Path) -> Path:
    """Write the server's settings and leave its address; the path of the settings."""
    address = _address(data_dir)
    text = _CONFIG.format(
        listen=json.dumps(address.url.removeprefix("nats://")),
        token=json.dumps(address.token),
        store=json.dumps(str(folder)),
        log=json.dumps(str(folder / "nats-server.log")),
    )
    config = folder / "nats-server.conf"
    config.touch(mode=0o600)
    config.write_text(text)
    write_address(data_dir, address)
    return config


def _address(data_dir: Path) -> Address:
    """The address of last time where its port is free, else one with a fresh port."""
    try:
        known = read_address(data_dir)
    except QueueAway:
        return Address(f"nats://{_HOST}:{_free_port()}", secrets.token_urlsafe(32))
    port = int(known.url.rpartition(":")[2])
    if _is_free(port):
        return known
    return Address(f"nats://{_HOST}:{_free_port()}", known.token)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As nats-server does: a connection of its predecessor that lingers is no hindrance.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except OSError:
            return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        return int(probe.getsockname()[1])


class EmbeddedServer:
    """A nats-server that lives as long as this context, or as this process."""

    def __init__(self, settings: Nats, data_dir: Path) -> None:
        self._settings, self._data_dir = settings, data_dir
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def address(self) -> Address:
        """Where it listens."""
        return read_address(self._data_dir)

    @property
    def process(self) -> asyncio.subprocess.Process:
        """The child."""
        assert self._process is not None, "the server has not been started"
        return self._process

    async def start(self) -> None:
        """Start the server and wait until it answers; QueueAway if it does not."""
        command = await asyncio.to_thread(server_command, self._settings, self._data_dir)
        # A session of its own, so that Ctrl-C reaches those first who still need the queue.
        self._process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            await asyncio.wait_for(self._answering(), self._settings.connect_seconds)
        except (QueueAway, TimeoutError) as exc:
            await self.stop()
            raise QueueAway(f"nats-server did not start. {self._last_words()}") from exc

    async def stop(self) -> None:
        """End the server: SIGTERM, and kill -9 after five seconds."""
        if self._process is None or self._process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), _STOP_SECONDS)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def _answering(self) -> None:
        host, _, port = self.address.url.removeprefix("nats://").rpartition(":")
        while self.process.returncode is None:
            try:
                reader, writer = await asyncio.open_connection(host, int(port))
            except OSError:
                await asyncio.sleep(_LOOK_SECONDS)
                continue
            greeting = await reader.readline()
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
            if greeting.startswith(b"INFO"):
                return
        raise QueueAway("it ended")

    def _last_words(self) -> str:
        log = self._data_dir / "nats" / "nats-server.log"
        lines = log.read_text(errors="replace").splitlines() if log.exists() else []
        bad = [line for line in lines if "[FTL]" in line or "[ERR]" in line]
        return f"Its log ({log}) ends: {bad[-1]}" if bad else f"Its log would be {log}."
