"""From what somebody asks for to a recipe: the one edge where wishes are checked."""

import random
from collections.abc import Mapping
from typing import cast, get_args

from pydantic import ValidationError

from config import SettingsError
from config.settings import BackboneName, OptimizerName, RecipeDefaults, Settings
from jobs.classic import classic_recipe
from jobs.errors import BadRequest, NoStyle, UnknownBackbone
from jobs.layers import LAYERS, counterpart
from jobs.presets import LAYERS_AS_IN, Preset
from jobs.recipe import LayerWeight, Recipe
from jobs.scales import scales_of
from jobs.styles import styles_of
from jobs.wish import Wish, number, parse_layers, share, within

__all__ = [
    "Wish",
    "check_recipes",
    "has_own_layers",
    "make_recipe",
    "preset_layers",
]


def make_recipe(wish: Wish, settings: Settings) -> Recipe:
    """The recipe for `wish`. Raises BadRequest with a sentence that says what is allowed.

    SettingsError where the backbone's own recipe, as the settings have it, cannot be painted.
    """
    if not wish.styles:
        raise NoStyle
    if wish.preset is not None and wish.preset.classic is not None:
        return classic_recipe(wish, wish.preset, wish.preset.classic, settings)
    backbone = _backbone(settings.engine.backbone if wish.backbone is None else wish.backbone)
    own = settings.recipes[backbone]
    steps = int(within("steps", wish.steps, settings.bounds, own.steps))
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
    size = int(within("size", wish.size, settings.bounds, own.size))
    return Recipe(
        backbone=backbone,
        content_layers=_content_layers(wish, backbone, own),
        content_weight=number("content weight", wish.content_weight, own.content_weight),
        style_layers=_style_layers(wish, backbone, own),
        style_weight=own.style_weight,
        strength=within(
            "strength", wish.strength, settings.bounds, preset.strength if preset else 1.0
        ),
        tv_weight=number(
            "smoothness (tv)", wish.tv, own.tv_weight * (preset.tv if preset else 1.0)
        ),
        size=size,
        scales=scales_of(own, steps, size),
        optimizer=_optimizer(wish.optimizer, own),
        learning_rate=own.learning_rate,
        init=wish.init,
        init_digest=wish.init_digest,
        style_scale=preset.style_scale if preset else 1.0,
        styles=styles_of(wish),
        keep_colours=share(wish.keep_colours, preset.keep_colours if preset else 0.0),
        seed=wish.seed if wish.seed is not None else random.getrandbits(31),
        preset=wish.preset.name if wish.preset else None,
    )


def _backbone(name: str) -> BackboneName:
    for known in get_args(BackboneName):
        if name == known:
            return cast(BackboneName, known)
    raise UnknownBackbone(name[:40], tuple(LAYERS))


def _content_layers(wish: Wish, backbone: str, own: RecipeDefaults) -> tuple[LayerWeight, ...]:
    if wish.content_layer is not None:
        return parse_layers(wish.content_layer, None, backbone)
    return _pairs(own.content_layers)


def _style_layers(wish: Wish, backbone: str, own: RecipeDefaults) -> tuple[LayerWeight, ...]:
    """A member's own layers, else the preset's, else the backbone's; weights alone fit either."""
    if wish.layers is not None:
        return parse_layers(wish.layers, wish.weights, backbone)
    base = _unchosen(wish.preset, backbone, own)
    if wish.weights is not None:
        return parse_layers(",".join(pair.layer for pair in base), wish.weights, backbone)
    return base


def _unchosen(preset: Preset | None, backbone: str, own: RecipeDefaults) -> tuple[LayerWeight, ...]:
    layers = preset.recipe.layers if preset else {}
    return preset_layers(layers, backbone) if layers else _pairs(own.style_layers)


def has_own_layers(recipe: Recipe, preset: Preset | None, settings: Settings) -> bool:
    """Whether nobody chose the style layers: they are the preset's, else the backbone's own."""
    if preset is not None and preset.classic is not None:
        own = _pairs(preset.classic.style_layers)
    else:
        own = _unchosen(preset, recipe.backbone, settings.recipes[recipe.backbone])
    return recipe.style_layers == own


def preset_layers(layers: Mapping[str, float], backbone: str) -> tuple[LayerWeight, ...]:
    """A preset's layers as those of `backbone` that lie as deep; meeting weights add up."""
    merged: dict[str, float] = {}
    for layer, weight in layers.items():
        name = counterpart(layer, LAYERS_AS_IN, backbone)
        merged[name] = merged.get(name, 0.0) + weight
    return _pairs(merged)


def _pairs(layers: Mapping[str, float]) -> tuple[LayerWeight, ...]:
    return tuple(LayerWeight(layer=name, weight=weight) for name, weight in layers.items())


def _optimizer(given: str | None, own: RecipeDefaults) -> OptimizerName:
    if given is None:
        return own.optimizer
    for known in get_args(OptimizerName):
        if given == known:
            return cast(OptimizerName, known)
    raise BadRequest(f"There is no optimizer {given[:40]}. Choose adam or lbfgs.")
