"""What a batch is worth: pictures of one size in one pass, against one after the other.

python -m benchmarks.batching [--backbone NAME] [--side PX] [--batches 1 2 4 8] [--rounds N]

Both ways take turns in the same process, so the ratios hold where the machine is shared.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Sequence

from PIL import Image
from rich.console import Console
from rich.table import Table

from config import Settings, load_settings
from engine.backbones import Backbone, load_backbone
from engine.nst.batch import Batch
from engine.nst.transfer import Transfer
from engine.runner import pick_device
from jobs.recipe import Scale
from jobs.request import Wish, make_recipe
from samples import PHOTOS, STYLES


def measure(
    settings: Settings, name: str, sides: Sequence[int], batches: Sequence[int], rounds: int
) -> None:
    """Print pictures' steps a second and the ratio, for each side and size of batch."""
    backbone = load_backbone(name, settings.engine, pick_device(settings.engine))
    table = Table("long side, px", "pictures", "alone, steps/s", "batch, steps/s", "ratio")
    for side in sides:
        for count in batches:
            alone, together = _rates(backbone, settings, side, count, rounds)
            ratio = f"{together / alone:.2f}"
            table.add_row(f"{side}", f"{count}", f"{alone:.1f}", f"{together:.1f}", ratio)
    table.title = f"{backbone.name}, {backbone.device.name}, {rounds} rounds, medians"
    Console().print(table)


def _rates(
    backbone: Backbone, settings: Settings, side: int, count: int, rounds: int
) -> tuple[float, float]:
    """Steps of a picture a second, one after the other and in a batch."""
    apart = [_begun(backbone, settings, side, rounds) for _ in range(count)]
    met = [_begun(backbone, settings, side, rounds) for _ in range(count)]
    batch = Batch(backbone)

    def one_by_one() -> None:
        for transfer in apart:
            transfer.step()

    def together() -> None:
        slopes = batch.slopes([each.image for each in met], [each.targets for each in met])
        for transfer, slope in zip(met, slopes, strict=True):
            transfer.take(slope)

    seconds: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds + 1):
        for kept, way in zip(seconds, (one_by_one, together), strict=True):
            kept.append(_timed(way))
    alone, met_seconds = (statistics.median(each[1:]) for each in seconds)
    return count / alone, count / met_seconds


def _begun(backbone: Backbone, settings: Settings, side: int, rounds: int) -> Transfer:
    wish = Wish(backbone=backbone.name, styles=["0" * 64], seed=0, size=side)
    scales = (Scale(fraction=1, steps=rounds + 1),)
    recipe = make_recipe(wish, settings).model_copy(update={"scales": scales})
    photo, style = (
        Image.open(path).convert("RGB") for path in (PHOTOS / "cat.jpg", STYLES / "flow.jpg")
    )
    return Transfer(recipe, photo, [style], backbone)


def _timed(way: Callable[[], None]) -> float:
    begun = time.perf_counter()
    way()
    return time.perf_counter() - begun


def main() -> None:
    """Measure on this machine."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.batching", description=__doc__)
    parser.add_argument("--backbone", default="squeezenet1_0")
    parser.add_argument("--side", type=int, nargs="+", default=[128, 256])
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--rounds", type=int, default=6)
    wanted = parser.parse_args()
    measure(load_settings(), wanted.backbone, wanted.side, wanted.batches, wanted.rounds)


if __name__ == "__main__":
    main()
