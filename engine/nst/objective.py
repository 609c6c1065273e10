"""The objective of a batch of pictures: `content_weight C + style_weight S + tv_weight TV`."""

from collections.abc import Hashable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from typing import TypeVar

import torch
from torch import Tensor

from engine.backbones import Backbone
from engine.nst.losses import ContentLoss, LayerLoss, StyleLoss, blend, tv_loss
from engine.nst.regions import RegionLoss, region_losses
from engine.nst.taps import masks, tapped
from engine.streams import borrowed
from jobs.events import Losses
from jobs.recipe import LayerWeight, Recipe

K = TypeVar("K", bound=Hashable)
L = TypeVar("L", bound=LayerLoss)


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
        return self.each()[picture]

    def each(self) -> list[Losses]:
        """The numbers of each picture; the device is asked once."""
        numbers = torch.stack([self.content, self.style, self.tv], dim=1).detach().tolist()
        return [Losses(content=content, style=style, tv=tv) for content, style, tv in numbers]


@dataclass(frozen=True, eq=False)
class Targets:
    """What one picture is painted towards at one scale, a loss a layer, with the recipe's weights.

    Compared by identity: they are large, and made once.
    """

    content: Mapping[str, ContentLoss]
    style: Mapping[str, StyleLoss]
    tv_weight: float
    regions: Mapping[tuple[str, int], RegionLoss] = field(default_factory=dict)
    """In place of `style` where styles have regions, by layer and number of the region."""

    @property
    def nbytes(self) -> int:
        """What they take on their device."""
        each = (*self.content.values(), *self.style.values(), *self.regions.values())
        return sum(loss.nbytes for loss in each)

    def at_scale(self, content_factor: float) -> "Targets":
        """The same, with the content counting `content_factor` as much."""
        if content_factor == 1:
            return self
        content = {name: loss.times(content_factor) for name, loss in self.content.items()}
        return replace(self, content=content)


def content_factors(recipe: Recipe) -> dict[str, float]:
    """What each content layer's loss is multiplied by."""
    return factors(recipe.content_layers, recipe.content_weight)


def style_factors(recipe: Recipe) -> dict[str, float]:
    """What each style layer's loss is multiplied by; the layers' weights add up to 1."""
    share = sum(layer.weight for layer in recipe.style_layers)
    return factors(recipe.style_layers, recipe.style_weight * recipe.strength / share)


def make_targets(
    recipe: Recipe,
    backbone: Backbone,
    content: Tensor,
    grams: Sequence[Mapping[str, Tensor]],
    regions: Tensor | None = None,
) -> Targets:
    """The targets for a content picture (1, 3, H, W) in [0, 1].

    `grams` has the Gram matrices (1, C, C) of each of the recipe's styles, a style layer; `regions`
    (1, R, H, W) in [0, 1] the places of the recipe's regions, if it has masks.
    """
    for_content, for_style = content_factors(recipe), style_factors(recipe)
    with torch.no_grad():
        seen = for_content if regions is None else for_content | for_style
        features = backbone.features(content, seen)
    contents = {name: ContentLoss(features[name], factor) for name, factor in for_content.items()}
    targets = {name: blended(recipe, [each[name] for each in grams]) for name in for_style}
    if regions is None:
        styles = {name: StyleLoss(targets[name][0], factor) for name, factor in for_style.items()}
        return Targets(contents, styles, recipe.tv_weight)
    by_region = {
        (name, number): loss
        for name, factor in for_style.items()
        for number, loss in enumerate(
            region_losses(targets[name], regions, _size(features[name]), factor)
        )
    }
    return Targets(contents, {}, recipe.tv_weight, by_region)


def blended(recipe: Recipe, grams: Sequence[Tensor]) -> list[Tensor]:
    """The blend of each region's styles; a recipe without masks has one region."""
    return [
        blend([grams[style] for style in region], [recipe.styles[style].weight for style in region])
        for region in recipe.regions
    ]


def _size(features: Tensor) -> tuple[int, int]:
    return features.shape[2], features.shape[3]


class Objective:
    """The weighted losses of a batch, in which each picture has targets of its own."""

    def __init__(self, backbone: Backbone, targets: Sequence[Targets]) -> None:
        """`targets` of pictures of one canvas; a loss that one lacks counts nothing for it."""
        self._backbone = backbone
        self._content = _stacked([each.content for each in targets])
        self._style = _stacked([each.style for each in targets])
        self._regions = _stacked([each.regions for each in targets])
        self._tv_weights = backbone.device.place(
            torch.tensor([each.tv_weight for each in targets], dtype=torch.float64)
        )

    @classmethod
    def room_for(cls, places: int, backbone: Backbone, like: Sequence[Targets]) -> "Objective":
        """Of so many pictures that count nothing yet, with all layers that `like` have."""
        found = cls(backbone, [])
        found._content = _rooms([each.content for each in like], places)
        found._style = _rooms([each.style for each in like], places)
        found._regions = _rooms([each.regions for each in like], places)
        found._tv_weights = backbone.device.place(torch.zeros(places))
        return found

    @property
    def nbytes(self) -> int:
        """What the targets take on their device."""
        each = (*self._content.values(), *self._style.values(), *self._regions.values())
        return sum(loss.nbytes for loss in each)

    @property
    def _layers(self) -> frozenset[str]:
        return frozenset((*self._content, *self._style, *(name for name, _ in self._regions)))

    def has_room_for(self, targets: Targets) -> bool:
        """Whether the losses of `targets` are among these, with as many regions."""
        return (
            targets.content.keys() <= self._content.keys()
            and targets.style.keys() <= self._style.keys()
            and targets.regions.keys() <= self._regions.keys()
            and _regions_of(targets.regions) == _regions_of(self._regions)
        )

    def first(self, places: int) -> "Objective":
        """That of the first so many pictures, in the same memory."""
        part = copy(self)
        part._content = {name: loss.first(places) for name, loss in self._content.items()}
        part._style = {name: loss.first(places) for name, loss in self._style.items()}
        part._regions = {key: loss.first(places) for key, loss in self._regions.items()}
        part._tv_weights = self._tv_weights[:places]
        return part

    def put_(self, place: int, targets: Targets | None) -> None:
        """From now on the picture at `place` is painted towards `targets`; None counts nothing."""
        here = slice(place, place + 1)
        pairs: list[tuple[Tensor, Tensor]] = []
        nothing: list[Tensor] = []

        def put(room: LayerLoss, own: LayerLoss | None) -> None:
            if own is None:
                nothing.append(room.scale[here])
            else:
                held = zip(room.held, own.held, strict=True)
                pairs.extend((mine[here], theirs) for mine, theirs in held)
                pairs.append((room.scale[here], own.scale))

        for name, content in self._content.items():
            put(content, targets.content.get(name) if targets else None)
        for name, style in self._style.items():
            put(style, targets.style.get(name) if targets else None)
        for key, region in self._regions.items():
            put(region, targets.regions.get(key) if targets else None)
        # At once, since each call costs the host as much.
        if pairs:
            torch._foreach_copy_([room for room, _ in pairs], [own for _, own in pairs])
            borrowed(*(own for _, own in pairs))
        if nothing:
            torch._foreach_zero_(nothing)
        self._tv_weights[here].fill_(targets.tv_weight if targets else 0.0)

    def __call__(self, images: Tensor) -> Parts:
        """The parts for pictures (B, 3, H, W) in [0, 1]."""
        found: dict[str, list[Tensor]] = {"content": [], "style": []}
        by_layer: dict[str, list[RegionLoss]] = {}
        for (name, _), loss in self._regions.items():
            by_layer.setdefault(name, []).append(loss)

        def tap(name: str, x: Tensor) -> Tensor:
            for region in by_layer.get(name, ()):
                x, loss = region.tapped(x)
                found["style"].append(loss)
            x, style, content = tapped(x, self._style.get(name), self._content.get(name))
            found["style"] += [] if style is None else [style]
            found["content"] += [] if content is None else [content]
            return x

        # What a region adds to the gradient is not masked.
        masked = not self._regions and masks(images)
        self._backbone.tapped(images, self._layers, tap, masks=masked)
        nothing = images.new_zeros(len(images))
        content, style = (sum(found[kind], nothing) for kind in ("content", "style"))
        return Parts(content, style, self._tv_weights * tv_loss(images))

    def measure(self, images: Tensor) -> Parts:
        """The parts, without a way back to the pictures."""
        with torch.no_grad():
            return self(images)


def _regions_of(losses: Mapping[tuple[str, int], RegionLoss]) -> frozenset[int]:
    return frozenset(number for _, number in losses)


def _stacked(each: Sequence[Mapping[K, L]]) -> dict[K, L]:
    names = dict.fromkeys(name for losses in each for name in losses)
    found: dict[K, L] = {}
    for name in names:
        losses = [losses.get(name) for losses in each]
        kind = type(next(loss for loss in losses if loss is not None))
        found[name] = kind.together(losses)
    return found


def _rooms(each: Sequence[Mapping[K, L]], places: int) -> dict[K, L]:
    kinds = {name: loss for losses in each for name, loss in losses.items()}
    return {name: loss.room_for(places) for name, loss in kinds.items()}


def factors(layers: tuple[LayerWeight, ...], weight: float) -> dict[str, float]:
    """What each layer's loss is multiplied by; layers that count nothing do not run."""
    return {layer.layer: layer.weight * weight for layer in layers if layer.weight * weight > 0}
