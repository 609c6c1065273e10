"""The README's picture: sample photographs painted by presets, each beside its photo and style.

python -m benchmarks.gallery [--backbone NAME] [--side PX] [--out docs/pictures/paintings.jpg]
"""

import argparse
from pathlib import Path

from PIL import Image

from benchmarks.brush import Brush
from config import Settings, load_settings
from engine.backbones import load_backbone
from engine.runner import pick_device
from jobs.presets import Preset, load_presets
from jobs.recipe import Recipe
from jobs.request import Wish, make_recipe
from pictures.colour import keep_colours
from samples import PHOTOS, STYLES

PAIRS = (
    ("astronaut", "flow"),
    ("cat", "waves"),
    ("coffee", "mosaic"),
    ("coffee", "glass"),
)
_INSET = 0.28
_MARGIN = 10


def painted(
    photo: Path, preset_name: str, brush: Brush, settings: Settings, size: int | None = None
) -> Image.Image:
    """`photo` painted by a preset in its own style, with a long side of `size` px."""
    preset = load_presets(settings.presets_file, STYLES).named(preset_name)
    assert preset.picture is not None
    content, style = Image.open(photo).convert("RGB"), Image.open(preset.picture).convert("RGB")
    recipe = recipe_of(preset, brush.backbone.name, settings, size)
    return keep_colours(brush.paint(recipe, content, [style]), content, recipe.keep_colours)


def recipe_of(preset: Preset, backbone: str, settings: Settings, size: int | None = None) -> Recipe:
    """The recipe that `painted` paints by."""
    wish = Wish(preset=preset, backbone=backbone, styles=["0" * 64], seed=1, size=size)
    return make_recipe(wish, settings)


def card(painting: Image.Image, photo: Image.Image, style: Image.Image, side: int) -> Image.Image:
    """A painting on a white square, with its photo and its style in the lower corners."""
    page = Image.new("RGB", (side, side + round(side * _INSET) + _MARGIN), "white")
    painting = _cropped(painting, side)
    page.paste(painting, (0, 0))
    small = round(side * _INSET)
    for number, picture in enumerate((photo, style)):
        page.paste(_cropped(picture, small), (number * (small + _MARGIN), side + _MARGIN))
    return page


def _cropped(picture: Image.Image, side: int) -> Image.Image:
    short = min(picture.size)
    left, top = (picture.width - short) // 2, (picture.height - short) // 2
    square = picture.crop((left, top, left + short, top + short))
    return square.resize((side, side), Image.Resampling.LANCZOS)


def main() -> None:
    """Paint the pairs and lay them side by side."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gallery", description=__doc__)
    parser.add_argument("--backbone", default="vgg19_original")
    parser.add_argument("--side", type=int, default=360, help="of a painting on the page, px")
    parser.add_argument("--out", type=Path, default=Path("docs/pictures/paintings.jpg"))
    wanted = parser.parse_args()
    settings = load_settings()
    backbone = load_backbone(wanted.backbone, settings.engine, pick_device(settings.engine))
    brush = Brush(backbone)
    cards = []
    for photo_name, preset in PAIRS:
        photo = PHOTOS / f"{photo_name}.jpg"
        painting = painted(photo, preset, brush, settings)
        style = Image.open(STYLES / f"{preset}.jpg")
        cards.append(card(painting, Image.open(photo), style, wanted.side))
    page = Image.new("RGB", ((wanted.side + _MARGIN) * len(cards), cards[0].height), "white")
    for number, each in enumerate(cards):
        page.paste(each, (number * (wanted.side + _MARGIN), 0))
    wanted.out.parent.mkdir(parents=True, exist_ok=True)
    page.save(wanted.out, quality=90)
    print(wanted.out)


if __name__ == "__main__":
    main()
