"""Jobs and results to put into the queue, and ways to see what is in it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import nats
from nats.aio.client import Client

from config import load_settings
from jobs.broker import Broker, Lease
from jobs.events import Cancelled, Failed, Finished, Losses
from jobs.job import StyleJob, new_id
from jobs.request import Wish, make_recipe
from jobs.server import EmbeddedServer

RECIPE = make_recipe(Wish(styles=("5" * 64,)), load_settings())
LOSSES = Losses(content=1.0, style=2.0, tv=0.5)
BOT = "atelier"


def job(user: str = "ann", **changes: Any) -> StyleJob:
    """A job of `user` with an id of its own."""
    given: dict[str, Any] = {
        "id": new_id(),
        "recipe": RECIPE,
        "content": "c" * 64,
        "canvas": (384, 288),
        "user": user,
        "bot": BOT,
        "channel_id": 1,
        "message_id": 2,
    }
    return StyleJob(**given | changes)


def finished(asked: StyleJob, seconds: float = 1.5) -> Finished:
    """`asked`, painted."""
    return Finished(
        job=asked.id,
        picture="f" * 64,
        extension="png",
        size=asked.canvas,
        seconds=seconds,
        device="cpu",
        recipe=asked.recipe,
        asked_backbone=asked.recipe.backbone,
        losses=LOSSES,
        initial_losses=LOSSES,
    )


def failed(asked: StyleJob) -> Failed:
    """`asked`, failed."""
    return Failed(job=asked.id, code="test", sentence="It did not work.")


def cancelled(asked: StyleJob) -> Cancelled:
    """`asked`, stopped."""
    return Cancelled(job=asked.id)


async def take(broker: Broker, seconds: float = 10) -> Lease:
    """The next job, waited for as an engine does."""
    async with asyncio.timeout(seconds):
        while (lease := await broker.take()) is None:
            await broker.doorbell(0.05)
    return lease


async def take_none(broker: Broker, seconds: float) -> bool:
    """Whether nothing can be taken for so long."""
    try:
        await take(broker, seconds)
    except TimeoutError:
        return True
    return False


async def take_all(broker: Broker) -> list[str]:
    """Take and answer everything; the ids in the order of service."""
    ids = []
    while (lease := await broker.take()) is not None:
        async with lease:
            await lease.answer(finished(lease.job))
        ids.append(lease.job.id)
    return ids


async def die_painting(broker: Broker) -> Lease:
    """Start the next job and leave it as a process does that dies: without a word."""
    lease = await take(broker)
    await lease.__aenter__()
    return lease


@asynccontextmanager
async def raw(server: EmbeddedServer) -> AsyncIterator[Client]:
    """A plain NATS client beside the broker."""
    client = await nats.connect(server.address.url, token=server.address.token)
    try:
        yield client
    finally:
        await client.close()


async def api(client: Client, path: str, **body: Any) -> dict[str, Any]:
    """An answer of the JetStream API."""
    answer = await client.request(f"$JS.API.{path}", json.dumps(body).encode(), timeout=5)
    content: dict[str, Any] = json.loads(answer.data)
    return content


async def stored(server: EmbeddedServer, stream: str) -> int:
    """How many messages a stream holds."""
    async with raw(server) as client:
        info = await api(client, f"STREAM.INFO.{stream}")
    return int(info["state"]["messages"])
