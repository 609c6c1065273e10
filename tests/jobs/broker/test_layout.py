"""Streams and consumers follow the settings."""

import pytest

from jobs.broker.names import JOBS
from jobs.server import EmbeddedServer
from tests.conftest import Connect

from .making import api, job, raw


async def config(server: EmbeddedServer, path: str) -> dict[str, object]:
    async with raw(server) as client:
        found: dict[str, object] = (await api(client, path))["config"]
    return found


async def test_changed_settings(connect: Connect, nats_server: EmbeddedServer) -> None:
    """Another limit holds from the next start on, and the jobs stay."""
    async with connect(waiting_in_all=10) as broker:
        await broker.submit(job())
    async with connect(waiting_in_all=20) as broker:
        assert len(await broker.line()) == 1
    assert (await config(nats_server, f"STREAM.INFO.{JOBS}"))["max_msgs"] == 20


async def test_lease(connect: Connect, nats_server: EmbeddedServer) -> None:
    """The server gives a lease as long as the settings say."""
    async with connect(lease_seconds=30), connect(lease_seconds=45):
        found = await config(nats_server, f"CONSUMER.INFO.{JOBS}.interactive-0")
    assert found["ack_wait"] == 45 * 10**9


async def test_lease_of_old_lanes(connect: Connect, nats_server: EmbeddedServer) -> None:
    """That is so also in lanes which are left over from a larger setting."""
    async with connect(waiting_per_member=3, lease_seconds=30):
        pass
    async with connect(waiting_per_member=2, lease_seconds=45):
        found = await config(nats_server, f"CONSUMER.INFO.{JOBS}.interactive-2")
    assert found["ack_wait"] == 45 * 10**9


async def test_replicas_stay(connect: Connect, nats_server: EmbeddedServer) -> None:
    """One server keeps one copy."""
    async with connect():
        found = await config(nats_server, f"STREAM.INFO.{JOBS}")
    assert found["num_replicas"] == 1


@pytest.mark.parametrize("stream", ["JOBS", "RESULTS", "KV_starts", "OBJ_passing", "OBJ_library"])
async def test_on_disk(connect: Connect, nats_server: EmbeddedServer, stream: str) -> None:
    """What is accepted is on the disk, and a full stream takes nothing in exchange for the old."""
    async with connect():
        found = await config(nats_server, f"STREAM.INFO.{stream}")
    assert (found["storage"], found["discard"]) == ("file", "new")
