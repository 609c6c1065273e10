"""Pairs of a photo and a style: those of the project, or others by their files."""

from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from engine.nst.tensors import flattened
from samples import PHOTOS, STYLES


@dataclass(frozen=True)
class Pair:
    """The files of a photo and a style."""

    photo: Path
    style: Path

    @property
    def name(self) -> str:
        """`photo-style`, as records and pictures are called."""
        return f"{self.photo.stem}-{self.style.stem}"

    def opened(self) -> tuple[Image.Image, Image.Image]:
        """Photo and style as RGB, at their own size."""
        with Image.open(self.photo) as photo, Image.open(self.style) as style:
            return flattened(photo).copy(), flattened(style).copy()


def _sample(photo: str, style: str) -> Pair:
    return Pair(PHOTOS / f"{photo}.jpg", STYLES / f"{style}.jpg")


PAIRS = (
    _sample("astronaut", "flow"),
    _sample("astronaut", "woodcut"),
    _sample("astronaut", "mosaic"),
    _sample("cat", "waves"),
    _sample("coffee", "glass"),
    _sample("rocket", "pastel"),
)
"""Three portraits of a person, one of a cat, a still life and a view."""
