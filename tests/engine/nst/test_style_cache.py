"""The cache of styles: what is measured, what is not measured again, and what goes."""

import torch
from torch import Tensor

from engine.backbones import Backbone
from engine.nst.losses import gram
from engine.nst.style_cache import StyleCache
from engine.nst.tensors import to_tensor
from engine.nst.transfer import Transfer
from jobs.recipe import Style
from tests.engine.conftest import RecipeOf, picture


class Shown:
    """A style picture that knows how often it was looked at."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> Tensor:
        """(1, 3, 32, 40)."""
        self.times += 1
        return to_tensor(picture(40, 32, seed=9))


def test_it_gives_the_gram_matrices(random_backbone: Backbone) -> None:
    """Those of the features at each layer."""
    found = StyleCache().grams(random_backbone, "a" * 64, 40, ["relu1", "fire3"], Shown())
    with torch.no_grad():
        features = random_backbone.features(Shown()(), ["relu1", "fire3"])
    assert torch.equal(gram(features["relu1"]), found["relu1"])
    assert torch.equal(gram(features["fire3"]), found["fire3"])


def test_a_style_is_looked_at_once(random_backbone: Backbone) -> None:
    """The second job with the style, size and layers does not need the picture."""
    cache, shown = StyleCache(), Shown()
    for _ in range(2):
        cache.grams(random_backbone, "a" * 64, 40, ["relu1"], shown)
    assert 1 == shown.times


def test_only_layers_that_are_missing_are_measured(random_backbone: Backbone) -> None:
    """And what is there already is the same tensor."""
    cache = StyleCache()
    first = cache.grams(random_backbone, "a" * 64, 40, ["relu1"], Shown())
    both = cache.grams(random_backbone, "a" * 64, 40, ["relu1", "fire2"], Shown())
    assert (True, {"relu1", "fire2"}) == (first["relu1"] is both["relu1"], set(both))


def test_styles_and_sizes_are_told_apart(random_backbone: Backbone) -> None:
    """Another digest or another side is looked at."""
    cache, shown = StyleCache(), Shown()
    for digest, side in (("a", 40), ("b", 40), ("a", 20)):
        cache.grams(random_backbone, digest * 64, side, ["relu1"], shown)
    assert 3 == shown.times


def test_the_least_used_goes_first(random_backbone: Backbone) -> None:
    """With room for two of relu1 the third drives out the one that was used longest ago."""
    one = 96 * 96 * 4
    cache, shown = StyleCache(limit_bytes=2 * one), Shown()
    for digest in "abac":
        cache.grams(random_backbone, digest * 64, 40, ["relu1"], shown)
    assert (3, 2 * one) == (shown.times, cache.nbytes)
    cache.grams(random_backbone, "a" * 64, 40, ["relu1"], shown)
    assert 3 == shown.times
    cache.grams(random_backbone, "b" * 64, 40, ["relu1"], shown)
    assert 4 == shown.times


def test_a_style_too_large_for_the_cache_is_given_all_the_same(random_backbone: Backbone) -> None:
    """It is not kept."""
    cache = StyleCache(limit_bytes=10)
    found = cache.grams(random_backbone, "a" * 64, 40, ["relu1"], Shown())
    assert ((1, 96, 96), 0) == (tuple(found["relu1"].shape), cache.nbytes)


def test_paintings_share_it(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """The second painting in a style goes by its digest: its targets are the first one's."""
    cache = StyleCache()
    recipe = recipe_of(styles=(Style(digest="5" * 64),))
    losses = [
        Transfer(
            recipe, picture(40, 30, seed=1), [picture(40, 40, seed)], random_backbone, cache=cache
        ).initial_losses
        for seed in (2, 3)
    ]
    assert losses[0] == losses[1]
