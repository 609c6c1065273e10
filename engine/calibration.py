"""Measuring a backbone on its device before the first job: seconds, bytes and multiply-adds."""

import time
from collections.abc import Callable

import torch
from PIL import Image
from torch import Tensor, nn

from config.settings import Settings
from engine.backbones import Backbone
from engine.estimates import Speed
from engine.memory import Footprint
from engine.nst.captured import Captures
from engine.nst.objective import Objective, Targets, content_factors, style_factors
from engine.nst.tiles import seen_side
from engine.nst.transfer import Transfer
from engine.reach import reach
from jobs.recipe import Init, Mode, Recipe, Scale, Style
from jobs.request import Wish, make_recipe

_LARGE, _SMALL = 224, 64
_STEPS = {_LARGE: 3, _SMALL: 8}
"""Steps by side: those of the small canvas are short, and few of them would tell little."""
_MOST_STRIDES = 1 + max(_STEPS.values())
_LOOKS = 3
_SMALL_SIDES = (64, 128)
_NO_DIGEST = "0" * 64
_GRADIENTS = 3
"""Largest activations that a way back holds at once: two gradients, and one that is added.

One more where features are weighed by a mask.
"""


def measure_speed(
    backbone: Backbone, settings: Settings, clock: Callable[[], float] = time.perf_counter
) -> Speed:
    """The line through the steps of two canvases; each is the best of a few.

    The best, since a first step warms up, and other processes start at the same time as this one.
    """
    recipe = own_recipe(backbone.name, settings)
    # The large one first: a process that is new takes time to get going.
    large, small = (
        _seconds(_small(recipe, side, backbone), steps, clock) for side, steps in _STEPS.items()
    )
    step, megapixel = _line(small[0], large[0])
    look, glance = _line(small[1], large[1])
    return Speed(step, megapixel, glance, look)


def _line(small: float, large: float) -> tuple[float, float]:
    """What is fixed, and what a megapixel takes, for what the small and the large canvas took."""
    small_pixels, large_pixels = _SMALL**2 / 1e6, _LARGE**2 / 1e6
    slope = (large - small) / (large_pixels - small_pixels)
    # On a busy machine the small canvas may seem no quicker; then pixels are all that counts.
    fixed = max(0.0, small - slope * small_pixels) if slope > 0 else 0.0
    return fixed, (large - fixed) / large_pixels


def _seconds(transfer: Transfer, steps: int, clock: Callable[[], float]) -> tuple[float, float]:
    """Of a step and of a look, each the best of some."""
    # Nothing is known of the curvature at the first step, and it may have to be captured.
    stride = transfer.backbone.device.stride
    transfer.step(stride)
    return (
        min(_timed(lambda: transfer.step(stride), clock) for _ in range(steps)) / stride,
        min(_timed(transfer.finished_losses, clock) for _ in range(_LOOKS)),
    )


def own_recipe(backbone: str, settings: Settings) -> Recipe:
    """What the settings have for `backbone`."""
    return make_recipe(Wish(backbone=backbone, styles=[_NO_DIGEST], seed=0), settings)


def _timed(work: Callable[[], object], clock: Callable[[], float]) -> float:
    begun = clock()
    work()
    return clock() - begun


class Footprints:
    """The footprint of each network, layers and optimiser, measured once."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._known: dict[tuple[object, ...], Footprint] = {}

    def of(self, recipe: Recipe, backbone: Backbone) -> Footprint:
        """That of `recipe`, which `backbone` paints."""
        layers = (recipe.content_layers, recipe.style_layers)
        names = tuple(frozenset(pair.layer for pair in each if pair.weight > 0) for each in layers)
        key = (backbone.name, *names, recipe.optimizer, len(recipe.masks), len(recipe.regions))
        if key not in self._known:
            self._known[key] = measure_footprint(recipe, backbone)
        return self._known[key]

    def ratio(self, recipe: Recipe, backbone: Backbone) -> float:
        """The work of a step of `recipe` over that of a step of the backbone's own recipe."""
        own = own_recipe(backbone.name, self._settings)
        return self.of(recipe, backbone).work / self.of(own, backbone).work


def measure_footprint(recipe: Recipe, backbone: Backbone) -> Footprint:
    """Counted on two small canvases, whose difference leaves out what does not grow with them."""
    small, large = (_counted(_small(recipe, side, backbone)) for side in _SMALL_SIDES)
    pixels = _SMALL_SIDES[1] ** 2 - _SMALL_SIDES[0] ** 2
    held, passing, glance, work = (
        (more - less) / pixels for less, more in zip(small, large, strict=True)
    )
    layers = content_factors(recipe) | style_factors(recipe)
    seen = seen_side(backbone.device.tile_side, reach(backbone.network, layers))
    return Footprint(held, passing, glance, work, backbone.device.whole_side, seen * seen)


def _small(recipe: Recipe, side: int, backbone: Backbone) -> Transfer:
    """A painting of noise, square, at one scale; the classic mode's counts as the other's.

    Each region has one style and is all of the square.
    """
    masks = [recipe.styles[region[0]].mask for region in recipe.regions]
    changes = {
        "size": side,
        "scales": (Scale(fraction=1, steps=_MOST_STRIDES * backbone.device.stride),),
        "styles": tuple(Style(digest=_NO_DIGEST, mask=mask) for mask in masks),
        "style_scale": 1.0,
        "init": Init.CONTENT,
        "init_digest": None,
        "mode": Mode.SIZE_FREE,
        "classic": None,
    }
    picture = Image.effect_noise((side, side), 64).convert("RGB")
    white = [Image.new("L", (side, side), 255) for _ in recipe.masks]
    return Transfer(
        recipe.model_copy(update=changes),
        picture,
        [picture for _ in masks],
        backbone,
        captures=Captures() if backbone.device.captures else None,
        masks=white,
    )


def _counted(transfer: Transfer) -> tuple[float, float, float, float]:
    """Held, passing and glance in bytes and work in multiply-adds, as in Footprint."""
    backbone, targets = transfer.backbone, transfer.targets
    image = transfer.image.detach().requires_grad_()
    saved = _Saved(backbone)
    with torch.autograd.graph.saved_tensors_hooks(saved.note, _as_it_is):
        parts = Objective(backbone, [targets])(image)
    assert parts.total.requires_grad  # what was saved is alive until it has been counted
    layers = style_factors(transfer.recipe)
    with torch.no_grad():
        styles = backbone.features(image, layers)
    # In a batch what grows with the canvas is held twice: each job's own, and stacked.
    stacked = sum(loss.nbytes for loss in targets.content.values())
    stacked += sum(loss.places.nbytes for loss in targets.regions.values())
    seen = sum(feature.nbytes for feature in styles.values())
    grams = sum(each.shape[1] * each[0].numel() for each in styles.values())
    grams *= len(transfer.recipe.regions)
    at_once = _GRADIENTS + bool(transfer.recipe.masks)
    return (
        float(transfer.nbytes + stacked),
        float(sum(saved.found.values()) + at_once * saved.largest),
        float(seen + 2 * saved.largest),
        2.0 * (_multiply_adds(backbone, image.detach(), targets) + grams),
    )


class _Saved:
    """What autograd keeps for the way back, but for the network itself: bytes by storage."""

    def __init__(self, backbone: Backbone) -> None:
        weights = backbone.network.parameters()
        self._weights = {weight.untyped_storage().data_ptr() for weight in weights}
        self.found: dict[int, int] = {}
        self.largest = 0
        """Of the activations; small canvases have larger Gram matrices."""

    def note(self, tensor: Tensor) -> Tensor:
        """Take note of a tensor that is kept."""
        if tensor.is_mkldnn:
            # Its storage cannot be asked; it has it for itself.
            self.found[id(tensor)] = tensor.numel() * tensor.element_size()
            return tensor
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in self._weights:
            self.found[storage.data_ptr()] = storage.nbytes()
            if tensor.ndim == 4:
                self.largest = max(self.largest, tensor.nbytes)
        return tensor


def _as_it_is(tensor: Tensor) -> Tensor:
    return tensor


def _multiply_adds(backbone: Backbone, image: Tensor, targets: Targets) -> int:
    """Of the convolutions, on the way there."""
    found = 0

    def count(module: nn.Module, _: object, out: Tensor) -> None:
        nonlocal found
        assert isinstance(module, nn.Conv2d)
        found += out.numel() * module.weight[0].numel()

    convolutions = [each for each in backbone.network.modules() if isinstance(each, nn.Conv2d)]
    hooks = [each.register_forward_hook(count) for each in convolutions]
    try:
        Objective(backbone, [targets]).measure(image)
    finally:
        for hook in hooks:
            hook.remove()
    return found
