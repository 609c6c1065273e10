"""Judging a painting with a network that did not paint it."""

from dataclasses import dataclass
from statistics import fmean

import torch
from PIL import Image

from engine.backbones import Backbone
from engine.nst.losses import ContentLoss, StyleLoss, gram
from engine.nst.tensors import flattened, to_tensor
from pictures.sizes import scaled

STYLE_LAYERS = {
    "squeezenet": ("relu1", "fire2", "fire3", "fire5", "fire7"),
    "vgg": ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"),
}
CONTENT_LAYER = {"squeezenet": "fire4", "vgg": "relu4_1"}


@dataclass(frozen=True)
class Verdict:
    """Distances of a painting, and the style's distance of the untouched photo; less is better."""

    style: float
    """Mean over the layers of |G - A|^2 / |A|^2."""
    photo_style: float
    content: float
    """Mean squared difference over the photo's mean square."""

    @property
    def style_ratio(self) -> float:
        """What is left of the photo's own distance to the style."""
        return self.style / self.photo_style


def judge(
    painting: Image.Image, content: Image.Image, style: Image.Image, backbone: Backbone
) -> Verdict:
    """Judge an 8-bit `painting`; the originals are resized to its size (the style's long side)."""
    family = "vgg" if backbone.name.startswith("vgg") else "squeezenet"
    style_size = scaled(style.size, max(painting.size), min_side=1)
    photo = flattened(content).resize(painting.size, Image.Resampling.LANCZOS)
    model = flattened(style).resize(style_size, Image.Resampling.LANCZOS)
    wanted = (*STYLE_LAYERS[family], CONTENT_LAYER[family])
    with torch.no_grad():
        ours, photos, models = (
            backbone.features(backbone.device.place(to_tensor(picture)), wanted)
            for picture in (painting, photo, model)
        )
        losses = {name: StyleLoss(gram(models[name])) for name in STYLE_LAYERS[family]}
        content_layer = CONTENT_LAYER[family]
        return Verdict(
            style=fmean(float(losses[name](ours[name])) for name in losses),
            photo_style=fmean(float(losses[name](photos[name])) for name in losses),
            content=float(ContentLoss(photos[content_layer])(ours[content_layer])),
        )
