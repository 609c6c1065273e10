"""The objective of a picture that is too large for one pass: its slope, tile by tile.

The same numbers as `objective.Objective` gives for the whole, up to rounding. A first pass sums up
the Gram matrix G of all places; then G - A is known, and a second pass takes each tile's share of
the gradient, 4 scale (G - A) F diag(p) at the tile's own places. The content is looked at again
for each tile, since its activations would take more than all else.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.backbones import Backbone
from engine.nst.batch import Slope
from engine.nst.large_targets import LargeStyle, LargeTargets
from engine.nst.tiles import Tile, tiles
from engine.reach import reach
from jobs.events import Losses

_Pulls = Mapping[str, list[Tensor]]
"""4 scale (G - A), which is (1, C, C), of each region at a layer."""


@dataclass
class _Found:
    """What the tiles so far add up to."""

    gradient: Tensor
    content: Tensor
    tv: Tensor


class LargeObjective:
    """The weighted losses of one picture, by tiles of `side` px."""

    def __init__(self, backbone: Backbone, targets: LargeTargets, side: int) -> None:
        self._backbone, self._targets, self._side = backbone, targets, side
        self._reach = reach(backbone.network, targets.layers)

    def slope(self, image: Tensor, step: int = 0) -> Slope:
        """That of a picture (1, 3, H, W) in [0, 1]; the tiles lie otherwise at another `step`."""
        here = list(tiles((image.shape[2], image.shape[3]), self._side, self._reach, step))
        style, pulls = self._style(image, here)
        nothing = image.new_zeros(1)
        found = _Found(torch.zeros_like(image), nothing, nothing)
        for tile in here:
            self._pull(tile, image, pulls, found)
        parts = torch.cat([found.content, style, found.tv])
        content, style_loss, tv = parts.tolist()
        losses = Losses(content=content, style=style_loss, tv=tv)
        return Slope(found.gradient, parts.sum(dim=0, keepdim=True), losses)

    def measure(self, image: Tensor) -> Losses:
        """The losses of a picture (1, 3, H, W) in [0, 1]."""
        here = list(tiles((image.shape[2], image.shape[3]), self._side, self._reach))
        style, _ = self._style(image, here)
        content, tv = image.new_zeros(1), image.new_zeros(1)
        layers = self._targets.content_scales
        with torch.no_grad():
            for tile in here:
                seen, wanted = tile.seen(image), tile.seen(self._targets.content)
                features = self._backbone.features(seen, layers)
                contents = self._backbone.features(wanted, layers)
                for name, x in features.items():
                    content += self._content(name, self._difference(tile, name, x, contents[name]))
                tv += self._targets.tv_weight * _tv(tile, seen, image)
        found = torch.cat([content, style, tv]).tolist()
        return Losses(content=found[0], style=found[1], tv=found[2])

    def _style(self, image: Tensor, here: list[Tile]) -> tuple[Tensor, _Pulls]:
        """The loss (1,) and what it pulls at each place."""
        style = self._targets.style
        sums = {name: [torch.zeros_like(loss.target) for loss in style[name]] for name in style}
        for tile in here:
            with torch.no_grad():
                features = self._backbone.features(tile.seen(image), style)
            for name, seen in features.items():
                own = self._own(tile, name, seen)
                for loss, matrix in zip(style[name], sums[name], strict=True):
                    matrix += (own * self._places(tile, name, loss, seen)) @ own.mT
        value = image.new_zeros(1)
        for name, losses in style.items():
            for loss, matrix in zip(losses, sums[name], strict=True):
                matrix -= loss.target
                value += loss.scale * torch.linalg.vector_norm(matrix).square()
                matrix *= 4 * loss.scale
        return value, sums

    def _pull(self, tile: Tile, image: Tensor, pulls: _Pulls, found: _Found) -> None:
        """Add the share of `tile` to what was found."""
        with torch.no_grad():
            seen = tile.seen(self._targets.content)
            contents = self._backbone.features(seen, self._targets.content_scales)
        picture = tile.seen(image).detach().clone().requires_grad_()
        layers, gradients = [], []

        def tap(name: str, x: Tensor) -> Tensor:
            with torch.no_grad():
                gradient = torch.zeros_like(x)
                self._add_style(tile, name, x, pulls.get(name, []), gradient)
                if name in contents:
                    content = self._add_content(tile, name, x, contents.pop(name), gradient)
                    found.content = found.content + content
            layers.append(x)
            gradients.append(gradient)
            return x

        self._backbone.tapped(picture, self._targets.layers, tap)
        tv = self._targets.tv_weight * _tv(tile, picture, image)
        found.tv = found.tv + tv.detach()
        (gradient,) = torch.autograd.grad([*layers, tv], picture, [*gradients, torch.ones_like(tv)])
        tile.seen(found.gradient).add_(gradient)

    def _add_style(
        self, tile: Tile, name: str, x: Tensor, pulls: list[Tensor], gradient: Tensor
    ) -> None:
        if not pulls:
            return
        own, onto = self._own(tile, name, x), tile.own(gradient, self._reach.strides[name])
        for loss, pull in zip(self._targets.style[name], pulls, strict=True):
            share = (pull @ own) * self._places(tile, name, loss, x)
            onto += share.view(onto.shape).to(onto.dtype)

    def _add_content(
        self, tile: Tile, name: str, x: Tensor, content: Tensor, gradient: Tensor
    ) -> Tensor:
        """Gives the layer's loss (1,)."""
        difference = self._difference(tile, name, x, content)
        onto = tile.own(gradient, self._reach.strides[name])
        onto += difference * (2 * self._targets.content_scales[name]).to(difference.dtype)
        return self._content(name, difference)

    def _difference(self, tile: Tile, name: str, x: Tensor, content: Tensor) -> Tensor:
        stride = self._reach.strides[name]
        return tile.own(x, stride) - tile.own(content, stride)

    def _content(self, name: str, difference: Tensor) -> Tensor:
        scale = self._targets.content_scales[name]
        loss: Tensor = scale * torch.linalg.vector_norm(difference, dtype=scale.dtype).square()
        return loss

    def _own(self, tile: Tile, name: str, seen: Tensor) -> Tensor:
        """(1, C, n), the features that count here."""
        own = tile.own(seen, self._reach.strides[name])
        return own.flatten(2).to(self._targets.style[name][0].target.dtype)

    def _places(self, tile: Tile, name: str, loss: LargeStyle, seen: Tensor) -> Tensor:
        """(1, 1, n): how much each of them counts in a region."""
        rows, columns = tile.among_all(seen, self._reach.strides[name])
        return loss.places[..., rows, columns].flatten(2)


def _tv(tile: Tile, picture: Tensor, whole: Tensor) -> Tensor:
    """(1,): the share of `tile`, which sees `picture` of the `whole`, in losses.tv_loss."""
    channels, height, width = whole.shape[1:]
    rows, columns = tile.rows.places(1, picture.shape[2]), tile.columns.places(1, picture.shape[3])
    # Neighbours of the last row and column are another tile's own.
    beside = picture[..., rows, columns.start : columns.stop + 1]
    below = picture[..., rows.start : rows.stop + 1, columns]
    across = (beside[..., 1:] - beside[..., :-1]).square().sum()
    down = (below[..., 1:, :] - below[..., :-1, :]).square().sum()
    counts = max(1, channels * height * (width - 1)), max(1, channels * (height - 1) * width)
    return (across / counts[0] + down / counts[1]).view(1)
