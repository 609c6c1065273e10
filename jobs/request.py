"""From what somebody asks for to a recipe: the one edge where wishes are checked."""

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast, get_args

from pydantic import ValidationError

from config import SettingsError
from config.settings import BackboneName, Bounds, OptimizerName, RecipeDefaults, Settings
from jobs.errors import (
    BadRequest,
    BadWeight,
    NoStyle,
    OutOfBounds,
    UnknownBackbone,
    UnknownLayer,
    WrongCount,
)
from jobs.layers import LAYERS, counterpart, layers_of
from jobs.presets import LAYERS_AS_IN, Preset
from jobs.recipe import Init, LayerWeight, Recipe, Scale, Style


@dataclass(frozen=True)
class Wish:
    """What somebody asks for, as they wrote it; None leaves it to preset and backbone."""

    preset: Preset | None = None
    backbone: str | None = None
    layers: str | None = None
    weights: str | None = None
    content_layer: str | None = None
    content_weight: float | None = None
    strength: float | None = None
    tv: float | None = None
    size: int | None = None
    steps: int | None = None
    optimizer: str | None = None
    keep_colours: float | None = None
    seed: int | None = None
    init: Init = Init.CONTENT
    init_digest: str | None = None
    styles: Sequence[str] = field(default=())
    """Digests of the style pictures."""


def make_recipe(wish: Wish, settings: Settings) -> Recipe:
    """The recipe for `wish`. Raises BadRequest with a sentence that says what is allowed.

    SettingsError where the backbone's own recipe, as the settings have it, cannot be painted.
    """
    backbone = _backbone(wish.backbone or settings.engine.backbone)
    own = settings.recipes[backbone]
    if not wish.styles:
        raise NoStyle
    steps = int(_within("steps", wish.steps, settings.bounds, own.steps))
    try:
        return _recipe(wish, settings, backbone, steps)
    except ValidationError as error:
        why = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
        raise SettingsError(f"The setting ATELIER_RECIPES__{backbone.upper()}: {why}.") from None


def check_recipes(settings: Settings) -> None:
    """Raise SettingsError where the settings' own recipe of a backbone cannot be painted."""
    for backbone in settings.recipes:
        make_recipe(Wish(backbone=backbone, styles=("0" * 64,)), settings)


def _recipe(wish: Wish, settings: Settings, backbone: BackboneName, steps: int) -> Recipe:
    own = settings.recipes[backbone]
    preset = wish.preset.recipe if wish.preset else None
    return Recipe(
        backbone=backbone,
        content_layers=_content_layers(wish, backbone, own),
        content_weight=_number("content weight", wish.content_weight, own.content_weight),
        style_layers=_style_layers(wish, backbone, own),
        style_weight=own.style_weight,
        strength=_within(
            "strength", wish.strength, settings.bounds, preset.strength if preset else 1.0
        ),
        tv_weight=_number(
            "smoothness (tv)", wish.tv, own.tv_weight * (preset.tv if preset else 1.0)
        ),
        size=int(_within("size", wish.size, settings.bounds, own.size)),
        scales=_scales(steps, own),
        optimizer=_optimizer(wish.optimizer, own),
        learning_rate=own.learning_rate,
        init=wish.init,
        init_digest=wish.init_digest,
        style_scale=preset.style_scale if preset else 1.0,
        styles=tuple(Style(digest=digest) for digest in wish.styles),
        keep_colours=_share(wish.keep_colours, preset.keep_colours if preset else 0.0),
        seed=wish.seed if wish.seed is not None else random.getrandbits(31),
        preset=wish.preset.name if wish.preset else None,
    )


def parse_layers(layers: str | None, weights: str | None, backbone: str) -> tuple[LayerWeight, ...]:
    """Style layers from lists such as `relu1, fire2` and `5, 1`; each weight is 1 if none is given.

    Raises UnknownLayer, WrongCount or BadWeight.
    """
    names = [_layer(name, backbone) for name in _list(layers)]
    numbers = [_weight(text) for text in _list(weights)] or [1.0] * len(names)
    if len(names) != len(numbers):
        raise WrongCount(len(names), len(numbers))
    if len(set(names)) != len(names):
        raise BadRequest("A layer is named twice: name each layer once, with one weight.")
    if not math.fsum(numbers) > 0:
        raise BadWeight(weights or "0")
    return tuple(
        LayerWeight(layer=name, weight=number) for name, number in zip(names, numbers, strict=True)
    )


def _list(text: str | None) -> list[str]:
    return [part for part in (text or "").replace(",", " ").replace(";", " ").split() if part]


def _layer(name: str, backbone: str) -> str:
    allowed = layers_of(backbone)
    if name.casefold() not in allowed:
        raise UnknownLayer(name[:40], backbone, allowed)
    return name.casefold()


def _weight(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise BadWeight(text[:40]) from None
    if not math.isfinite(number) or number < 0 or number > 1e12:
        raise BadWeight(text[:40])
    return number


def _backbone(name: str) -> BackboneName:
    for known in get_args(BackboneName):
        if name == known:
            return cast(BackboneName, known)
    raise UnknownBackbone(name[:40], tuple(LAYERS))


def _content_layers(wish: Wish, backbone: str, own: RecipeDefaults) -> tuple[LayerWeight, ...]:
    if wish.content_layer:
        return parse_layers(wish.content_layer, None, backbone)
    return _pairs(own.content_layers)


def _style_layers(wish: Wish, backbone: str, own: RecipeDefaults) -> tuple[LayerWeight, ...]:
    """A member's own layers, else the preset's, else the backbone's; weights alone fit either."""
    if wish.layers:
        return parse_layers(wish.layers, wish.weights, backbone)
    preset = wish.preset.recipe.layers if wish.preset else {}
    base = preset_layers(preset, backbone) if preset else _pairs(own.style_layers)
    if wish.weights:
        return parse_layers(",".join(pair.layer for pair in base), wish.weights, backbone)
    return base


def preset_layers(layers: Mapping[str, float], backbone: str) -> tuple[LayerWeight, ...]:
    """A preset's layers as those of `backbone` that lie as deep; meeting weights add up."""
    merged: dict[str, float] = {}
    for layer, weight in layers.items():
        name = counterpart(layer, LAYERS_AS_IN, backbone)
        merged[name] = merged.get(name, 0.0) + weight
    return _pairs(merged)


def _pairs(layers: Mapping[str, float]) -> tuple[LayerWeight, ...]:
    return tuple(LayerWeight(layer=name, weight=weight) for name, weight in layers.items())


def _scales(steps: int, own: RecipeDefaults) -> tuple[Scale, ...]:
    """The steps shared out over the scales; the last has at least one, and what rounding leaves."""
    *coarse, last = own.scales
    shares = [round((steps - 1) * part) for _, part, _ in coarse]
    counts = [*shares, steps - sum(shares)]
    return tuple(
        Scale(fraction=fraction, steps=count, content=content)
        for (fraction, _, content), count in zip([*coarse, last], counts, strict=True)
    )


def _within(what: str, given: float | None, bounds: Bounds, default: float) -> float:
    allowed: tuple[float, float] = getattr(bounds, what)
    low, high = allowed
    if given is None:
        return min(max(default, low), high)
    if not math.isfinite(given) or not low <= given <= high:
        raise OutOfBounds(what, given, low, high)
    return given


def _number(what: str, given: float | None, default: float) -> float:
    if given is None:
        return default
    if not math.isfinite(given) or given < 0:
        raise BadRequest(f"The {what} is {given:g}; choose a number of 0 or more.")
    return given


def _share(given: float | None, default: float) -> float:
    if given is None:
        return default
    if not math.isfinite(given) or not 0 <= given <= 1:
        raise OutOfBounds("keep_colours", given, 0, 1)
    return given


def _optimizer(given: str | None, own: RecipeDefaults) -> OptimizerName:
    if given is None:
        return own.optimizer
    for known in get_args(OptimizerName):
        if given == known:
            return cast(OptimizerName, known)
    raise BadRequest(f"There is no optimizer {given[:40]}. Choose adam or lbfgs.")
