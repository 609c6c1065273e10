"""The objective of a batch of pictures: `content_weight C + style_weight S + tv_weight TV`."""

from dataclasses import dataclass

import torch
from torch import Tensor

from engine.backbones import Backbone
from engine.nst.losses import ContentLoss, StyleLoss, blend, gram, tv_loss
from jobs.events import Losses
from jobs.recipe import LayerWeight, Recipe


@dataclass(frozen=True)
class Parts:
    """The three parts, each (B,) and with its weight."""

    content: Tensor
    style: Tensor
    tv: Tensor

    @property
    def total(self) -> Tensor:
        """(B,): what the optimiser makes small."""
        return self.content + self.style + self.tv

    def of(self, picture: int) -> Losses:
        """The numbers of one picture of the batch."""
        content, style, tv = (
            float(part[picture].detach()) for part in (self.content, self.style, self.tv)
        )
        return Losses(content=content, style=style, tv=tv)


class Objective:
    """The weighted losses of one recipe at one size, with their targets."""

    def __init__(self, recipe: Recipe, backbone: Backbone, content: Tensor, styles: list[Tensor]):
        """`content` (B, 3, H, W) and one picture for each of the recipe's styles, in [0, 1]."""
        self._backbone = backbone
        self._content_factors = factors(recipe.content_layers, recipe.content_weight)
        share = sum(layer.weight for layer in recipe.style_layers)
        style_weight = recipe.style_weight * recipe.strength / share
        self._style_factors = factors(recipe.style_layers, style_weight)
        self._tv_weight = recipe.tv_weight
        self._layers = frozenset(self._content_factors) | frozenset(self._style_factors)
        with torch.no_grad():
            features = backbone.features(content, self._content_factors)
            self._content = {name: ContentLoss(target) for name, target in features.items()}
            self._style = self._style_losses(styles, [style.weight for style in recipe.styles])

    def _style_losses(self, styles: list[Tensor], weights: list[float]) -> dict[str, StyleLoss]:
        found: dict[str, list[Tensor]] = {name: [] for name in self._style_factors}
        for style in styles:
            for name, features in self._backbone.features(style, found).items():
                found[name].append(gram(features))
        return {name: StyleLoss(blend(grams, weights)) for name, grams in found.items()}

    def __call__(self, images: Tensor, content_factor: float = 1.0) -> Parts:
        """The parts for pictures (B, 3, H, W); `content_factor` is the scale's."""
        features = self._backbone.features(images, self._layers)
        nothing = images.new_zeros(len(images))
        content = sum(
            (
                self._content[name](features[name]) * factor * content_factor
                for name, factor in self._content_factors.items()
            ),
            nothing,
        )
        style = sum(
            (
                self._style[name](features[name]) * factor
                for name, factor in self._style_factors.items()
            ),
            nothing,
        )
        return Parts(content, style, self._tv_weight * tv_loss(images))

    def measure(self, images: Tensor, content_factor: float = 1.0) -> Parts:
        """The parts, without a way back to the picture."""
        with torch.no_grad():
            return self(images, content_factor)


def factors(layers: tuple[LayerWeight, ...], weight: float) -> dict[str, float]:
    """What each layer's loss is multiplied by; layers that count nothing do not run."""
    return {layer.layer: layer.weight * weight for layer in layers if layer.weight * weight > 0}
