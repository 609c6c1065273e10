"""A finished painting and how it came about."""

from dataclasses import dataclass

from PIL import Image

from jobs.events import Losses
from jobs.recipe import Recipe
from pictures.encode import Encoded, Format, encode


@dataclass(frozen=True)
class Painted:
    """A finished painting."""

    image: Image.Image
    recipe: Recipe
    """As painted."""
    losses: Losses
    initial_losses: Losses
    seconds: float
    device: str
    note: str
    """What differs from what was asked, in sentences; empty if nothing."""

    def encode(self, limit_bytes: int | None, prefer: Format = "png") -> Encoded:
        """The picture's file, with its recipe inside. Raises CannotFit."""
        recipe = self.recipe.model_dump_json()
        return encode(self.image, limit_bytes=limit_bytes, recipe_json=recipe, prefer=prefer)
