"""Connecting, and what happens while the server is away."""

import asyncio
import json
import logging
import os
import shutil
import socket
from pathlib import Path

import pytest

from config import load_settings
from jobs.address import Address
from jobs.broker import Broker, connection
from jobs.errors import QueueAway, QueueTooOld
from jobs.server import EmbeddedServer
from jobs.server_binary import find_server
from tests.conftest import Connect

from .making import BOT, failed, finished, job, stored, take, take_all

QUEUE = load_settings().queue


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls give up soon."""
    monkeypatch.setattr(connection, "PATIENCE", 0.3)


async def refusal(address: Address, seconds: float) -> QueueAway:
    """How a connection to `address` is refused, within its time and a second."""
    async with asyncio.timeout(seconds + 1):
        with pytest.raises(QueueAway) as refused:
            async with Broker.connect(address, QUEUE, name="test", connect_seconds=seconds):
                pass
    return refused.value


async def kill(server: EmbeddedServer) -> None:
    server.process.kill()
    await server.process.wait()


async def lost(broker: Broker) -> None:
    """Return when the broker has noticed that the server is away."""
    await broker._connection._down.wait()


async def back(broker: Broker) -> None:
    await broker._connection._up.wait()


async def test_nobody_there(nats_server: EmbeddedServer) -> None:
    """Where nothing listens the start ends in time, and names the place."""
    address = nats_server.address
    await nats_server.stop()
    refused = await refusal(address, 0.5)
    place = address.url.removeprefix("nats://")
    assert refused.detail == (
        f"No queue answers at {place} within 0.5 seconds. "
        "Start nats-server there, or mend ATELIER_NATS__URL."
    )


@pytest.mark.parametrize("token", ["", "wrong"])
async def test_token(nats_server: EmbeddedServer, token: str) -> None:
    """Without the right token the server is of no use, and that is said at once."""
    address = nats_server.address
    refused = await refusal(Address(address.url, token), 10)
    place = address.url.removeprefix("nats://")
    assert refused.detail == (
        f"The queue at {place} refuses us: it asks for another token. "
        "Put its token into ATELIER_NATS__TOKEN."
    )


async def test_old_server() -> None:
    """A server that is too old is refused by name, version and what is needed."""

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        info = {"version": "2.9.10", "max_payload": 1 << 20, "headers": True, "proto": 1}
        writer.write(f"INFO {json.dumps(info)}\r\n".encode())
        while line := await reader.readline():
            if line.startswith(b"PING"):
                writer.write(b"PONG\r\n")
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        address = Address(f"nats://127.0.0.1:{port}", "")
        with pytest.raises(QueueTooOld) as refused:
            async with Broker.connect(address, QUEUE, name="test", connect_seconds=5):
                pass
    assert str(refused.value).startswith(f"nats-server 2.9.10 (127.0.0.1:{port}) is too old")
    assert "2.12 or newer" in str(refused.value)


async def test_no_jetstream() -> None:
    """A server that stores nothing is refused in time, with the option that it lacks."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    server = await asyncio.create_subprocess_exec(
        find_server(""), "-a", "127.0.0.1", "-p", str(port), "-l", os.devnull
    )
    refused = await refusal(Address(f"nats://127.0.0.1:{port}", ""), 1)
    server.terminate()
    await server.wait()
    assert "--jetstream" in refused.detail


async def test_no_word_of_a_password(nats_server: EmbeddedServer) -> None:
    """What stands in an address beside the host is in no message."""
    port = nats_server.address.url.rpartition(":")[2]
    refused = await refusal(Address(f"nats://me:secret@127.0.0.1:{port}", ""), 10)
    assert refused.detail.startswith(f"The queue at 127.0.0.1:{port} refuses us")


async def test_several_servers(nats_server: EmbeddedServer) -> None:
    """An address may list servers; one that answers is enough."""
    known = nats_server.address
    address = Address(f"nats://127.0.0.1:1, {known.url}", known.token)
    async with Broker.connect(address, QUEUE, name="test", connect_seconds=10) as broker:
        assert await broker.line() == []


async def test_jobs_outlive_the_server(broker: Broker, nats_server: EmbeddedServer) -> None:
    """After a kill -9 of the server its jobs are there, and the broker goes on by itself."""
    asked = [job("ann"), job("ann"), job("bob")]
    for one in asked:
        await broker.submit(one)
    await kill(nats_server)
    await nats_server.start()
    assert sorted(await take_all(broker)) == sorted(one.id for one in asked)


async def test_lease_outlives_the_server(broker: Broker, nats_server: EmbeddedServer) -> None:
    """A job that is painted while the server dies is answered, once, and ends."""
    asked = job()
    await broker.submit(asked)
    async with await take(broker) as lease:
        await kill(nats_server)
        answering = asyncio.create_task(lease.answer(finished(asked)))
        await lost(broker)
        await nats_server.start()
        await answering
    assert await broker.take() is None
    left = [await stored(nats_server, name) for name in ("JOBS", "RESULTS")]
    assert left == [0, 1]


async def test_results_over_a_restart(broker: Broker, nats_server: EmbeddedServer) -> None:
    """A bot that listens over a restart of the server gets what comes afterwards."""
    deliveries = broker.results(BOT)
    waiting = asyncio.ensure_future(anext(deliveries))
    await broker.engines()
    await kill(nats_server)
    await lost(broker)
    await nats_server.start()
    asked = job()
    await broker.conclude(BOT, failed(asked))
    async with asyncio.timeout(10):
        assert (await waiting).event == failed(asked)


async def test_known_after_restart(broker: Broker, nats_server: EmbeddedServer) -> None:
    """A job that is submitted again after a restart of the server is still the same job."""
    asked = job()
    await broker.submit(asked)
    await kill(nats_server)
    await nats_server.start()
    assert (await broker.submit(asked)).duplicate


async def test_live_after_restart(broker: Broker, nats_server: EmbeddedServer) -> None:
    """Cancels are heard again after a restart of the server."""
    asked = job()
    await broker.submit(asked)
    async with await take(broker) as lease:
        await kill(nats_server)
        await lost(broker)
        await nats_server.start()
        await back(broker)
        await broker.cancel(asked.id, asked.user)
        assert lease.cancelled.is_set()


async def test_waits(broker: Broker, nats_server: EmbeddedServer) -> None:
    """A call made while the server is away succeeds when it comes back soon."""
    await kill(nats_server)
    await lost(broker)
    asking = asyncio.create_task(broker.submit(job()))
    await nats_server.start()
    assert (await asking).lane == 0


async def test_gives_up(impatient: None, connect: Connect, nats_server: EmbeddedServer) -> None:
    """A call made while the server stays away ends with a sentence for the member."""
    async with connect() as broker:
        await nats_server.stop()
        await lost(broker)
        with pytest.raises(QueueAway) as away:
            await broker.submit(job())
    assert str(away.value) == "The queue cannot be reached just now. Try again in a minute."


async def test_nothing_late(impatient: None, connect: Connect, nats_server: EmbeddedServer) -> None:
    """A job that was refused while the server was away does not appear afterwards."""
    async with connect() as broker:
        await kill(nats_server)
        await lost(broker)
        with pytest.raises(QueueAway):
            await broker.submit(job())
        await nats_server.start()
        await back(broker)
        assert await broker.line() == []


async def test_empty_disk(broker: Broker, nats_server: EmbeddedServer, tmp_path: Path) -> None:
    """A server that comes back without its files is set up anew."""
    await broker.take()
    await nats_server.stop()
    shutil.rmtree(tmp_path / "data" / "nats" / "jetstream")
    await nats_server.start()
    asked = job()
    await broker.submit(asked)
    async with await take(broker) as lease:
        await lease.answer(finished(lease.job))
    assert lease.job.id == asked.id
    assert (await anext(broker.results(BOT))).event == finished(asked)


async def test_gone(broker: Broker) -> None:
    """Whoever waits for the end of the connection learns of it."""
    waiting = asyncio.create_task(broker.gone())
    # As the server does it to one whom it no longer knows.
    await broker._connection.client._process_err("'Authorization Violation'")
    async with asyncio.timeout(5):
        await waiting
    assert not broker.is_connected


async def test_after_the_end(connect: Connect) -> None:
    """A closed broker says that the queue is away, at once."""
    async with connect() as broker:
        pass
    async with asyncio.timeout(1):
        with pytest.raises(QueueAway):
            await broker.line()


async def test_token_is_not_logged(
    nats_server: EmbeddedServer, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither a lost connection nor an address in a log shows the token."""
    caplog.set_level(logging.DEBUG)
    async with connect() as broker:
        await kill(nats_server)
        await lost(broker)
        await nats_server.start()
        await back(broker)
    logging.getLogger("test").info("%s", nats_server.address)
    assert "connected again" in caplog.text
    assert nats_server.address.token not in caplog.text


async def test_no_tasks_left(connect: Connect) -> None:
    """A closed broker leaves no task behind."""
    before = asyncio.all_tasks()
    async with connect() as broker:
        await broker.submit(job())
        await take(broker)
        await broker.engines()
        await broker.conclude(BOT, failed(job()))
        await anext(broker.results(BOT))
    async with asyncio.timeout(5):
        while left := asyncio.all_tasks() - before:
            await asyncio.wait(left)
    assert asyncio.all_tasks() == before
