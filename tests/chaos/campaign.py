"""A campaign: a house, a crowd and a reaper, until all has been tried, and the verdict."""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.chaos.crowd import Crowd
from tests.chaos.dust import unfinished
from tests.chaos.house import BOT, ENGINE, House
from tests.chaos.judging import Verdict, judge
from tests.chaos.orders import is_final
from tests.chaos.plans import Plan
from tests.chaos.reaper import Reaper
from tests.chaos.vitals import Chart
from tests.standin import Discord

_WARM_JOBS = 5
_START_SECONDS = 60.0
_SETTLE_SECONDS = 90.0
_LOOK_SECONDS = 0.5
_PROGRESS_SECONDS = 10.0


@dataclass(repr=False)  # it holds a whole world
class Outcome:
    """What came of it."""

    plan: Plan
    crowd: Crowd
    reaper: Reaper
    chart: Chart
    verdict: Verdict = field(default_factory=Verdict)
    missed: list[str] = field(default_factory=list)
    """Failpoints that no process came by."""
    left: list[str] = field(default_factory=list)
    """What the queue and the records still hold after the dust has settled."""
    leftover: list[str] = field(default_factory=list)
    """Processes that outlived a stop."""
    unheard: list[str] = field(default_factory=list)
    """Orders that came to nothing although no process died."""
    seconds: float = 0.0
    stop_seconds: float = 0.0
    violations: list[str] = field(default_factory=list)


async def campaign(
    plan: Plan, folder: Path, tell: Callable[[str], None] = lambda line: None
) -> Outcome:
    """Do what `plan` says in `folder`; `tell` gets a line of progress now and then."""
    begun = time.monotonic()
    async with Discord() as discord:
        house = House(discord, folder)
        rng = random.Random(plan.seed)
        crowd = Crowd(discord, random.Random(rng.random()))
        reaper = Reaper(
            house, discord, crowd.book, random.Random(rng.random()), plan.pause, plan.breath
        )
        outcome = Outcome(plan, crowd, reaper, Chart())
        async with house:
            await discord.ready("stylize", timeout=_START_SECONDS)
            await _fight(outcome, rng, tell)
            await _settle(outcome, tell)
            outcome.verdict = judge(discord, crowd.book)
            outcome.chart.finish(house)
            outcome.stop_seconds = await house.stop()
            outcome.leftover = [str(each.pid) for each in house.everything()]
        outcome.violations = list(discord.violations)
    outcome.seconds = time.monotonic() - begun
    return outcome


async def _fight(outcome: Outcome, rng: random.Random, tell: Callable[[str], None]) -> None:
    """Jobs and deaths until there were enough of both; then every order is seen through."""
    crowd, reaper, house = outcome.crowd, outcome.reaper, outcome.reaper.house
    ordering = asyncio.create_task(crowd.run(), name="crowd")
    async with _beside(outcome.chart.keep(house)), _beside(_report(outcome, tell)):
        await crowd.discord.wait_for(lambda: crowd.book.answered >= _WARM_JOBS, _START_SECONDS)
        outcome.chart.begin(house)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(outcome.plan.seconds), _beside(reaper.strike()):
                await _sweep(outcome, rng)
        house.clear()
        await _calm(outcome, tell)
        crowd.closing = True
        tell("no more orders")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_SETTLE_SECONDS):
                await ordering
    ordering.cancel()
    await asyncio.gather(ordering, return_exceptions=True)


async def _sweep(outcome: Outcome, rng: random.Random) -> None:
    """All failpoints, those of bot and engine side by side, again until there were enough jobs."""
    plan, reaper, book = outcome.plan, outcome.reaper, outcome.crowd.book
    wanted = plan.jobs * (1 - plan.calm)
    passes = 0

    def enough() -> bool:
        return passes > 0 and len(book.accepted) >= wanted

    while not enough():
        engine, bot = list(plan.engine_points), list(plan.bot_points)
        rng.shuffle(engine)
        rng.shuffle(bot)
        await asyncio.gather(_each(reaper, ENGINE, engine, enough), _each(reaper, BOT, bot, enough))
        passes += 1
        outcome.missed = [point for point in engine + bot if not reaper.hits[point]]


async def _calm(outcome: Outcome, tell: Callable[[str], None]) -> None:
    """The rest of the jobs in peace, so that what one process gathers over time is seen."""
    crowd, plan = outcome.crowd, outcome.plan
    tell("no more deaths")
    since = crowd.book.answered
    await crowd.discord.wait_for(lambda: crowd.book.answered >= since + _WARM_JOBS, _SETTLE_SECONDS)
    outcome.chart.calm_down(outcome.reaper.house)
    begun = crowd.discord.world.now()
    rest = since + plan.jobs * plan.calm
    await crowd.discord.wait_for(lambda: crowd.book.answered >= rest, _SETTLE_SECONDS + 2 * rest)
    outcome.unheard = [str(one.tag) for one in crowd.gave_up if one.begun >= begun]


async def _each(reaper: Reaper, part: str, wanted: list[str], enough: Callable[[], bool]) -> None:
    missed = await reaper.sweep(part, wanted, enough)
    await reaper.sweep(part, missed, enough)


async def _settle(outcome: Outcome, tell: Callable[[str], None]) -> None:
    """Wait until nothing is under way: no message, job, result or record without its end."""
    data_dir = outcome.reaper.house.data_dir
    end = time.monotonic() + _SETTLE_SECONDS
    while True:
        open_messages = [
            each for one in outcome.crowd.channels for each in one.messages if not is_final(each)
        ]
        outcome.left = [f"{each.content!r}" for each in open_messages] + await unfinished(data_dir)
        if not outcome.left or time.monotonic() > end:
            return
        tell(f"the dust settles: {len(outcome.left)} left")
        await asyncio.sleep(_LOOK_SECONDS)


async def _report(outcome: Outcome, tell: Callable[[str], None]) -> None:
    crowd, reaper = outcome.crowd, outcome.reaper
    while True:
        await asyncio.sleep(_PROGRESS_SECONDS)
        tell(
            f"{len(crowd.book.accepted)} jobs, {crowd.book.answered} answered, "
            f"{reaper.hits.total()} deaths at {len(reaper.hits)} failpoints, "
            f"{reaper.kills.total()} at random moments"
        )


@asynccontextmanager
async def _beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run `work` as long as the context lasts; should it fail, that is raised at the end."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})
        if not task.cancelled():
            task.result()
