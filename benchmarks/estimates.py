"""How good the engine's estimates are: mixed jobs, what was foretold of each and what it took.

python -m benchmarks.estimates [--jobs N] [--seed N]

Jobs come as a server's do: at times one by itself, at times beside others, of several sizes,
steps, layers and optimisers. An estimate is what `Engine.add` gives when a job joins; who comes
later is not foretold, so that a job counts with those only that were there or came with it.
"""

import argparse
import random
import statistics
import time
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image
from rich.console import Console
from rich.table import Table

from config import load_settings
from engine.engine import Engine
from engine.outcomes import Completed, Stepped
from engine.sources import Pictures
from engine.start import start_engine
from jobs.job import StyleJob, new_id
from jobs.recipe import Recipe
from jobs.request import Wish, make_recipe
from pictures.sizes import scaled
from samples import PHOTOS, STYLES

_NEAR = 0.25
_SIZES = (64, 96, 128, 160, 192, 256, 320)
_STEPS = (20, 30, 45, 60)
_LAYERS = (None, None, "relu1,fire3", "relu1,fire2,fire3,fire5,fire7,fire9")


@dataclass
class Row:
    """One job."""

    job: StyleJob
    company: int
    foretold: float
    begun: float
    took: float = 0.0

    @property
    def error(self) -> float:
        """How far off, as a part of what it took; below 0 where less was foretold."""
        return (self.foretold - self.took) / self.took


def measure(jobs: int, seed: int) -> None:
    """Paint them and print the table."""
    settings = load_settings()
    begun = time.perf_counter()
    engine = start_engine(settings)
    ready = time.perf_counter() - begun
    chosen = random.Random(seed)
    rows: list[Row] = []
    while len(rows) < jobs:
        rows += _together(engine, chosen, count=chosen.choice((1, 1, 2)))
    _print(rows, f"{engine.backbone}, {engine.device}; ready after {ready:.1f} s")


def _together(engine: Engine, chosen: random.Random, count: int) -> list[Row]:
    """Let some jobs come at once, and paint until all are done."""
    jobs = [_job(chosen) for _ in range(min(count, engine.slots))]
    pictures = [_pictures(chosen) for _ in jobs]
    for job, each in zip(jobs, pictures, strict=True):
        engine.add(job, each)
    begun = time.perf_counter()
    rows = {job.id: Row(job, len(jobs), engine.seconds_left(job.id) or 0.0, begun) for job in jobs}
    while engine.busy:
        for event in engine.step():
            if isinstance(event, Completed):
                rows[event.job].took = time.perf_counter() - begun
            elif not isinstance(event, Stepped):
                raise event.error
    return list(rows.values())


def _job(chosen: random.Random) -> StyleJob:
    recipe = _recipe(chosen)
    return StyleJob(
        id=new_id(),
        recipe=recipe,
        content="0" * 64,
        canvas=scaled((451, 300), recipe.size, 16),
        user="bench",
        bot="bench",
        channel_id=1,
        message_id=1,
    )


def _recipe(chosen: random.Random) -> Recipe:
    wish = Wish(
        styles=[f"{chosen.randrange(16**8):064x}"],
        seed=0,
        size=chosen.choice(_SIZES),
        steps=chosen.choice(_STEPS),
        layers=chosen.choice(_LAYERS),
    )
    recipe = make_recipe(wish, load_settings())
    return recipe.model_copy(update={"optimizer": chosen.choice(("lbfgs", "lbfgs", "adam"))})


def _pictures(chosen: random.Random) -> Pictures:
    style = chosen.choice(sorted(STYLES.glob("*.jpg")))
    return Pictures(_png(PHOTOS / "cat.jpg"), (_png(style),))


def _png(path: Path) -> bytes:
    out = BytesIO()
    Image.open(path).convert("RGB").save(out, "PNG", compress_level=1)
    return out.getvalue()


def _print(rows: list[Row], title: str) -> None:
    table = Table("size", "steps", "optimiser", "jobs at once", "foretold, s", "took, s", "off")
    table.title = title
    for row in rows:
        recipe = row.job.recipe
        table.add_row(
            f"{recipe.size}",
            f"{recipe.steps}",
            recipe.optimizer,
            f"{row.company}",
            f"{row.foretold:.2f}",
            f"{row.took:.2f}",
            f"{row.error:+.0%}",
        )
    errors = [row.error for row in rows]
    near = sum(abs(error) <= _NEAR for error in errors)
    console = Console()
    console.print(table)
    console.print(
        f"{near} of {len(rows)} estimates ({near / len(rows):.0%}) within {_NEAR:.0%}; "
        f"median {statistics.median(errors):+.0%}"
    )


def main() -> None:
    """Measure on this machine."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.estimates", description=__doc__)
    parser.add_argument("--jobs", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    measure(wanted.jobs, wanted.seed)


if __name__ == "__main__":
    main()
