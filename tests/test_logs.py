"""One job through `atelier run` at level debug: its id in each line, and no secret in any."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from jobs.address import read_address
from tests.household import House, children
from tests.standin import Discord

pytestmark = pytest.mark.long


@pytest.fixture
async def discord() -> AsyncIterator[Discord]:
    async with Discord() as discord:
        yield discord


@pytest.fixture
async def house(discord: Discord, tmp_path: Path) -> House:
    return House(discord, tmp_path)


async def test_one_job(house: House) -> None:
    """From the command to the picture each line about a job carries it, and no secret is in any.

    Discord and the queue fail meanwhile, since what is logged then names URLs with tokens.
    """
    discord = house.discord
    async with house.started("run", LOG__LEVEL="debug") as run:
        await discord.ready("stylize", timeout=60)
        discord.fail_next("POST /interactions/*", 404)
        await house.slash()
        for kind in (429, 500, "drop", 404):
            discord.fail_next("DELETE /webhooks/*", kind)
        discord.fail_next("PATCH /channels/*", 500)
        await house.slash(steps=30)
        await house.shows("place")
        children(run)["nats-server"].kill()
        await house.picture()
        await house.logs("answered")
        tokens = [one.token for one in discord.world.interactions.values()]
        secrets = [discord.token, read_address(house.data).token, *tokens]
        said, told = house.said(), house.lines()
    assert (4, []) == (len(secrets), [each for each in secrets if each in said])
    job = next(line["job"] for line in told if line["event"] == "answered")
    about = [line for line in told if job in json.dumps(line)]
    assert [] == [line for line in about if line.get("job") != job]
    assert {"bot.commissions", "engine.attendance", "bot.delivery"} <= {
        line["logger"] for line in about
    }
