"""What the engine foretells of memory, and what a painting then really takes at most.

python -m benchmarks.memory [--case NAME:PX ...]

Each painting runs in a process of its own, whose peak is compared with what it had before: resident
memory on a CPU, the allocator's own count on a GPU.
"""

import argparse
import multiprocessing
import resource
import sys

import psutil
import torch
from PIL import Image
from rich.console import Console
from rich.table import Table

from benchmarks.brush import Brush
from config import load_settings
from engine.backbones import load_backbone
from engine.calibration import measure_footprint
from engine.memory import need
from engine.nst.schedule import canvas
from engine.runner import pick_device
from jobs.recipe import Scale
from jobs.request import Wish, make_recipe
from samples import PHOTOS, STYLES

_CASES = ("squeezenet1_0:384", "squeezenet1_0:768", "vgg19_original:256", "vgg19_original:512")
_STEPS = 4


def foretold_and_taken(case: str) -> tuple[float, float]:
    """MiB by the engine's model, and MiB that the process grew by."""
    name, size = case.split(":")
    settings = load_settings()
    backbone = load_backbone(name, settings.engine, pick_device(settings.engine))
    photo = Image.open(PHOTOS / "cat.jpg").convert("RGB")
    style = Image.open(STYLES / "flow.jpg").convert("RGB")
    wish = Wish(backbone=name, styles=["0" * 64], seed=0, size=int(size))
    recipe = make_recipe(wish, settings)
    recipe = recipe.model_copy(update={"scales": (Scale(fraction=1, steps=_STEPS),)})
    foretold = need(measure_footprint(recipe, backbone), recipe, canvas(recipe, photo.size)).whole
    before = _held()
    Brush(backbone).paint(recipe, photo, [style])
    return foretold / 2**20, (_peak() - before) / 2**20


def _held() -> float:
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
        return float(torch.cuda.memory_allocated())
    return float(psutil.Process().memory_info().rss)


def _peak() -> float:
    if torch.cuda.is_available():
        return float(torch.cuda.max_memory_allocated())
    unit = 1 if sys.platform == "darwin" else 1024
    return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit)


def main() -> None:
    """Measure on this machine."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=__doc__)
    parser.add_argument("--case", nargs="+", default=_CASES, help="network:px")
    wanted = parser.parse_args()
    table = Table("network, long side", "foretold, MiB", "taken, MiB", "ratio")
    context = multiprocessing.get_context("spawn")
    for case in wanted.case:
        with context.Pool(1) as process:
            foretold, taken = process.apply(foretold_and_taken, (case,))
        row = (f"{foretold:.0f}", f"{taken:.0f}", f"{taken / foretold:.2f}")
        table.add_row(case.replace(":", ", "), *row)
    Console().print(table)


if __name__ == "__main__":
    main()
