"""The short form of the chaos suite; `make chaos` is the long one."""

import os
from pathlib import Path

import pytest

from jobs.failpoints import BOT_ACTS, points
from tests.chaos.campaign import campaign
from tests.chaos.plans import half_of, short_form
from tests.chaos.report import faults, table

pytestmark = [pytest.mark.long, pytest.mark.timeout(240)]


def test_halves() -> None:
    """Two turns reach every failpoint."""
    both = half_of(BOT_ACTS, 0) + half_of(BOT_ACTS, 1)
    assert sorted(points(BOT_ACTS)) == sorted(both)


async def test_one_answer_whatever_dies(tmp_path: Path) -> None:
    """Every accepted job has one answer after deaths at failpoints and at random moments."""
    # An odd seed has the other half of the failpoints; `make chaos` has all.
    seed = int(os.environ.get("CHAOS_SEED", "0"))
    outcome = await campaign(short_form(seed), tmp_path)
    assert {} == faults(outcome), table(outcome)
    assert outcome.reaper.hits.total() >= 5
    assert outcome.verdict.accepted >= outcome.plan.jobs
