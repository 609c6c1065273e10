"""The command that runs the embedded nats-server, and the files that it needs."""

import json
import os
import secrets
import socket
import sys
from pathlib import Path

from config.settings import Nats
from jobs.address import Address, read_address, write_address
from jobs.errors import QueueAway
from jobs.server_binary import find_server
from jobs.server_exec import LOCK_SECONDS, hold
from jobs.server_files import LOG, STORE, allowance

_HOST = "127.0.0.1"
_EXEC = Path(__file__).with_name("server_exec.py")

# sync_interval: an acknowledged job is on the disk. max_payload: beyond 8 MB the server warns.
# The server's own limit on its files would be three quarters of what the disk has free, and leave
# out what they take already, so a store of half a disk would be too large for the next start.
_CONFIG = """\
listen: {listen}
server_name: atelier
max_payload: 8MB
authorization {{ token: {token} }}
jetstream {{
  store_dir: {store}
  sync_interval: always
  max_memory_store: 16MB
  max_file_store: {room}
}}
log_file: {log}
logfile_size_limit: 8MB
logfile_max_num: 3
"""


def server_command(settings: Nats, data_dir: Path) -> list[str]:
    """Prepare `data_dir` and give the command that runs its nats-server in the foreground.

    Port and token stay what they were; another port is taken, and left for bot and engine, only
    where that one is taken by a stranger. Blocks up to five seconds for a server that is just
    ending.

    Raises QueueAway where another server runs on `data_dir`, it cannot be written, or no
    nats-server is found; QueueTooOld where it is too old.
    """
    binary = find_server(settings.server)
    try:
        folder = _folder(data_dir)
        lock = folder / "lock"
        config = _prepared(data_dir, folder, lock)
    except OSError as exc:
        raise QueueAway(
            f"The data directory {data_dir} cannot be written: {exc.strerror}. "
            "Mend that, or choose another ATELIER_DATA_DIR."
        ) from exc
    return [sys.executable, "-I", str(_EXEC), str(lock), str(binary), "-c", str(config)]


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


def _prepared(data_dir: Path, folder: Path, lock: Path) -> Path:
    """The path of the server's settings, once no other server runs here; QueueAway if one does."""
    held = hold(str(lock), LOCK_SECONDS)
    if held is None:
        raise QueueAway(
            f"A queue runs on {data_dir} already. "
            "Stop it first, or choose another ATELIER_DATA_DIR."
        )
    try:
        return _prepare(data_dir, folder)
    finally:
        os.close(held)


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
        log=json.dumps(str(folder / LOG)),
        room=allowance(folder / STORE),
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
