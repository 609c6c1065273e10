"""The same objective written plainly: autograd through everything, an optimiser on the pixels."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from config import Settings
from config.settings import OptimizerName
from engine.backbones import Backbone, load_backbone
from engine.networks import EdgeConv
from engine.runner import pick_device
from jobs.recipe import Recipe


def as_torch_has_it(
    settings: Settings, name: str, layout: torch.memory_format = torch.contiguous_format
) -> Backbone:
    """The backbone with torch's own layout and first convolution, as everybody runs it.

    Or in the `layout` of those who know; pictures that are shown to it are to lie like it.
    """
    backbone = load_backbone(name, settings.engine, pick_device(settings.engine))
    layers = backbone.network.features
    for place, layer in enumerate(layers):
        if isinstance(layer, EdgeConv):
            layers[place] = nn.Sequential(nn.ReflectionPad2d(layer.margin), _torchs(layer))
    backbone.network.to(memory_format=layout)  # type: ignore[call-overload]  # documented
    return backbone


def _torchs(conv: nn.Conv2d) -> nn.Conv2d:
    kernel, stride = conv.kernel_size[0], conv.stride[0]
    plain = nn.Conv2d(conv.in_channels, conv.out_channels, kernel, stride)
    plain.weight, plain.bias = conv.weight, conv.bias
    return plain


class Straightforward:
    """Gatys' loop as a tutorial has it, for one content picture and one style at one scale."""

    def __init__(
        self,
        recipe: Recipe,
        content: Tensor,
        style: Tensor,
        backbone: Backbone,
        optimizer: OptimizerName = "adam",
    ) -> None:
        """`content` and `style` are (1, 3, H, W) in [0, 1]."""
        content, style = content.contiguous(), style.contiguous()
        self.recipe, self.backbone = recipe, backbone
        self.layers = [pair.layer for pair in (*recipe.content_layers, *recipe.style_layers)]
        with torch.no_grad():
            self.content = backbone.features(content, self.layers)
            self.style = {
                name: _gram(features)
                for name, features in backbone.features(style, self.layers).items()
            }
        # torch's L-BFGS wants its parameters in the plain format.
        self.image = content.clone(memory_format=torch.contiguous_format).requires_grad_()
        self.optimizer = _optimizer(optimizer, self.image)

    def step(self) -> float:
        """One step, then the clamp; the loss before it."""
        loss = float(self.optimizer.step(self._closure))
        with torch.no_grad():
            self.image.clamp_(0, 1)
        return loss

    def loss(self, image: Tensor) -> Tensor:
        """The objective at a picture (1, 3, H, W) in [0, 1]."""
        recipe = self.recipe
        features = self.backbone.features(image, self.layers)
        loss = self._content(features) + self._style(features)
        across = (image[..., 1:] - image[..., :-1]).square().mean()
        down = (image[..., 1:, :] - image[..., :-1, :]).square().mean()
        return loss + recipe.tv_weight * (across + down)

    def _closure(self) -> float:
        self.optimizer.zero_grad()
        loss = self.loss(self.image)
        loss.backward()  # type: ignore[no-untyped-call]  # torch gives it no types
        return float(loss.detach())

    def _content(self, features: Mapping[str, Tensor]) -> Tensor:
        loss = torch.zeros(())
        for pair in self.recipe.content_layers:
            target = self.content[pair.layer]
            difference = (features[pair.layer] - target).square().mean()
            weight = self.recipe.content_weight * pair.weight
            loss = loss + weight * difference / target.square().mean()
        return loss

    def _style(self, features: Mapping[str, Tensor]) -> Tensor:
        recipe, loss = self.recipe, torch.zeros(())
        whole = sum(pair.weight for pair in recipe.style_layers)
        for pair in recipe.style_layers:
            target = self.style[pair.layer]
            distance = (_gram(features[pair.layer]) - target).square().sum() / target.square().sum()
            weight = recipe.style_weight * recipe.strength * pair.weight / whole
            loss = loss + weight * distance
        return loss


def _optimizer(name: OptimizerName, image: Tensor) -> torch.optim.Optimizer:
    if name == "adam":
        return torch.optim.Adam([image], lr=0.03)
    # A step is one evaluation, and its losses are too small for torch's own tolerances.
    return torch.optim.LBFGS([image], max_iter=1, tolerance_grad=0, tolerance_change=0)


def _gram(features: Tensor) -> Tensor:
    """G = F F^T / (h w), (B, C, C)."""
    flat = features.flatten(2)
    return flat @ flat.transpose(1, 2) / flat.shape[-1]
