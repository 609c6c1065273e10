"""Judging a painting with a network that did not paint it."""

from dataclasses import dataclass
from statistics import fmean

import torch
from PIL import Image
from torch import Tensor

from benchmarks.quality.cfsd import cfsd
from benchmarks.quality.pairs import Pair
from engine.backbones import Backbone
from engine.nst.losses import ContentLoss, StyleLoss, gram
from engine.nst.tensors import to_tensor
from pictures.sizes import scaled

STYLE_LAYERS = {
    "squeezenet": ("relu1", "fire2", "fire3", "fire5", "fire7"),
    "vgg": ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"),
}
CONTENT_LAYER = {"squeezenet": "fire4", "vgg": "relu4_1"}
PATCH_LAYER = {"squeezenet": "fire3", "vgg": "relu3_1"}
"""Where CFSD compares patches: a quarter as wide as the picture."""


@dataclass(frozen=True)
class Verdict:
    """Distances of a painting; less is better."""

    style: float
    """Mean over the layers of |G - A|^2 / |A|^2."""
    content: float
    """Mean squared difference over the photo's mean square."""
    cfsd: float


@dataclass(frozen=True)
class _Originals:
    """What a pair looks like to the judge, at one size."""

    photo: dict[str, Tensor]
    style: dict[str, StyleLoss]


class Judge:
    """A network that looks at finished, clamped 8-bit pictures."""

    def __init__(self, backbone: Backbone) -> None:
        self.backbone = backbone
        family = "vgg" if backbone.name.startswith("vgg") else "squeezenet"
        self._style_layers = STYLE_LAYERS[family]
        self._content_layer, self._patch_layer = CONTENT_LAYER[family], PATCH_LAYER[family]
        self._seen: tuple[Pair, tuple[int, int], _Originals] | None = None

    def verdict(self, painting: Image.Image, pair: Pair) -> Verdict:
        """Of a `painting`; the originals are resized to its size (the style's long side)."""
        originals = self._originals(pair, painting.size)
        ours = self._features(painting)
        photo = originals.photo
        return Verdict(
            style=fmean(float(loss(ours[name])) for name, loss in originals.style.items()),
            content=float(ContentLoss(photo[self._content_layer])(ours[self._content_layer])),
            cfsd=cfsd(ours[self._patch_layer], photo[self._patch_layer]),
        )

    def _originals(self, pair: Pair, size: tuple[int, int]) -> _Originals:
        """Kept until another pair or size comes."""
        if self._seen is None or self._seen[:2] != (pair, size):
            photo, style = pair.opened()
            style = style.resize(
                scaled(style.size, max(size), min_side=1), Image.Resampling.LANCZOS
            )
            models = self._features(style)
            self._seen = (
                pair,
                size,
                _Originals(
                    self._features(photo.resize(size, Image.Resampling.LANCZOS)),
                    {name: StyleLoss(gram(models[name])) for name in self._style_layers},
                ),
            )
        return self._seen[2]

    def _features(self, picture: Image.Image) -> dict[str, Tensor]:
        wanted = {*self._style_layers, self._content_layer, self._patch_layer}
        with torch.no_grad():
            return self.backbone.features(
                self.backbone.device.place(to_tensor(picture)), sorted(wanted)
            )
