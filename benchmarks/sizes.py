"""The sheets of docs/sizes.md: one recipe at 256, 512 and 1024 px, and a part of each as it is.

python -m benchmarks.sizes [--backbone NAME ...] [--sizes PX ...] [--pairs PHOTO:STYLE ...]
                           [--out FOLDER]
"""

import argparse
from pathlib import Path

from PIL import Image
from rich.console import Console
from rich.progress import track

from benchmarks.brush import Brush
from benchmarks.tuning import Cell, save, sheet
from config import Settings, load_settings
from engine.backbones import load_backbone
from engine.runner import pick_device
from jobs.request import Wish, make_recipe
from samples import PHOTOS, STYLES

PAIRS = ("astronaut:flow", "cat:waves", "coffee:mosaic", "rocket:ink", "astronaut:woodcut")
"""A portrait, an animal, a still life and a view; painterly, graphic and fine styles."""
_WIDTH, _CROP = 256, 256


def painted(photo: Path, style: Path, brush: Brush, settings: Settings, size: int) -> Image.Image:
    """By the backbone's own recipe."""
    wish = Wish(backbone=brush.backbone.name, styles=["0" * 64], seed=1, size=size)
    content, model = (Image.open(path).convert("RGB") for path in (photo, style))
    return brush.paint(make_recipe(wish, settings), content, [model])


def row(pair: str, sizes: list[int], brush: Brush, settings: Settings) -> list[Cell]:
    """The painting at each size as a whole, and the middle of each, pixel for pixel."""
    photo, style = pair.split(":")
    each = [
        painted(PHOTOS / f"{photo}.jpg", STYLES / f"{style}.jpg", brush, settings, size)
        for size in sizes
    ]
    whole = [
        Cell(picture, f"{photo} · {style}, {size} px")
        for picture, size in zip(each, sizes, strict=True)
    ]
    return whole + [Cell(_middle(picture), "as it is") for picture in each]


def _middle(picture: Image.Image) -> Image.Image:
    width, height = (min(side, _CROP) for side in picture.size)
    left, top = (picture.width - width) // 2, (picture.height - height) // 3
    return picture.crop((left, top, left + width, top + height))


def main() -> None:
    """Paint a sheet for each backbone."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sizes", description=__doc__)
    parser.add_argument("--backbone", nargs="+", default=["squeezenet1_0", "vgg19_original"])
    parser.add_argument("--sizes", type=int, nargs="+", default=[256, 512, 1024], help="px")
    parser.add_argument("--pairs", nargs="+", default=PAIRS)
    parser.add_argument("--out", type=Path, default=Path("docs/pictures"))
    wanted = parser.parse_args()
    settings = load_settings()
    device = pick_device(settings.engine)
    for name in wanted.backbone:
        backbone = load_backbone(name, settings.engine, device)
        brush, cells = Brush(backbone), []
        for pair in track(wanted.pairs, name, console=Console(stderr=True)):
            cells += row(pair, wanted.sizes, brush, settings)
        page = sheet(cells, _WIDTH, columns=2 * len(wanted.sizes))
        save(page, wanted.out / f"sizes-{backbone.name}.jpg", most_bytes=600_000)


if __name__ == "__main__":
    main()
