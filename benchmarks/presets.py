"""The sheets of docs/presets.md: each preset in its own style on each sample photograph.

python -m benchmarks.presets [--backbone NAME ...] [--size PX] [--only PRESET ...]
                             [--photos NAME ...] [--out FOLDER] [--keep FOLDER]

With --keep a sheet that was interrupted goes on where it was: paintings are kept in the folder, and
one whose recipe has not changed since is not painted again.
"""

import argparse
import hashlib
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from rich.console import Console
from rich.progress import track

from benchmarks.brush import Brush
from benchmarks.gallery import painted, recipe_of
from benchmarks.tuning import Cell, save, sheet
from config import Settings, load_settings
from engine.backbones import load_backbone
from engine.runner import pick_device
from jobs.presets import Preset, load_presets
from samples import PHOTOS, STYLES

WIDTH = 220


@dataclass(frozen=True)
class Painter:
    """Paints photos by presets at one size, each painting once where there is a folder to keep."""

    brush: Brush
    settings: Settings
    size: int
    kept: Path | None

    def paint(self, photo: Path, preset: Preset) -> Image.Image:
        """`photo` painted by `preset` in its own style."""
        if self.kept is None:
            return self._painted(photo, preset)
        file = self.kept / f"{self._key(photo, preset)}.png"
        if not file.exists():
            self.kept.mkdir(parents=True, exist_ok=True)
            self._painted(photo, preset).save(file)
        with Image.open(file) as picture:
            return picture.convert("RGB")

    def _painted(self, photo: Path, preset: Preset) -> Image.Image:
        return painted(photo, preset.name, self.brush, self.settings, self.size)

    def _key(self, photo: Path, preset: Preset) -> str:
        """What decides the painting, with names that people can read before it."""
        assert preset.picture is not None
        recipe = recipe_of(preset, self.brush.backbone.name, self.settings, self.size)
        digest = hashlib.sha256(recipe.model_dump_json().encode())
        digest.update(photo.read_bytes() + preset.picture.read_bytes())
        return f"{self.brush.backbone.name}-{preset.name}-{photo.stem}-{digest.hexdigest()[:16]}"


def cells(presets: list[Preset], photos: list[Path], painter: Painter) -> list[Cell]:
    """The photos, and then a row for each preset."""
    found = [Cell(Image.open(photo).convert("RGB"), photo.stem) for photo in photos]
    pairs = [(preset, photo) for preset in presets for photo in photos]
    for preset, photo in track(pairs, painter.brush.backbone.name, console=Console(stderr=True)):
        found.append(Cell(painter.paint(photo, preset), f"{preset.title} · {photo.stem}"))
    return found


def main() -> None:
    """Paint a sheet for each backbone."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.presets",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--backbone", nargs="+", default=["squeezenet1_0", "vgg19_original"])
    parser.add_argument("--size", type=int, default=256, help="long side of a painting, px")
    parser.add_argument("--only", nargs="+", help="names of presets")
    parser.add_argument("--photos", nargs="+", help="names of sample photographs")
    parser.add_argument("--out", type=Path, default=Path("docs/pictures"))
    parser.add_argument("--keep", type=Path, help="a folder for paintings to go on from")
    wanted = parser.parse_args()
    settings = load_settings()
    presets = [
        preset
        for preset in load_presets(settings.presets_file, STYLES).all
        if preset.picture and (not wanted.only or preset.name in wanted.only)
    ]
    photos = [
        photo
        for photo in sorted(PHOTOS.glob("*.jpg"))
        if not wanted.photos or photo.stem in wanted.photos
    ]
    device = pick_device(settings.engine)
    for name in wanted.backbone:
        backbone = load_backbone(name, settings.engine, device)
        painter = Painter(Brush(backbone), settings, wanted.size, wanted.keep)
        page = sheet(cells(presets, photos, painter), WIDTH)
        save(page, wanted.out / f"presets-{backbone.name}.jpg")


if __name__ == "__main__":
    main()
