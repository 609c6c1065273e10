"""The sheets of docs/presets.md: each preset in its own style on each sample photograph.

python -m benchmarks.presets [--backbone NAME ...] [--size PX] [--only PRESET ...] [--out FOLDER]
"""

import argparse
from pathlib import Path

from PIL import Image
from rich.console import Console
from rich.progress import track

from benchmarks.gallery import painted
from benchmarks.tuning import Cell, save, sheet
from config import Settings, load_settings
from engine.backbones import Backbone, load_backbone
from engine.runner import pick_device
from jobs.presets import Preset, load_presets
from samples import PHOTOS, STYLES

WIDTH = 220


def cells(
    presets: list[Preset], photos: list[Path], backbone: Backbone, settings: Settings, size: int
) -> list[Cell]:
    """The photos, and then a row for each preset."""
    found = [Cell(Image.open(photo).convert("RGB"), photo.stem) for photo in photos]
    pairs = [(preset, photo) for preset in presets for photo in photos]
    for preset, photo in track(pairs, backbone.name, console=Console(stderr=True)):
        picture = painted(photo, preset.name, backbone, settings, size)
        found.append(Cell(picture, f"{preset.title} · {photo.stem}"))
    return found


def main() -> None:
    """Paint a sheet for each backbone."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.presets", description=__doc__)
    parser.add_argument("--backbone", nargs="+", default=["squeezenet1_0", "vgg19_original"])
    parser.add_argument("--size", type=int, default=256, help="long side of a painting, px")
    parser.add_argument("--only", nargs="+", help="names of presets")
    parser.add_argument("--out", type=Path, default=Path("docs/pictures"))
    wanted = parser.parse_args()
    settings = load_settings()
    presets = [
        preset
        for preset in load_presets(settings.presets_file, STYLES).all
        if preset.picture and (not wanted.only or preset.name in wanted.only)
    ]
    photos = sorted(PHOTOS.glob("*.jpg"))
    device = pick_device(settings.engine)
    for name in wanted.backbone:
        backbone = load_backbone(name, settings.engine, device)
        page = sheet(cells(presets, photos, backbone, settings, wanted.size), WIDTH)
        save(page, wanted.out / f"presets-{backbone.name}.jpg")


if __name__ == "__main__":
    main()
