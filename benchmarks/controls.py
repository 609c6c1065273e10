"""The pictures of docs/controls.md: blends, sizes of a style, a mask, colours kept.

python -m benchmarks.controls [--size PX] [--steps N] [--out docs/pictures]

Each is made by the command line, so that the page's commands are what painted its pictures.
"""

import argparse
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image, ImageDraw, ImageFilter

from benchmarks.tuning import Cell, save, sheet
from samples import PHOTOS, STYLES

CAT, COFFEE = PHOTOS / "cat.jpg", PHOTOS / "coffee.jpg"
FLOW, MOSAIC, WAVES = (STYLES / f"{name}.jpg" for name in ("flow", "mosaic", "waves"))
_CUP = ((80, 72, 480, 388), (168, 14, 412, 220))
"""Saucer and cup of the coffee, as ellipses in the photo's px."""


class Easel:
    """Runs the command line, and keeps what it paints in a folder."""

    def __init__(self, folder: Path, size: int, steps: int) -> None:
        self._folder, self._size, self._steps = folder, size, steps
        self.mask = folder / "mask.png"
        _cup().save(self.mask)

    def stylized(self, name: str, *arguments: object) -> Path:
        """What `atelier stylize` makes of these arguments."""
        own = ("--size", self._size, "--steps", self._steps, "--seed", 1)
        return self._run("stylize", name, *arguments, *own)

    def recoloured(self, name: str, *arguments: object) -> Path:
        """What `atelier recolour` makes of these arguments."""
        return self._run("recolour", name, *arguments)

    def _run(self, command: str, name: str, *arguments: object) -> Path:
        out = self._folder / f"{name}.png"
        code = "from cli.main import main; main()"
        words = [command, *map(str, arguments), "-o", str(out)]
        subprocess.run([sys.executable, "-c", code, *words], check=True, stdout=subprocess.PIPE)
        return out


def _cup() -> Image.Image:
    """Where cup and saucer are in the coffee's photo, with a soft edge."""
    with Image.open(COFFEE) as photo:
        mask = Image.new("L", photo.size, 0)
    draw = ImageDraw.Draw(mask)
    for box in _CUP:
        draw.ellipse(box, fill=255)
    return mask.filter(ImageFilter.GaussianBlur(2))


def blends(easel: Easel) -> list[Cell]:
    """Two styles, from one to the other, and one of them at half its size."""
    one, other = easel.stylized("flow", CAT, FLOW), easel.stylized("mosaic", CAT, MOSAIC)
    mixed = easel.stylized("mixed", CAT, FLOW, MOSAIC)
    more = easel.stylized("more", CAT, FLOW, MOSAIC, "--blend", "3,1")
    small = easel.stylized("small", CAT, MOSAIC, "--style-scale", 0.5)
    return [
        _cell(CAT, "the photo"),
        _cell(FLOW, "flow.jpg", like=CAT),
        _cell(MOSAIC, "mosaic.jpg", like=CAT),
        _cell(one, "flow.jpg"),
        _cell(more, "blend 3,1"),
        _cell(mixed, "blend 1,1"),
        _cell(other, "mosaic.jpg"),
        _cell(small, "mosaic.jpg at scale 0.5"),
    ]


def masks(easel: Easel) -> list[Cell]:
    """A style for a region, alone and with another one for the rest."""
    cup = easel.stylized("cup", COFFEE, WAVES, "--mask", easel.mask)
    both = easel.stylized("both", COFFEE, WAVES, MOSAIC, "--mask", easel.mask)
    return [
        _cell(COFFEE, "the photo"),
        _cell(easel.mask, "mask.png"),
        _cell(cup, "waves.jpg in its place"),
        _cell(both, "and mosaic.jpg elsewhere"),
    ]


def colours(easel: Easel) -> list[Cell]:
    """Painted once, and recoloured."""
    painted = easel.stylized("plain", CAT, WAVES)
    cells = [_cell(CAT, "the photo"), _cell(painted, "in waves.jpg, colours kept: 0")]
    for amount in (0.5, 1):
        out = easel.recoloured(f"kept-{amount}", painted, "--photo", CAT, "--keep-colours", amount)
        cells.append(_cell(out, f"colours kept: {amount:g}"))
    return cells


def _cell(path: Path, words: str, like: Path | None = None) -> Cell:
    with Image.open(path) as image:
        picture = image.convert("RGB")
    if like is not None:
        with Image.open(like) as photo:
            height = round(picture.width * photo.height / photo.width)
        picture = picture.crop((0, 0, picture.width, min(height, picture.height)))
    return Cell(picture, words)


SHEETS: dict[str, Callable[[Easel], list[Cell]]] = {
    "masks": masks,
    "colours": colours,
    "blends": blends,
}


def main() -> None:
    """Paint the sheets."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.controls", description=__doc__)
    parser.add_argument("--size", type=int, default=256, help="long side of a painting, px")
    parser.add_argument("--steps", type=int, default=100, help="of each painting")
    parser.add_argument("--out", type=Path, default=Path("docs/pictures"))
    wanted = parser.parse_args()
    wanted.out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder:
        easel = Easel(Path(folder), wanted.size, wanted.steps)
        for name, cells in SHEETS.items():
            save(sheet(cells(easel), wanted.size), wanted.out / f"{name}.jpg")


if __name__ == "__main__":
    main()
