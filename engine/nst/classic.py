"""The classic mode: style transfer exactly as the CS231n assignment does it.

Pictures, losses and the clamp live in the colours that the network was trained on (ImageNet's mean
and deviation), the losses are sums, and the optimiser is Adam on the pixels at a very high rate.
"""

from collections.abc import Callable

import torch
from PIL import Image
from torch import Tensor

from engine.backbones import Backbone
from engine.nst.objective import Parts, factors
from engine.nst.schedule import canvas
from engine.nst.tensors import flattened, to_picture, to_tensor
from engine.nst.transfer import Frame
from jobs.events import Losses
from jobs.recipe import Classic, Mode, Recipe
from pictures.sizes import by_shorter_side

_FLAT = 1 / 255
"""Colours within this much are one colour, and what differs in them is rounding."""


def preprocess(picture: Image.Image, size: tuple[int, int], backbone: Backbone) -> Tensor:
    """A picture at `size` (width, height) in normalised colours, (1, 3, H, W).

    Pillow's bilinear filter, which torchvision's Resize takes for Pillow's pictures.
    """
    image = flattened(picture)
    if image.size != size:
        image = image.resize(size, Image.Resampling.BILINEAR)
    return backbone.normalised(backbone.device.place(to_tensor(image)))


def deprocess(normalised: Tensor, backbone: Backbone) -> Image.Image:
    """The assignment's way back to a picture: its colours are stretched over the whole range.

    Clamped colours reach only some two thirds of it and would look faded.
    """
    image = backbone.denormalised(normalised)
    low, high = image.min(), image.max()
    return to_picture((image - low) / (high - low) if high - low > _FLAT else image)


def gram(features: Tensor) -> Tensor:
    """F F^T / (C h w) of features (B, C, h, w): (B, C, C)."""
    flat = features.flatten(2)  # (B, C, h*w)
    return flat @ flat.mT / flat[0].numel()


def tv_loss(images: Tensor) -> Tensor:
    """(B,): the sum of squared differences of neighbours, down plus across, of (B, 3, H, W)."""
    down = images[..., 1:, :] - images[..., :-1, :]
    across = images[..., :, 1:] - images[..., :, :-1]
    return _square_sum(down) + _square_sum(across)


def _square_sum(differences: Tensor) -> Tensor:
    """(B,)."""
    return differences.square().flatten(1).sum(dim=1)


class ClassicObjective:
    """The assignment's losses, each a sum of squares times its weight as it is."""

    def __init__(self, recipe: Recipe, backbone: Backbone, content: Tensor, style: Tensor) -> None:
        """`content` (1, 3, H, W) and `style` (1, 3, h, w) in normalised colours."""
        self._backbone = backbone
        self._content_factors = factors(recipe.content_layers, recipe.content_weight)
        self._style_factors = factors(recipe.style_layers, recipe.style_weight)
        self._tv_weight = recipe.tv_weight
        self._layers = frozenset(self._content_factors) | frozenset(self._style_factors)
        with torch.no_grad():
            self._content = backbone.plain_features(content, self._content_factors)
            seen = backbone.plain_features(style, self._style_factors)
            self._style = {name: gram(features) for name, features in seen.items()}

    def __call__(self, images: Tensor) -> Parts:
        """The parts for pictures (B, 3, H, W) in normalised colours."""
        features = self._backbone.plain_features(images, self._layers)
        content = style = images.new_zeros(len(images))
        for name, factor in self._content_factors.items():
            content = content + factor * _square_sum(features[name] - self._content[name])
        for name, factor in self._style_factors.items():
            style = style + factor * _square_sum(gram(features[name]) - self._style[name])
        return Parts(content, style, self._tv_weight * tv_loss(images))


class ClassicTransfer:
    """A classic painting in progress: call `step` until `done`, then take `picture`."""

    def __init__(
        self,
        recipe: Recipe,
        content: Image.Image,
        styles: list[Image.Image],
        backbone: Backbone,
        init: Image.Image | None = None,
    ) -> None:
        """`styles` is the one style; `init` is None, since the mode starts from the content."""
        assert recipe.mode is Mode.CLASSIC
        assert recipe.classic is not None
        assert recipe.backbone == backbone.name
        assert init is None
        (style,) = styles
        self.recipe, self.backbone = recipe, backbone
        self._classic: Classic = recipe.classic
        self.image = preprocess(content, canvas(recipe, content.size), backbone)
        """The picture now, (1, 3, H, W) in normalised colours."""
        style_size = by_shorter_side(style.size, self._classic.style_side)
        target = preprocess(style, style_size, backbone)
        self._objective = ClassicObjective(recipe, backbone, self.image, target)
        self.initial_losses: Losses = self._measure()
        """Before the first step."""
        self._optimiser = self._adam(recipe.learning_rate)
        self.steps_made = 0

    @property
    def done(self) -> bool:
        """Whether all steps are made."""
        return self.steps_made == self.recipe.steps

    def step(self, most: int = 1) -> Frame:
        """One step of the assignment's loop, at `most`; `steps_made` is its `t`."""
        assert most >= 1
        image = self.image.requires_grad_()
        parts = self._objective(image)
        (image.grad,) = torch.autograd.grad(parts.total.sum(), image)
        if self.steps_made == self._classic.late_from:
            self._optimiser = self._adam(self._classic.late_rate)
        self._optimiser.step()
        if self.steps_made < self._classic.clamp_until:
            image.detach().clamp_(-self._classic.clamp, self._classic.clamp)
        self.steps_made += 1
        return Frame(self.steps_made, self.recipe.steps, parts.of(0), scale=1, scales=1)

    def picture(self) -> Image.Image:
        """The picture now, 8-bit RGB."""
        return deprocess(self.image.detach(), self.backbone)

    def moment(self) -> Callable[[], Image.Image]:
        """What gives `picture` as it is at this moment."""
        picture = self.picture()
        return lambda: picture

    def finished_losses(self) -> Losses:
        """Of the picture as the last step left it, before it is stretched and made 8-bit."""
        return self._measure()

    def _adam(self, rate: float) -> torch.optim.Adam:
        return torch.optim.Adam([self.image], lr=rate)

    def _measure(self) -> Losses:
        with torch.no_grad():
            return self._objective(self.image).of(0)
