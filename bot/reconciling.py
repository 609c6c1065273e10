"""Reconciling: what the records say is open and what is really under way are made to agree.

The records are the memory of what members were promised. Now and then, and first of all at a
start, each open commission is looked at: one that never came into the line goes on from where it
stopped, one that the line has lost (its files were damaged, a disk was changed) is submitted again,
and one that its member wants stopped is stopped.
"""

import asyncio
import contextlib
from collections.abc import Collection
from typing import NoReturn

import structlog

from bot.commissions import Commissions
from bot.errors import DISCORD_FAILS, RecordsAway
from bot.following import Follower
from bot.records import HALF_OPEN, OPEN, Commission, Records
from jobs.broker import Broker
from jobs.errors import JobError

log = structlog.get_logger(__name__)

_LOOK_SECONDS = 3.0
_LOST_SECONDS = 4.0
"""A job counts as lost that no look has found for so long."""
_PATIENCE_SECONDS = 30.0
"""For one commission, so that the others' turn comes where Discord does not answer."""


class Reconciler:
    """Looks after every open commission."""

    def __init__(
        self, broker: Broker, records: Records, commissions: Commissions, follower: Follower
    ) -> None:
        self._broker, self._records = broker, records
        self._commissions, self._follower = commissions, follower
        self._missed_since: dict[str, float] = {}

    async def run(self) -> NoReturn:
        """Look after open commissions until cancelled."""
        while True:
            self._commissions.unsettled.clear()
            try:
                await self._look()
            except JobError as error:
                log.info("open commissions are looked at again in 3 s", reason=_reason(error))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_SECONDS):
                    await self._commissions.unsettled.wait()

    async def _look(self) -> None:
        commissions = await self._records.in_stages(OPEN)
        if not commissions:
            self._missed_since.clear()
            return
        waiting = {waiting.job.id for waiting in await self._broker.line()}
        painted = {job for beat in await self._broker.engines() for job in beat.painting}
        now = asyncio.get_running_loop().time()
        self._missed_since = {
            commission.id: self._missed_since.get(commission.id, now)
            for commission in commissions
            if commission.id not in waiting | painted
        }
        for commission in commissions:
            await self._settle(commission, waiting | painted)

    async def _settle(self, commission: Commission, under_way: Collection[str]) -> None:
        """Bring one commission on; what fails now is tried again at the next look."""
        with structlog.contextvars.bound_contextvars(job=commission.id):
            try:
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    await self._bring_on(commission, under_way)
            except (JobError, RecordsAway, *DISCORD_FAILS) as error:
                log.info("a commission is tried again in 3 s", reason=_reason(error))

    async def _bring_on(self, commission: Commission, under_way: Collection[str]) -> None:
        if commission.stage in HALF_OPEN:
            await self._resume(commission.id)
            return
        await self._follow(commission)
        if commission.stopping and commission.id in under_way:
            await self._commissions.carry_out_stop(commission)
        elif self._is_lost(commission.id):
            await self._find(commission.id)

    async def _resume(self, job_id: str) -> None:
        """Go on with a commission that is half open, and that nobody is opening now."""
        if self._commissions.is_opening(job_id):
            return
        # It may have come into the line since it was looked at.
        commission = await self._records.by_id(job_id)
        if commission is not None and commission.stage in HALF_OPEN:
            await self._commissions.resume(commission)
            self._commissions.unsettled.set()

    async def _follow(self, commission: Commission) -> None:
        """Follow what an earlier process has left, unless it has ended.

        Its end may have been shown already, and be acknowledged only when it is delivered again.
        """
        if self._follower.is_following(commission.id):
            return
        if not await self._broker.is_concluded(commission.bot, commission.id):
            self._follower.follow(commission)

    def _is_lost(self, job_id: str) -> bool:
        now = asyncio.get_running_loop().time()
        return now - self._missed_since.get(job_id, now) >= _LOST_SECONDS

    async def _find(self, job_id: str) -> None:
        """Deal with a job that neither waits nor is painted, unless its end is on its way."""
        commission = await self._records.by_id(job_id)
        if commission is None or commission.stage not in OPEN:
            return
        if await self._broker.is_concluded(commission.bot, job_id):
            return
        if commission.stopping:
            await self._commissions.conclude_stopped(commission)
        else:
            await self._commissions.submit_again(commission)


def _reason(error: BaseException) -> str:
    return getattr(error, "detail", "") or str(error) or type(error).__name__
