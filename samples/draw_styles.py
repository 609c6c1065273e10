"""Draw the presets' style pictures: `python -m samples.draw_styles [--out DIR] [--size 640]`.

Every picture comes from a seed of its own, so it is the same each time. Brushes, tiles and dots
keep their size in pixels: a smaller picture is a smaller canvas under the same brush.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
from PIL import Image

from samples import (
    STYLES,
    _flow,
    _glass,
    _halftone,
    _ink,
    _mosaic,
    _pastel,
    _waves,
    _woodcut,
)
from samples._fields import Random

SMALLEST: Final = 16
"""Side in pixels under which a picture is smaller than the brushes."""

Draw = Callable[[int, Random], Image.Image]

DRAWINGS: Final[Mapping[str, Draw]] = MappingProxyType(
    {
        "flow": _flow.draw,
        "mosaic": _mosaic.draw,
        "ink": _ink.draw,
        "halftone": _halftone.draw,
        "woodcut": _woodcut.draw,
        "glass": _glass.draw,
        "waves": _waves.draw,
        "pastel": _pastel.draw,
    }
)


def draw(name: str, size: int) -> Image.Image:
    """Draw the style of that name, `size` pixels square; KeyError if there is none."""
    seed = int.from_bytes(name.encode(), "big")
    return DRAWINGS[name](size, np.random.default_rng(seed))


def save(picture: Image.Image, path: Path) -> None:
    """Write a JPEG whose colour is as fine as its light, or thin bright lines would bleed."""
    picture.save(path, quality=92, subsampling="4:4:4")


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw all styles into a folder."""
    parser = argparse.ArgumentParser(prog="python -m samples.draw_styles", description=__doc__)
    parser.add_argument("--out", type=Path, default=STYLES, help="the folder to write to")
    parser.add_argument("--size", type=int, default=640, help="side of each picture in pixels")
    options = parser.parse_args(arguments)
    if options.size < SMALLEST:
        parser.error(f"--size must be {SMALLEST} or more")
    options.out.mkdir(parents=True, exist_ok=True)
    for name in DRAWINGS:
        save(draw(name, options.size), options.out / f"{name}.jpg")


if __name__ == "__main__":
    main()
