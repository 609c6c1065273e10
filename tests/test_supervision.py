"""`atelier run`, `bot` and `engine` as whole processes: kept alive and ended in order."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from config import load_settings
from jobs.errors import QueueDiskFull
from jobs.server import EmbeddedServer
from tests.household import NAMES, SLOW, House, all_ended, children, terminate
from tests.jobs.tending import filled, small_disk
from tests.standin import Discord

pytestmark = pytest.mark.long

BACK_SECONDS = 5.0
SECONDS = 6.0
"""So long a job takes that is not finished within the grace of a shutdown."""


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with Discord() as discord:
        yield House(discord, tmp_path)


async def test_kill_and_go_on(house: House) -> None:
    """A second `run` is refused beside the first; after a kill -9 of that one it goes on.

    Three processes show under their names, none of them outlives the kill, and the job in line is
    painted by the next run.
    """
    async with house.started("run") as run:
        await house.discord.ready("stylize", timeout=60)
        parts = children(run)
        assert sorted(NAMES) == sorted(parts)
        async with house.started("run") as second:
            assert 2 == await asyncio.wait_for(second.wait(), 10)
        assert f"`atelier run` runs on the data directory {house.data} already." in house.said()
        assert all(each.is_running() for each in parts.values())
        await house.slash(steps=30)
        await house.shows("place")
        run.kill()
        assert await all_ended(parts.values(), BACK_SECONDS)
    async with house.started("run"):
        await house.picture()
    assert 1 == len(house.channel.messages)
    assert [] == house.discord.violations


async def test_sigterm_while_painting(house: House) -> None:
    """SIGTERM ends everything in time with code 0; the job is handed back and painted next time."""
    async with house.started("run") as run:
        await house.discord.ready("stylize", timeout=60)
        await house.slash(**SLOW, steps=await house.steps_for(SECONDS))
        await house.shows("painting")
        parts = children(run)
        assert 0 == await terminate(run)
        assert await all_ended(parts.values(), 0)
    assert ([], 1) == (house.finished, len(house.channel.messages))
    async with house.started("run"):
        await house.picture()
    # A start that counted as a death would have said so.
    starts = [line["deaths"] for line in house.lines() if line["event"] == "job_started"]
    assert {0} == set(starts)
    assert (1, []) == (len(house.channel.messages), house.discord.violations)


async def test_parts_alone(house: House, tmp_path: Path) -> None:
    """Bot and engine with a queue elsewhere paint, and each ends in time with code 0 on SIGTERM.

    The job that the engine has in hand then goes to the next one.
    """
    async with EmbeddedServer(load_settings().nats, tmp_path / "queue") as server:
        elsewhere = {"NATS__URL": server.address.url, "NATS__TOKEN": server.address.token}
        async with house.started("bot", **elsewhere) as bot:
            await house.discord.ready("stylize", timeout=60)
            async with house.started("engine", **elsewhere) as engine:
                await house.slash(**SLOW, steps=await house.steps_for(SECONDS))
                await house.shows("painting")
                assert 0 == await terminate(engine)
            assert [] == house.finished
            async with house.started("engine", **elsewhere) as engine:
                await house.picture()
                assert 0 == await terminate(engine)
            assert 0 == await terminate(bot)
    assert (1, []) == (len(house.channel.messages), house.discord.violations)


async def test_full_disk(tmp_path: Path) -> None:
    """While the disk is full a member reads so; once there is room, the next picture is painted."""
    with small_disk(tmp_path / "data" / "nats", 64) as disk:
        async with Discord() as discord:
            house = House(discord, tmp_path)
            async with house.started("run"):
                await discord.ready("stylize", timeout=60)
                with filled(disk):
                    refused = await house.slash()
                    await discord.wait_for(lambda: refused.text, timeout=60)
                    assert str(QueueDiskFull()) == refused.text
                await house.logs("nats-server runs again")
                await house.slash()
                await house.picture()
            assert (1, []) == (len(house.channel.messages), discord.violations)
