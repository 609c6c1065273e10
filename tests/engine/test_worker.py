"""The worker at the real queue: jobs from the line to their answers, cancels, shutdowns, faults."""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import structlog
import torch
from PIL import Image

from config.settings import Settings
from engine.backbone_cache import BackboneCache
from engine.backbones import Backbone
from engine.engine import Engine
from engine.errors import NoStandIn
from engine.estimates import Estimates
from engine.painted import Painted
from engine.painting import Painting
from engine.runner import Device
from engine.sources import Pictures
from engine.studio import Studio
from engine.worker import Worker
from jobs.broker import Broker, Lease, Stopped
from jobs.events import Cancelled, Failed, Finished, Progress, Result, Started
from jobs.job import StyleJob, new_id
from jobs.recipe import Recipe, Scale, Style
from jobs.server import EmbeddedServer
from pictures.metadata import read_recipe
from pictures.open import open_normalised
from tests.conftest import Connect

from .conftest import RecipeOf
from .making import (
    PAINTING,
    PHOTO,
    SETTINGS,
    classic_recipe,
    engine_of,
    job_of,
    long,
    png,
    submitted,
    with_slots,
)

ROOT = Path(__file__).parents[2]
AT_ONCE = SETTINGS.model_copy(
    update={"engine": SETTINGS.engine.model_copy(update={"preview_seconds": 0.0})}
)
"""With a preview at each step."""
SECONDS = 90.0

Working = Callable[..., AbstractAsyncContextManager[asyncio.Event]]


@asynccontextmanager
async def work(
    connect: Connect, start: Callable[[], Engine], settings: Settings = SETTINGS
) -> AsyncIterator[asyncio.Event]:
    """Run a worker with a connection of its own; setting the event that it gives stops it."""
    stop = asyncio.Event()
    studio = Studio(start)
    async with connect() as broker:
        worker = asyncio.create_task(Worker(broker, studio, settings, "easel").run(stop))
        try:
            yield stop
        finally:
            stop.set()
            await asyncio.wait_for(worker, SECONDS)
            studio.close()


def easel(connect: Connect, backbone: Backbone) -> Working:
    """Runs a worker that has this backbone and no other."""

    def working(settings: Settings = SETTINGS) -> AbstractAsyncContextManager[asyncio.Event]:
        return work(connect, lambda: engine_of(backbone, settings), settings)

    return working


@pytest.fixture
def working(connect: Connect, random_backbone: Backbone) -> Working:
    """Runs a worker that takes what it is given."""
    return easel(connect, random_backbone)


async def result_of(broker: Broker, job: StyleJob) -> Result:
    """How `job` ended."""
    async with asyncio.timeout(SECONDS):
        async for delivery in broker.results(job.bot):
            await delivery.ack()
            if delivery.event.job == job.id:
                return delivery.event
    raise AssertionError("the results ended")


@asynccontextmanager
async def painting(
    broker: Broker, working: Working, recipe: Recipe
) -> AsyncIterator[tuple[StyleJob, asyncio.Event]]:
    """A job in the midst of its painting, and the event that stops its worker."""
    async with broker.live() as feed, working() as stop:
        job = await submitted(broker, recipe)
        async with asyncio.timeout(SECONDS):
            async for event in feed:
                if isinstance(event, Progress) and event.step > 0:
                    break
        yield job, stop


async def test_a_job_is_painted(broker: Broker, working: Working, recipe_of: RecipeOf) -> None:
    """A job of the queue ends finished, as it was asked."""
    job = await submitted(broker, recipe_of())
    async with working():
        result = await result_of(broker, job)
    assert isinstance(result, Finished)
    expected = (job.recipe, "squeezenet1_0", (32, 24), "png", "")
    assert expected == (
        result.recipe,
        result.asked_backbone,
        result.size,
        result.extension,
        result.note,
    )


async def test_the_painting_is_in_the_store(
    broker: Broker, working: Working, recipe_of: RecipeOf
) -> None:
    """The picture is found by its digest, with the size and the recipe that were told."""
    job = await submitted(broker, recipe_of())
    async with working():
        result = await result_of(broker, job)
    assert isinstance(result, Finished)
    data = await broker.store.get(result.picture)
    found = (open_normalised(data, 10_000).size, read_recipe(data))
    assert (result.size, result.recipe.model_dump_json()) == found


async def test_a_mask_comes_out_of_the_store(
    broker: Broker, working: Working, recipe_of: RecipeOf
) -> None:
    """A job whose style has a region is painted; one whose mask is black is told so."""
    results = []
    async with working():
        for colour in ("white", "black"):
            digests = [await broker.store.put(data) for data in (PHOTO, PAINTING)]
            mask = await broker.store.put(png(Image.new("RGB", (96, 72), colour)))
            recipe = recipe_of(styles=(Style(digest=digests[1], mask=mask),))
            job = job_of(recipe, content=digests[0])
            await broker.submit(job)
            results.append(await result_of(broker, job))
    painted, refused = results
    assert isinstance(painted, Finished)
    assert isinstance(refused, Failed)
    assert refused.sentence.startswith("This mask is black everywhere")


async def test_its_progress_is_told(broker: Broker, working: Working, recipe_of: RecipeOf) -> None:
    """Listeners hear that it was started, then of steps up to the last one."""
    async with broker.live() as feed, working(AT_ONCE):
        job = await submitted(broker, recipe_of())
        events: list[Started | Progress] = []
        async with asyncio.timeout(SECONDS):
            async for event in feed:
                events.append(event)
                if isinstance(event, Progress) and event.step == event.steps:
                    break
        await result_of(broker, job)
    first, *rest = events
    steps = [event.step for event in rest if isinstance(event, Progress)]
    assert (True, [0, 1, 2, 3]) == (isinstance(first, Started), steps)


async def test_previews_are_pictures(broker: Broker, working: Working, recipe_of: RecipeOf) -> None:
    """A preview on its way is a JPEG."""
    preview = b""
    async with broker.live() as feed, working(AT_ONCE):
        job = await submitted(broker, recipe_of())
        async with asyncio.timeout(SECONDS):
            while not preview:
                event = await anext(feed)
                preview = (isinstance(event, Progress) and event.preview) or b""
        await result_of(broker, job)
    assert b"\xff\xd8\xff" == preview[:3]


async def test_each_of_several_jobs_is_answered(
    broker: Broker, working: Working, recipe_of: RecipeOf
) -> None:
    """More jobs than there are slots are all painted, in whatever order they end."""
    jobs = [await submitted(broker, recipe_of(), user=user) for user in ("ann", "bea", "cid")]
    left = {job.id for job in jobs}
    async with working(), asyncio.timeout(SECONDS):
        async for delivery in broker.results(jobs[0].bot):
            assert isinstance(delivery.event, Finished)
            left.remove(delivery.event.job)
            await delivery.ack()
            if not left:
                break


async def test_a_member_stops_a_job(broker: Broker, working: Working, recipe_of: RecipeOf) -> None:
    """A job that is cancelled while it is painted ends with the frame so far."""
    async with painting(broker, working, long(recipe_of)) as (job, _):
        await broker.cancel(job.id, job.user)
        result = await result_of(broker, job)
    assert isinstance(result, Cancelled)
    data = await broker.store.get(result.picture or "")
    assert ("png", (32, 24)) == (result.extension, open_normalised(data, 10_000).size)


async def test_a_stop_that_comes_with_the_end_loses_no_picture(
    broker: Broker, working: Working, recipe_of: RecipeOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told while the last call runs: the finished picture is the answer."""
    inside, leave = threading.Event(), threading.Event()
    finish, stop = Painting.finish, Studio.stop

    def slow(self: Painting) -> Painted:
        inside.set()
        assert leave.wait(SECONDS)
        return finish(self)

    async def leaving(self: Studio, job: str) -> Any:
        leave.set()
        return await stop(self, job)

    monkeypatch.setattr(Painting, "finish", slow)
    monkeypatch.setattr(Studio, "stop", leaving)
    async with working():
        job = await submitted(broker, recipe_of())
        assert await asyncio.to_thread(inside.wait, SECONDS)
        await broker.cancel(job.id, job.bot)
        result = await result_of(broker, job)
    assert isinstance(result, Finished)


async def test_a_classic_job_is_painted_and_stopped_as_others_are(
    broker: Broker, connect: Connect, random_classic: Backbone
) -> None:
    """Its steps are told, and a cancel between two of them leaves the frame so far."""
    recipe = classic_recipe().model_copy(update={"scales": (Scale(fraction=1, steps=100_000),)})
    async with painting(broker, easel(connect, random_classic), recipe) as (job, _):
        await broker.cancel(job.id, job.user)
        result = await result_of(broker, job)
    assert isinstance(result, Cancelled)
    data = await broker.store.get(result.picture or "")
    assert (42, 32) == open_normalised(data, 10_000).size


async def test_a_classic_job_without_its_network_is_answered(
    broker: Broker,
    connect: Connect,
    device: Device,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The sentence says why and what to do, and no other network paints."""
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    cache = BackboneCache(SETTINGS.engine, device)
    async with work(connect, lambda: Engine(SETTINGS, cache, Estimates())):
        job = await submitted(broker, classic_recipe())
        result = await result_of(broker, job)
    assert isinstance(result, Failed)
    assert ("no_stand_in", str(NoStandIn("squeezenet1_1", ""))) == (result.code, result.sentence)


async def test_a_stopped_job_does_not_come_back(
    broker: Broker, working: Working, recipe_of: RecipeOf
) -> None:
    """After a cancel there is nothing to take."""
    async with painting(broker, working, long(recipe_of)) as (job, _):
        await broker.cancel(job.id, job.user)
        await result_of(broker, job)
    assert None is await broker.take()


async def test_a_job_may_be_stopped_before_its_first_step(
    broker: Broker,
    working: Working,
    recipe_of: RecipeOf,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A job that is cancelled before there is anything to see ends without a picture."""
    reached, go_on = asyncio.Event(), asyncio.Event()
    add = Studio.add

    async def slow_add(
        self: Studio, job: StyleJob, pictures: Pictures, tell: Callable[..., None], *, alone: bool
    ) -> float | None:
        reached.set()
        await go_on.wait()
        # The engine is kept from its first step, so that the cancel is what comes first.
        monkeypatch.setattr(Engine, "step", lambda _: [])
        return await add(self, job, pictures, tell, alone=alone)

    monkeypatch.setattr(Studio, "add", slow_add)
    async with working():
        job = await submitted(broker, recipe_of())
        await asyncio.wait_for(reached.wait(), SECONDS)
        await broker.cancel(job.id, job.user)
        go_on.set()
        result = await result_of(broker, job)
    assert Cancelled(job=job.id) == result


async def test_a_shutdown_hands_the_job_back(
    broker: Broker, working: Working, recipe_of: RecipeOf
) -> None:
    """A job that a shutdown interrupts goes to the next engine at once, and that is no death."""
    async with painting(broker, working, long(recipe_of)) as (job, stop):
        stop.set()
        async with asyncio.timeout(SECONDS):
            while (lease := await broker.take()) is None:
                await broker.doorbell(0.05)
    assert (job.id, 0) == (lease.job.id, lease.deaths)


async def test_a_shutdown_lets_a_job_finish_that_is_nearly_done(
    broker: Broker, working: Working, recipe_of: RecipeOf
) -> None:
    """What takes less than the grace is still answered after the signal."""
    recipe = recipe_of(scales=(Scale(fraction=1, steps=12),))
    async with painting(broker, working, recipe) as (job, stop):
        stop.set()
        result = await result_of(broker, job)
    assert isinstance(result, Finished)


async def test_a_missing_picture(broker: Broker, working: Working, recipe_of: RecipeOf) -> None:
    """A job whose pictures are gone fails with a sentence that says what to do."""
    job = job_of(recipe_of())
    await broker.submit(job)
    async with working():
        result = await result_of(broker, job)
    assert isinstance(result, Failed)
    assert ("picture_missing", True) == (result.code, "Send it again" in result.sentence)


async def test_a_fault_of_ours_has_a_reference(
    broker: Broker, working: Working, recipe_of: RecipeOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an unexpected error says is in the log, under the reference that the member reads."""

    def fail(_: Painting, most: int = 1) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(Painting, "step", fail)
    job = await submitted(broker, recipe_of())
    with structlog.testing.capture_logs() as logs:
        async with working():
            result = await result_of(broker, job)
    assert isinstance(result, Failed)
    (entry,) = [entry for entry in logs if entry["event"] == "job_failed"]
    found = (
        result.code,
        entry["reference"] in result.sentence,
        "secret detail" in result.sentence,
        str(entry["exc_info"]),
    )
    assert ("unexpected", True, False, "secret detail") == found


async def test_a_bad_job_does_not_stop_the_worker(
    broker: Broker, working: Working, recipe_of: RecipeOf
) -> None:
    """After a job that fails the next one is painted."""
    bad = job_of(recipe_of(), user="bea")
    await broker.submit(bad)
    good = await submitted(broker, recipe_of())
    async with working():
        results = [await result_of(broker, job) for job in (bad, good)]
    assert [Failed, Finished] == [type(result) for result in results]


async def test_poison_is_given_up(broker: Broker, working: Working, recipe_of: RecipeOf) -> None:
    """A job that has killed its engine as often as allowed is answered, not painted."""
    job = await submitted(broker, recipe_of())
    for _ in range(SETTINGS.queue.deaths):
        async with asyncio.timeout(SECONDS):
            while (lease := await broker.take()) is None:
                await broker.doorbell(0.05)
        # Left without an answer it counts as a start that died.
        async with lease:
            pass
    async with broker.live() as feed, working():
        result = await result_of(broker, job)
        told = len(feed._buffer)
    assert isinstance(result, Failed)
    assert ("poison", 0) == (result.code, told)


async def fallen(broker: Broker, recipe: Recipe) -> StyleJob:
    """A job of bea's in the queue whose last start died."""
    job_id = new_id()
    await broker._intake._starts.set(job_id, 1)
    return await submitted(broker, recipe, id=job_id, user="bea")


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Set once the worker has a job that must run alone."""
    held, until_alone = asyncio.Event(), Worker._until_alone

    async def noted(worker: Worker, lease: Lease) -> None:
        held.set()
        await until_alone(worker, lease)

    monkeypatch.setattr(Worker, "_until_alone", noted)
    return held


async def test_nobody_is_taken_beside_a_job_that_runs_alone(
    broker: Broker, working: Working, recipe_of: RecipeOf
) -> None:
    """A job that may kill its engine is the only one whose start it costs."""
    await fallen(broker, long(recipe_of))
    async with painting(broker, partial(working, with_slots(2)), recipe_of()) as (other, _):
        async with asyncio.timeout(SECONDS):
            while (lease := await broker.take()) is None:
                await broker.doorbell(0.05)
    assert (other.id, 0) == (lease.job.id, lease.deaths)


async def test_a_job_that_runs_alone_waits_for_the_others(
    broker: Broker, working: Working, recipe_of: RecipeOf, held: asyncio.Event
) -> None:
    """It is started when those that are painted have ended."""
    with structlog.testing.capture_logs() as logs:
        slots = partial(working, with_slots(2))
        async with painting(broker, slots, long(recipe_of)) as (other, _):
            job = await fallen(broker, recipe_of())
            await asyncio.wait_for(held.wait(), SECONDS)
            await broker.cancel(other.id, other.user)
            result = await result_of(broker, job)
    assert isinstance(result, Finished)
    told = [entry["event"] for entry in logs if entry["event"] in ("job_started", "job_ended")]
    assert ["job_started", "job_ended"] * 2 == told


async def test_a_job_that_waits_to_run_alone_may_be_stopped(
    broker: Broker, working: Working, recipe_of: RecipeOf, held: asyncio.Event
) -> None:
    """Its member does not wait for the others to be told so."""
    slots = partial(working, with_slots(2))
    async with painting(broker, slots, long(recipe_of)):
        job = await fallen(broker, long(recipe_of))
        await asyncio.wait_for(held.wait(), SECONDS)
        assert Stopped.PAINTING is await broker.cancel(job.id)
        assert Cancelled(job=job.id) == await result_of(broker, job)


async def test_it_shows_life(broker: Broker, working: Working, recipe_of: RecipeOf) -> None:
    """An engine is listed with what it paints."""
    async with painting(broker, working, long(recipe_of)) as (job, _):
        (beat,) = await broker.engines()
    expected = ("easel", "squeezenet1_0", (job.id,))
    assert expected == (beat.engine, beat.backbone, beat.painting)


@asynccontextmanager
async def process(server: EmbeddedServer) -> AsyncIterator[asyncio.subprocess.Process]:
    """A real `python -m engine` with real weights, at a queue."""
    environment = os.environ | {
        "ATELIER_NATS__URL": server.address.url,
        "ATELIER_NATS__TOKEN": server.address.token,
        "ATELIER_ENGINE__BACKBONE": "vgg19_original",
        "ATELIER_ENGINE__DOWNLOAD": "never",
        "ATELIER_ENGINE__THREADS": "1",
        "PYTHONPATH": str(ROOT),
    }
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "engine", env=environment, stderr=asyncio.subprocess.PIPE
    )
    try:
        yield child
    finally:
        if child.returncode is None:
            child.kill()
        await child.communicate()


@pytest.mark.long
async def test_the_process(
    broker: Broker, nats_server: EmbeddedServer, recipe_of: RecipeOf
) -> None:
    """The engine's process paints with the wheel's network and hands back what a SIGTERM leaves."""
    async with process(nats_server) as child, broker.live() as feed:
        done = await submitted(broker, recipe_of("vgg19_original"))
        result = await result_of(broker, done)
        steps = (Scale(fraction=1, steps=100_000),)
        left = await submitted(broker, recipe_of("vgg19_original", scales=steps))
        async with asyncio.timeout(SECONDS):
            async for event in feed:
                if event.job == left.id and isinstance(event, Progress):
                    break
            child.send_signal(signal.SIGTERM)
            status = await child.wait()
            while (lease := await broker.take()) is None:
                await broker.doorbell(0.05)
    found = (type(result), status, lease.job.id, lease.deaths)
    assert (Finished, 0, left.id, 0) == found
