"""The same objective written plainly: autograd through everything, Adam on the pixels."""

from collections.abc import Mapping

import torch
from torch import Tensor

from engine.backbones import Backbone
from jobs.recipe import Recipe


class Straightforward:
    """Gatys' loop as a tutorial has it, for one content picture and one style at one scale."""

    def __init__(self, recipe: Recipe, content: Tensor, style: Tensor, backbone: Backbone) -> None:
        """`content` and `style` are (1, 3, H, W) in [0, 1]."""
        self.recipe, self.backbone = recipe, backbone
        self.layers = [pair.layer for pair in (*recipe.content_layers, *recipe.style_layers)]
        with torch.no_grad():
            self.content = backbone.features(content, self.layers)
            self.style = {
                name: _gram(features)
                for name, features in backbone.features(style, self.layers).items()
            }
        self.image = content.clone().requires_grad_()
        self.optimizer = torch.optim.Adam([self.image], lr=0.03)

    def step(self) -> float:
        """One step of Adam; the loss before it."""
        self.optimizer.zero_grad()
        loss = self._loss(self.backbone.features(self.image, self.layers))
        loss.backward()  # type: ignore[no-untyped-call]  # torch gives it no types
        self.optimizer.step()
        with torch.no_grad():
            self.image.clamp_(0, 1)
        return float(loss.detach())

    def _loss(self, features: Mapping[str, Tensor]) -> Tensor:
        recipe = self.recipe
        loss = torch.zeros(())
        for pair in recipe.content_layers:
            target = self.content[pair.layer]
            difference = (features[pair.layer] - target).square().mean()
            loss = loss + recipe.content_weight * difference / target.square().mean()
        whole = sum(pair.weight for pair in recipe.style_layers)
        for pair in recipe.style_layers:
            target = self.style[pair.layer]
            distance = (_gram(features[pair.layer]) - target).square().sum() / target.square().sum()
            weight = recipe.style_weight * recipe.strength * pair.weight / whole
            loss = loss + weight * distance
        across = (self.image[..., 1:] - self.image[..., :-1]).square().mean()
        down = (self.image[..., 1:, :] - self.image[..., :-1, :]).square().mean()
        return loss + recipe.tv_weight * (across + down)


def _gram(features: Tensor) -> Tensor:
    """G = F F^T / (h w), (B, C, C)."""
    flat = features.flatten(2)
    return flat @ flat.transpose(1, 2) / flat.shape[-1]
