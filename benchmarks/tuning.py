"""The pictures of docs/tuning.md: each style layer alone, and weights up and down.

python -m benchmarks.tuning [--backbone NAME] [--size PX] [--out docs/pictures]
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from benchmarks.brush import Brush
from config import Settings, load_settings
from engine.backbones import Backbone, load_backbone
from engine.runner import pick_device
from jobs.layers import layers_of
from jobs.request import Wish, make_recipe
from samples import PHOTOS, STYLES

PHOTO, STYLE = "cat", "flow"
COLUMNS = 4
_MARGIN, _LINE = 8, 22
_MOST_BYTES = 400_000
_QUALITIES = (90, 85, 80, 75, 70, 60, 50)


@dataclass(frozen=True)
class Cell:
    """A picture of a sheet and the words below it."""

    picture: Image.Image
    words: str


class Easel:
    """Paints one photo in one style, with whatever is wished otherwise."""

    def __init__(self, backbone: Backbone, settings: Settings, size: int) -> None:
        self._backbone, self._settings, self._size = backbone, settings, size
        self._brush = Brush(backbone)
        self.photo = Image.open(PHOTOS / f"{PHOTO}.jpg").convert("RGB")
        self.style = Image.open(STYLES / f"{STYLE}.jpg").convert("RGB")

    @property
    def style_layers(self) -> dict[str, float]:
        """The backbone's own, with their weights."""
        own: dict[str, float] = self._settings.recipes[self._name].style_layers
        return own

    @property
    def tv_weight(self) -> float:
        """The backbone's own."""
        own: float = self._settings.recipes[self._name].tv_weight
        return own

    @property
    def layers(self) -> tuple[str, ...]:
        """All that the backbone has."""
        return layers_of(self._backbone.name)

    def painted(self, **wishes: Any) -> Image.Image:
        """The photo in the style."""
        wish = Wish(
            backbone=self._backbone.name, size=self._size, styles=["0" * 64], seed=1, **wishes
        )
        recipe = make_recipe(wish, self._settings)
        return self._brush.paint(recipe, self.photo, [self.style])

    def weighted(self, layers: Mapping[str, float]) -> Image.Image:
        """The photo in the style, with these layers and weights."""
        weights = ",".join(f"{weight:g}" for weight in layers.values())
        return self.painted(layers=",".join(layers), weights=weights)

    @property
    def _name(self) -> Any:
        return self._backbone.name


def each_layer(easel: Easel) -> list[Cell]:
    """Photo, style, all layers of the recipe together, and then every layer by itself."""
    return [
        Cell(easel.photo, "the photo"),
        Cell(_cropped(easel.style, easel.photo.size), "the painting"),
        Cell(easel.painted(), "the recipe's layers together"),
        *(Cell(easel.painted(layers=layer), layer) for layer in easel.layers),
    ]


def weights(easel: Easel) -> list[Cell]:
    """Four rows: less, a little less, more and much more of one thing."""
    own = easel.style_layers
    early, late = list(own)[:2], list(own)[-2:]
    cells = [
        Cell(easel.painted(strength=strength), f"strength {strength:g}")
        for strength in (0.1, 0.3, 3.0, 10.0)
    ]
    for names in (early, late):
        for factor in (0.0, 0.3, 3.0, 10.0):
            changed = {
                name: weight * (factor if name in names else 1.0) for name, weight in own.items()
            }
            cells.append(Cell(easel.weighted(changed), f"{', '.join(names)} times {factor:g}"))
    for factor in (0, 4, 20, 100):
        tv = easel.tv_weight * factor
        cells.append(Cell(easel.painted(tv=tv), f"smoothness (tv) {tv:g}"))
    return cells


def sheet(cells: Sequence[Cell], width: int, columns: int = COLUMNS) -> Image.Image:
    """Cells of this width in rows, the words below each."""
    small = [_narrowed(cell.picture, width) for cell in cells]
    height = max(picture.height for picture in small) + _LINE
    rows = -(-len(cells) // columns)
    page = Image.new(
        "RGB", (columns * (width + _MARGIN) - _MARGIN, rows * (height + _MARGIN)), "white"
    )
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(13)
    for number, (cell, picture) in enumerate(zip(cells, small, strict=True)):
        row, column = divmod(number, columns)
        left, top = column * (width + _MARGIN), row * (height + _MARGIN)
        page.paste(picture, (left, top))
        draw.text((left, top + picture.height + 3), cell.words, fill="black", font=font)
    return page


def _cropped(picture: Image.Image, like: tuple[int, int]) -> Image.Image:
    """The top of a picture, in the aspect of `like`."""
    return picture.crop((0, 0, picture.width, round(picture.width * like[1] / like[0])))


def _narrowed(picture: Image.Image, width: int) -> Image.Image:
    height = round(picture.height * width / picture.width)
    return picture.resize((width, height), Image.Resampling.LANCZOS)


def save(page: Image.Image, path: Path, most_bytes: int = _MOST_BYTES) -> None:
    """As a JPEG within 400 KB, unless told otherwise."""
    for quality in _QUALITIES:
        page.save(path, quality=quality)
        if path.stat().st_size <= most_bytes:
            break
    print(path)


def main() -> None:
    """Paint both sheets."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tuning", description=__doc__)
    parser.add_argument("--backbone", default=None, help="the default is the settings' own")
    parser.add_argument("--size", type=int, default=192, help="long side of a painting, px")
    parser.add_argument("--out", type=Path, default=Path("docs/pictures"))
    wanted = parser.parse_args()
    settings = load_settings()
    name = wanted.backbone or settings.engine.backbone
    backbone = load_backbone(name, settings.engine, pick_device(settings.engine))
    easel = Easel(backbone, settings, wanted.size)
    wanted.out.mkdir(parents=True, exist_ok=True)
    save(sheet(each_layer(easel), wanted.size), wanted.out / "layers.jpg")
    save(sheet(weights(easel), wanted.size), wanted.out / "weights.jpg")


if __name__ == "__main__":
    main()
