"""The dust: what queue and records still hold before everything has come to its end."""

import asyncio
from pathlib import Path

from bot.records import OPEN, Records, sqlite_url
from jobs.address import read_address
from jobs.broker import names
from jobs.broker.jetstream import Refused, open_jetstream

_BOT_NAME = "atelier"
_NO_CONSUMER = 10014
_LOOK_SECONDS = 0.2
_CONNECT_SECONDS = 10.0


async def settle(data_dir: Path, seconds: float) -> None:
    """Return when everything is at its end; TimeoutError where it is not in `seconds`."""
    async with asyncio.timeout(seconds):
        while True:
            # Neither the queue nor the records tell when they change.
            if not await unfinished(data_dir):
                return
            await asyncio.sleep(_LOOK_SECONDS)


async def unfinished(data_dir: Path) -> list[str]:
    """What the queue and the records hold that is not at its end."""
    async with open_jetstream(read_address(data_dir), "chaos", _CONNECT_SECONDS) as queue:
        stream = await queue.api(f"STREAM.INFO.{names.JOBS}", {})
        path = f"CONSUMER.INFO.{names.RESULTS}.{names.result_consumer(_BOT_NAME)}"
        try:
            results = await queue.api(path, {})
        except Refused as refused:
            if refused.reason != _NO_CONSUMER:
                raise
            # A bot that has just come online asks for its results a moment later.
            return ["a bot that has not begun to tell results"]
    async with Records.open(sqlite_url(data_dir)) as records:
        commissions = await records.in_stages(OPEN)
    found = {
        "jobs in the queue": stream["state"]["messages"],
        "results untold": results["num_pending"] + results["num_ack_pending"],
        "commissions open": len(commissions),
    }
    return [f"{count} {what}" for what, count in found.items() if count]
