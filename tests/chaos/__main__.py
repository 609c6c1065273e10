"""The long form: `python -m tests.chaos --jobs N --seed S`; 1 if anything is lost or twice."""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from pathlib import Path

from tests.chaos.campaign import Outcome, campaign
from tests.chaos.plans import Plan, short_form
from tests.chaos.report import faults, table

_LOG_LINES = 40


def main() -> int:
    """Run a campaign and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=1000, help="orders to be accepted, at least")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 16))
    parser.add_argument("--short", action="store_true", help="what `make test` does")
    parser.add_argument("--keep", type=Path, help="an empty folder for data and log, kept")
    given = parser.parse_args()
    begun = time.monotonic()

    def tell(line: str) -> None:
        sys.stdout.write(f"{time.monotonic() - begun:6.0f} s  {line}\n")
        sys.stdout.flush()

    plan = short_form(given.seed) if given.short else Plan(given.jobs, given.seed)
    tell(f"seed {plan.seed}")
    with tempfile.TemporaryDirectory(prefix="atelier-chaos-") as temporary:
        folder = (given.keep or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        outcome = asyncio.run(campaign(plan, folder, tell))
        return _conclude(outcome, folder / "log")


def _conclude(outcome: Outcome, log: Path) -> int:
    sys.stdout.write(f"\n{table(outcome)}\n")
    if outcome.missed:
        sys.stdout.write(f"\nnobody came by {', '.join(outcome.missed)}\n")
    found = faults(outcome)
    for what, which in found.items():
        sys.stdout.write(f"\n{what}:\n" + "\n".join(f"  {one}" for one in which) + "\n")
    if found:
        last = log.read_text(errors="replace").splitlines()[-_LOG_LINES:]
        sys.stdout.write("\nthe log ends:\n" + "\n".join(last) + "\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
