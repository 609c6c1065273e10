"""Painting for the benchmarks: in this thread, as quick as the device can."""

from collections.abc import Sequence

from PIL import Image

from engine.backbones import Backbone
from engine.nst.captured import Captures
from engine.nst.transfer import Transfer
from jobs.recipe import Recipe


class Brush:
    """Paints with one backbone; on a GPU, what it has captured serves the next painting, too."""

    def __init__(self, backbone: Backbone) -> None:
        self.backbone = backbone
        self._captures = Captures() if backbone.device.captures else None

    def paint(
        self, recipe: Recipe, content: Image.Image, styles: Sequence[Image.Image]
    ) -> Image.Image:
        """The finished painting, before colours of the photo are laid over it."""
        transfer = Transfer(recipe, content, list(styles), self.backbone, captures=self._captures)
        while not transfer.done:
            transfer.step(self.backbone.device.stride)
        return transfer.picture()
