"""A recipe for the backbone that stands in for the one that was asked for."""

from typing import Any, cast

from config.settings import BackboneName, RecipeDefaults, Settings
from jobs.layers import counterpart
from jobs.recipe import LayerWeight, Recipe, Scale
from jobs.scales import scales_of

STAND_IN: BackboneName = "vgg19_original"
"""Its weights come along with the engine, so they are there where no download is possible."""


def adapt(recipe: Recipe, settings: Settings, backbone: str = STAND_IN) -> Recipe:
    """`recipe` for `backbone`: its own defaults where `recipe` holds the asked backbone's.

    Layers that somebody chose become those that lie as deep; where two become one, it weighs as
    much as both. What somebody chose otherwise stays as it is.
    """
    if recipe.backbone == backbone:
        return recipe
    asked = settings.recipes[recipe.backbone]
    own = settings.recipes[cast(BackboneName, backbone)]
    changes: dict[str, Any] = {"backbone": backbone}
    for name in ("content_layers", "style_layers"):
        layers: tuple[LayerWeight, ...] = getattr(recipe, name)
        if {layer.layer: layer.weight for layer in layers} == getattr(asked, name):
            changes[name] = _layers(getattr(own, name))
        else:
            changes[name] = _mapped(layers, recipe.backbone, backbone)
    for name in ("content_weight", "style_weight", "optimizer", "learning_rate", "size"):
        if getattr(recipe, name) == getattr(asked, name):
            changes[name] = getattr(own, name)
    return Recipe.model_validate(
        {
            **dict(recipe),
            **changes,
            "tv_weight": _tv_weight(recipe, asked, own),
            "scales": _scales(recipe, asked, own, changes.get("size", recipe.size)),
        }
    )


def _layers(own: dict[str, float]) -> tuple[LayerWeight, ...]:
    return tuple(LayerWeight(layer=layer, weight=weight) for layer, weight in own.items())


def _mapped(layers: tuple[LayerWeight, ...], backbone: str, other: str) -> tuple[LayerWeight, ...]:
    merged: dict[str, float] = {}
    for layer in layers:
        name = counterpart(layer.layer, backbone, other)
        merged[name] = merged.get(name, 0.0) + layer.weight
    return _layers(merged)


def _tv_weight(recipe: Recipe, asked: RecipeDefaults, own: RecipeDefaults) -> float:
    """A preset's factor on the backbone's own smoothness is kept."""
    if recipe.preset is None and recipe.tv_weight != asked.tv_weight:
        return recipe.tv_weight
    return recipe.tv_weight / asked.tv_weight * own.tv_weight if asked.tv_weight else own.tv_weight


def _scales(
    recipe: Recipe, asked: RecipeDefaults, own: RecipeDefaults, size: int
) -> tuple[Scale, ...]:
    """The own schedule for `size` where the asked backbone's is in force.

    Over as many steps as were asked; those of the asked backbone's default become the own default.
    """
    usual = scales_of(asked, recipe.steps, recipe.size)
    if [(s.fraction, s.content) for s in recipe.scales] != [(s.fraction, s.content) for s in usual]:
        return recipe.scales
    return scales_of(own, own.steps if recipe.steps == asked.steps else recipe.steps, size)
