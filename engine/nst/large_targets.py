"""What a large picture is painted towards: its content as it is, not the activations of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from engine.backbones import Backbone
from engine.nst.losses import StyleLoss, scale_for
from engine.nst.objective import blended, content_factors, style_factors
from engine.nst.regions import region_losses
from engine.nst.tiles import tiles
from engine.reach import Reach, reach
from jobs.recipe import Recipe


@dataclass(frozen=True, eq=False)
class LargeStyle:
    """The loss of one region at one layer, as regions.RegionLoss, over a grid."""

    target: Tensor
    """The style's Gram matrix (1, C, C)."""
    places: Tensor
    """(1, 1, h, w), which add up to 1."""
    scale: Tensor
    """(1,)."""


@dataclass(frozen=True, eq=False)
class LargeTargets:
    """What a large picture is painted towards at one scale, with the recipe's weights."""

    content: Tensor
    """(1, 3, H, W) in [0, 1]."""
    content_scales: Mapping[str, Tensor]
    """(1,) of each content layer, as LayerLoss.scale."""
    style: Mapping[str, tuple[LargeStyle, ...]]
    """Of each style layer; a recipe without masks has one region, which is everywhere."""
    tv_weight: float

    @property
    def nbytes(self) -> int:
        """What they take on their device."""
        each = [loss for losses in self.style.values() for loss in losses]
        # Without masks all places share one number.
        held = (loss.target.nbytes + loss.places.untyped_storage().nbytes() for loss in each)
        return self.content.nbytes + sum(held)

    @property
    def layers(self) -> frozenset[str]:
        """All that are looked at."""
        return frozenset((*self.content_scales, *self.style))

    def at_scale(self, content_factor: float) -> "LargeTargets":
        """The same, with the content counting `content_factor` as much."""
        scales = {name: scale * content_factor for name, scale in self.content_scales.items()}
        return replace(self, content_scales=scales)


def make_large_targets(
    recipe: Recipe,
    backbone: Backbone,
    content: Tensor,
    grams: Sequence[Mapping[str, Tensor]],
    regions: Tensor | None,
    side: int,
) -> LargeTargets:
    """As objective.make_targets, by tiles of `side` px."""
    for_content, for_style = content_factors(recipe), style_factors(recipe)
    looked = reach(backbone.network, for_content | for_style)
    squares, sizes = _surveyed(backbone, content, for_content, looked, side)
    scales = {name: scale_for(squares[name], factor) for name, factor in for_content.items()}
    styles = {}
    for name, factor in for_style.items():
        targets = blended(recipe, [each[name] for each in grams])
        styles[name] = _style(targets, regions, sizes[name], factor)
    return LargeTargets(content, scales, styles, recipe.tv_weight)


def _surveyed(
    backbone: Backbone, content: Tensor, for_content: Mapping[str, float], looked: Reach, side: int
) -> tuple[dict[str, Tensor], dict[str, tuple[int, int]]]:
    """The squares (1,) of the content's activations at its layers, and each layer's (h, w)."""
    squares = {name: content.new_zeros(1) for name in for_content}
    sizes = dict.fromkeys(looked.strides, (0, 0))
    for tile in tiles((content.shape[2], content.shape[3]), side, looked):
        with torch.no_grad():
            features = backbone.features(tile.seen(content), looked.strides)
        for name, seen in features.items():
            stride = looked.strides[name]
            rows, columns = tile.among_all(seen, stride)
            sizes[name] = rows.stop, columns.stop
            if name in squares:
                own = tile.own(seen, stride).float()
                squares[name] += torch.linalg.vector_norm(own).square()
    return squares, sizes


def _style(
    targets: list[Tensor], regions: Tensor | None, size: tuple[int, int], factor: float
) -> tuple[LargeStyle, ...]:
    """The loss of each region at a layer of `size` (h, w)."""
    if regions is None:
        (target,) = targets
        same = target.new_tensor(1 / (size[0] * size[1]))
        return (LargeStyle(target, same.expand(1, 1, *size), StyleLoss(target, factor).scale),)
    losses = region_losses(targets, regions, size, factor)
    return tuple(
        LargeStyle(loss.target, loss.places.view(1, 1, *size), loss.scale) for loss in losses
    )
