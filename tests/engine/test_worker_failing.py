"""The worker when the engine or the queue fails under it: who counts a death, and how it ends."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from config.settings import load_settings
from engine.__main__ import _serve
from engine.attendance import Attendance
from engine.backbones import Backbone
from engine.engine import Engine
from engine.errors import DeviceLost
from engine.outcomes import Event
from engine.sources import Pictures
from engine.studio import Studio
from engine.worker import Worker
from jobs.broker import Broker
from jobs.errors import QueueAway
from jobs.job import StyleJob
from jobs.server import EmbeddedServer
from tests.conftest import Connect

from .conftest import RecipeOf
from .making import SETTINGS, engine_of, long, submitted, with_slots

SECONDS = 60.0
Deaths = Callable[[type[Exception]], Any]


async def test_a_studio_that_fails_ends_the_worker(broker: Broker) -> None:
    """An engine that cannot be brought up ends the worker with what is wrong."""

    def fail() -> Engine:
        raise QueueAway("as good as any error")

    with pytest.raises(ExceptionGroup) as caught:
        await Worker(broker, Studio(fail), SETTINGS, "easel").run(asyncio.Event())
    assert caught.group_contains(QueueAway)


async def test_a_lost_connection_ends_the_worker(
    connect: Connect, random_backbone: Backbone
) -> None:
    """A worker whose connection has ended for good ends, to be started anew."""
    async with connect() as broker:
        studio = Studio(lambda: engine_of(random_backbone))
        worker = asyncio.create_task(Worker(broker, studio, SETTINGS, "easel").run(asyncio.Event()))
        await broker._connection.close()
        with pytest.raises(ExceptionGroup) as caught:
            await asyncio.wait_for(worker, SECONDS)
        studio.close()
    assert caught.group_contains(QueueAway)


@pytest.fixture
def deaths(
    connect: Connect, broker: Broker, random_backbone: Backbone, recipe_of: RecipeOf
) -> Deaths:
    """Has a worker with two slots take ann's job and bea's until it ends with an error.

    Gives the deaths of the two as the next engine finds them, which paints either alone if it has.
    """

    async def found(error: type[Exception]) -> tuple[int, int]:
        studio = Studio(lambda: engine_of(random_backbone, with_slots(2)))
        for user in ("ann", "bea"):
            await submitted(broker, long(recipe_of), user=user)
        async with connect() as own:
            worker = Worker(own, studio, SETTINGS, "easel").run(asyncio.Event())
            with pytest.raises(ExceptionGroup) as caught:
                await asyncio.wait_for(worker, SECONDS)
        studio.close()
        assert caught.group_contains(error)
        left = await left_in_line()
        return left["ann"], left["bea"]

    async def left_in_line() -> dict[str, int]:
        left: dict[str, int] = {}
        async with asyncio.timeout(SECONDS):
            while len(left) < 2:
                if (lease := await broker.take()) is None:
                    await broker.doorbell(0.05)
                    continue
                assert lease.alone == (lease.deaths > 0)
                left[lease.job.user] = lease.deaths
        return left

    return found


async def test_an_engine_that_fails_costs_its_jobs_a_start(
    deaths: Deaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody knows whose fault it was: the next engine paints both, one after the other."""
    step = Engine.step

    def fail(engine: Engine) -> list[Event]:
        if len(engine._seats) == 2:
            raise ZeroDivisionError("deep within")
        return step(engine)

    monkeypatch.setattr(Engine, "step", fail)
    assert (1, 1) == await deaths(ZeroDivisionError)


async def test_a_job_that_was_only_taken_costs_no_start(
    deaths: Deaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its pictures are still on their way when the engine fails with another."""
    fetch, loop = Attendance._fetch, asyncio.get_running_loop()
    fetching, failed = asyncio.Event(), asyncio.Event()

    def fail(engine: Engine) -> list[Event]:
        assert asyncio.run_coroutine_threadsafe(fetching.wait(), loop).result(SECONDS)
        loop.call_soon_threadsafe(failed.set)
        raise ZeroDivisionError("deep within")

    async def wait(attendance: Attendance) -> Pictures:
        if attendance.job.user == "bea":
            fetching.set()
            await failed.wait()
        return await fetch(attendance)

    monkeypatch.setattr(Engine, "step", fail)
    monkeypatch.setattr(Attendance, "_fetch", wait)
    assert (1, 0) == await deaths(ZeroDivisionError)


async def test_a_device_that_is_found_lost_by_a_newcomer_is_not_its_fault(
    deaths: Deaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is painted counts a death, and the newcomer is handed back."""
    add, fetch, painted = Engine.add, Attendance._fetch, asyncio.Event()
    loop = asyncio.get_running_loop()

    def fail(engine: Engine, job: StyleJob, *args: Any, **how: Any) -> float | None:
        if job.user == "bea":
            raise DeviceLost("gone")
        loop.call_soon_threadsafe(painted.set)
        return add(engine, job, *args, **how)

    async def second(attendance: Attendance) -> Pictures:
        if attendance.job.user == "bea":
            await painted.wait()
        return await fetch(attendance)

    monkeypatch.setattr(Engine, "add", fail)
    monkeypatch.setattr(Attendance, "_fetch", second)
    assert (1, 0) == await deaths(DeviceLost)


async def test_an_engine_whose_device_is_lost_is_to_be_started_again(
    nats_server: EmbeddedServer,
    broker: Broker,
    random_backbone: Backbone,
    recipe_of: RecipeOf,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Its process ends with a sentence and 1: 2 would end all of `atelier run` with it."""

    def fail(_: Engine) -> list[Event]:
        raise DeviceLost("gone")

    monkeypatch.setattr(Engine, "step", fail)
    address = {"url": nats_server.address.url, "token": nats_server.address.token}
    settings = load_settings(nats=address)
    studio = Studio(lambda: engine_of(random_backbone))
    await submitted(broker, long(recipe_of))
    status = await asyncio.wait_for(_serve(settings, studio, asyncio.Event()), SECONDS)
    studio.close()
    assert (1, True) == (status, "started again" in capsys.readouterr().err)
