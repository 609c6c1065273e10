"""The embedded server: where it listens, who may talk to it, and how it ends."""

import asyncio
import json
import os
import signal
import socket
import stat
import sys
from pathlib import Path

import pytest

from config import load_settings
from jobs.address import Address, find_address, read_address
from jobs.errors import QueueAway
from jobs.server import EmbeddedServer
from jobs.server_command import is_served, server_command

NATS = load_settings().nats

# Runs a server and is killed: all that a supervisor is to its child.
PARENT = """
import asyncio, sys
from pathlib import Path
from config import load_settings
from jobs.server import EmbeddedServer

async def main():
    async with EmbeddedServer(load_settings().nats, Path(sys.argv[1])) as server:
        print(server.process.pid, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def program(path: Path, text: str) -> str:
    """A program that does what `text` says in the shell."""
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def port_of(address: Address) -> int:
    return int(address.url.rpartition(":")[2])


def told_by_kernel(server: EmbeddedServer, name: str) -> str:
    """A file of the server's process."""
    return Path(f"/proc/{server.process.pid}/{name}").read_text()


async def test_files_are_private(nats_server: EmbeddedServer, tmp_path: Path) -> None:
    """Nobody else reads the token or the queue."""
    data = tmp_path / "data"
    modes = [mode(data / name) for name in ("queue.json", "nats/nats-server.conf", "nats")]
    assert modes == [0o600, 0o600, 0o700]


async def test_asks_for_its_token(nats_server: EmbeddedServer) -> None:
    """Another program on this machine that lacks the token gets nowhere."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(nats_server.address))
    writer.write(b"CONNECT {}\r\nPING\r\n")
    lines = (await reader.read()).decode().splitlines()
    writer.close()
    await writer.wait_closed()
    assert lines[1:] == ["-ERR 'Authorization Violation'"]


async def test_this_machine_only(nats_server: EmbeddedServer) -> None:
    """It listens on the loopback address and on no other."""
    port = port_of(nats_server.address)
    sockets = told_by_kernel(nats_server, "net/tcp").splitlines()[1:]
    fields = [line.split() for line in sockets]
    listening = {
        field[1] for field in fields if field[3] == "0A" and field[1].endswith(f"{port:04X}")
    }
    assert listening == {f"0100007F:{port:04X}"}


async def test_name(nats_server: EmbeddedServer) -> None:
    """It is seen as nats-server among the processes."""
    assert Path(told_by_kernel(nats_server, "cmdline").split("\0")[0]).name == "nats-server"


async def test_memory(nats_server: EmbeddedServer) -> None:
    """It is told to keep its memory small."""
    assert "GOMEMLIMIT=64MiB" in told_by_kernel(nats_server, "environ").split("\0")


async def test_address_stays(tmp_path: Path) -> None:
    """Port and token are the same at the next start on that data directory."""
    addresses = []
    for _ in range(2):
        async with EmbeddedServer(NATS, tmp_path) as server:
            addresses.append(server.address)
    assert addresses[0] == addresses[1]


async def test_port_is_taken(tmp_path: Path) -> None:
    """Where a stranger has the port by now, another is taken and left for bot and engine."""
    async with EmbeddedServer(NATS, tmp_path) as server:
        before = server.address
    with socket.create_server(("127.0.0.1", port_of(before))):
        async with EmbeddedServer(NATS, tmp_path) as server:
            now = server.address
    assert now == read_address(tmp_path)
    assert (now.url != before.url, now.token) == (True, before.token)


async def test_two_on_one_directory(nats_server: EmbeddedServer, tmp_path: Path) -> None:
    """A second server on a data directory is refused, and the first is not disturbed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("jobs.server_command.LOCK_SECONDS", 0.1)
        with pytest.raises(QueueAway) as refused:
            server_command(NATS, tmp_path / "data")
    assert "runs on" in refused.value.detail
    assert nats_server.process.returncode is None


async def test_is_served(tmp_path: Path) -> None:
    """Whether a server runs on a data directory can be told."""
    seen = [is_served(tmp_path)]
    async with EmbeddedServer(NATS, tmp_path):
        seen.append(is_served(tmp_path))
    seen.append(is_served(tmp_path))
    assert seen == [False, True, False]


async def test_parent_is_killed(tmp_path: Path) -> None:
    """A kill -9 of its parent ends the server, and the next one starts on the same files."""
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    pid = int(await parent.stdout.readline())
    # Readable when the process has ended, also for one that is not its parent.
    child = os.pidfd_open(pid)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(child, ended.set)
    before = read_address(tmp_path)
    parent.send_signal(signal.SIGKILL)
    await parent.wait()
    async with asyncio.timeout(5), EmbeddedServer(NATS, tmp_path) as server:
        await ended.wait()
        assert server.address == before
    asyncio.get_running_loop().remove_reader(child)
    os.close(child)


async def test_does_not_start(tmp_path: Path) -> None:
    """A server that ends at once is told of, with the place of its log."""
    broken = program(tmp_path / "nats-server", 'echo "nats-server: v2.12.0"; [ "$1" = --version ]')
    server = EmbeddedServer(NATS.model_copy(update={"server": broken}), tmp_path / "data")
    with pytest.raises(QueueAway) as refused:
        await server.start()
    assert refused.value.detail.startswith("nats-server did not start.")
    assert "nats-server.log" in refused.value.detail


async def test_start_that_is_given_up(tmp_path: Path) -> None:
    """Whoever is told to end while the server starts leaves none behind."""
    told = tmp_path / "told"
    os.mkfifo(told)
    version = '[ "$1" = --version ] && echo "nats-server: v2.12.0" && exit'
    mute = program(tmp_path / "nats-server", f"{version}\necho > {told}\nexec sleep 60")
    server = EmbeddedServer(NATS.model_copy(update={"server": mute}), tmp_path / "data")
    starting = asyncio.ensure_future(server.__aenter__())
    await asyncio.to_thread(told.read_text)
    starting.cancel()
    await asyncio.wait({starting})
    assert (True, -signal.SIGTERM) == (starting.cancelled(), server.process.returncode)


def settings_for(tmp_path: Path, **nats_settings: str) -> Address:
    return find_address(load_settings(data_dir=tmp_path, nats=nats_settings))


async def test_a_start_that_is_given_up_when_it_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Ctrl-C at the very moment is not lost, and leaves no server."""
    server, answering = EmbeddedServer(NATS, tmp_path), EmbeddedServer._answering

    async def entered() -> None:
        async with server:
            pass

    async def then_cancel(self: EmbeddedServer) -> None:
        await answering(self)
        starting.cancel()

    monkeypatch.setattr(EmbeddedServer, "_answering", then_cancel)
    starting = asyncio.create_task(entered())
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert server.process.returncode is not None


async def test_finds_embedded(nats_server: EmbeddedServer, tmp_path: Path) -> None:
    """Bot and engine find the server of their data directory without any setting."""
    assert settings_for(tmp_path / "data") == nats_server.address


def test_finds_url(tmp_path: Path) -> None:
    """A queue that is named is the one."""
    address = settings_for(tmp_path, url="nats://queue:4222", token="word")
    assert address == Address("nats://queue:4222", "word")


def test_finds_nothing(tmp_path: Path) -> None:
    """Where none has been started, the sentence says how to."""
    with pytest.raises(QueueAway) as refused:
        settings_for(tmp_path)
    assert "`atelier run`" in refused.value.detail


@pytest.mark.parametrize("text", ["", "{}", "[1]", "not json"])
def test_spoilt_address(tmp_path: Path, text: str) -> None:
    """A spoilt file is told of by name."""
    (tmp_path / "queue.json").write_text(text)
    with pytest.raises(QueueAway) as refused:
        settings_for(tmp_path)
    assert str(tmp_path / "queue.json") in refused.value.detail


async def test_spoilt_address_is_replaced(tmp_path: Path) -> None:
    """The next start writes a spoilt file anew."""
    (tmp_path / "queue.json").write_text(json.dumps({"url": "nats://127.0.0.1:1"}))
    async with EmbeddedServer(NATS, tmp_path) as server:
        assert server.address.token != ""
