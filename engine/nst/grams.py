"""Gram matrices of a style, which is looked at by tiles where it is large."""

from collections.abc import Iterable

import torch
from torch import Tensor

from engine.backbones import Backbone
from engine.nst.losses import gram
from engine.nst.products import gram_sum
from engine.nst.tiles import by_tiles, tiles
from engine.reach import reach


def grams_of(backbone: Backbone, picture: Tensor, layers: Iterable[str]) -> dict[str, Tensor]:
    """(1, C, C) at each of `layers` for a picture (1, 3, H, W) in [0, 1]; see losses.gram."""
    if by_tiles((picture.shape[3], picture.shape[2]), backbone.device.whole_side):
        return _by_tiles(backbone, picture, frozenset(layers))
    with torch.no_grad():
        features = backbone.features(picture, layers)
    return {name: gram(seen) for name, seen in features.items()}


def _by_tiles(backbone: Backbone, picture: Tensor, layers: frozenset[str]) -> dict[str, Tensor]:
    looked = reach(backbone.network, layers)
    sums: dict[str, Tensor] = {}
    places = dict.fromkeys(layers, 0)
    size = picture.shape[2], picture.shape[3]
    for tile in tiles(size, backbone.device.tile_side, looked):
        with torch.no_grad():
            features = backbone.features(tile.seen(picture), layers)
        for name, seen in features.items():
            own = tile.own(seen, looked.strides[name])
            places[name] += own[0, 0].numel()
            # Apart from the others' they lie as a GPU's products want them.
            own = own.contiguous(memory_format=backbone.device.memory_format)
            sums[name] = sums[name] + gram_sum(own) if name in sums else gram_sum(own)
    return {name: found / places[name] for name, found in sums.items()}
