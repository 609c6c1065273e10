"""Recipes of the classic mode: the CS231n assignment on style transfer, step by step.

What its `style_transfer` takes as arguments stands in the preset and may be tuned; what its loop
does is the same for all, and whoever wishes to change that wants another mode.
"""

import math
import random

from config.settings import Settings
from jobs.errors import BadRequest, NotClassic
from jobs.presets import ClassicRecipe, Preset
from jobs.recipe import CLASSIC_BACKBONE, Classic, Init, LayerWeight, Mode, Recipe, Scale, Style
from jobs.wish import Wish, number, parse_layers, share

STEPS = 200
RATE = 3.0
_LATE_RATE = 0.1
_LATE_FROM = 180
_CLAMP = 1.5
_CLAMP_UNTIL = 190


def classic_recipe(wish: Wish, preset: Preset, own: ClassicRecipe, settings: Settings) -> Recipe:
    """The recipe for `wish` in the classic mode. Raises BadRequest."""
    _refuse_contradictions(wish, preset)
    _check_bounds(preset, own, settings)
    return Recipe(
        mode=Mode.CLASSIC,
        backbone=CLASSIC_BACKBONE,
        content_layers=_content_layer(wish, own),
        content_weight=number("content weight", wish.content_weight, own.content_weight),
        style_layers=_style_layers(wish, own),
        style_weight=1.0,
        tv_weight=number("smoothness (tv)", wish.tv, own.tv_weight),
        size=own.content_side,
        scales=(Scale(fraction=1, steps=STEPS),),
        optimizer="adam",
        learning_rate=RATE,
        styles=tuple(Style(digest=digest) for digest in wish.styles),
        keep_colours=share(wish.keep_colours, 0.0),
        classic=Classic(
            style_side=own.style_side,
            late_rate=_LATE_RATE,
            late_from=_LATE_FROM,
            clamp=_CLAMP,
            clamp_until=_CLAMP_UNTIL,
        ),
        seed=wish.seed if wish.seed is not None else random.getrandbits(31),
        preset=preset.name,
    )


def _refuse_contradictions(wish: Wish, preset: Preset) -> None:
    """What is asked for and what the mode does anyway is no contradiction."""
    fixed = {
        "backbone": (wish.backbone, CLASSIC_BACKBONE),
        "strength": (wish.strength, 1),
        "steps": (wish.steps, STEPS),
        "optimizer": (wish.optimizer, "adam"),
        "init": (wish.init, Init.CONTENT),
    }
    wrong = [name for name, (given, own) in fixed.items() if given is not None and given != own]
    if wish.size is not None:
        # A size is a long side, and this mode has shorter ones.
        wrong.append("size")
    several = {"blend": wish.blend, "style_scale": wish.style_scale}
    wrong += [name for name, given in several.items() if given is not None]
    if wish.masks:
        wrong.append("masks")
    if len(wish.styles) > 1:
        wrong.append("several styles")
    if wrong:
        raise NotClassic(preset.title, tuple(wrong))


def _check_bounds(preset: Preset, own: ClassicRecipe, settings: Settings) -> None:
    most_steps, most_px = settings.bounds.steps[1], settings.bounds.size[1]
    if most_steps < STEPS or most_px < own.content_side:
        raise BadRequest(
            f"{preset.title} takes {STEPS} steps at {own.content_side} px, and this server allows "
            f"{most_steps} steps and {most_px} px. Choose another preset."
        )


def _content_layer(wish: Wish, own: ClassicRecipe) -> tuple[LayerWeight, ...]:
    if wish.content_layer is None:
        return (LayerWeight(layer=own.content_layer, weight=1.0),)
    layers = parse_layers(wish.content_layer, None, CLASSIC_BACKBONE)
    if len(layers) != 1:
        raise BadRequest("A classic preset has one content layer: name one, such as fire2.")
    return layers


def _style_layers(wish: Wish, own: ClassicRecipe) -> tuple[LayerWeight, ...]:
    """The preset's layers or the member's; weights that nobody normalises must be given."""
    if wish.layers is None and wish.weights is None:
        pairs = own.style_layers.items()
        return tuple(LayerWeight(layer=name, weight=weight) for name, weight in pairs)
    if wish.weights is None:
        raise BadRequest(
            "With a classic preset, layers need weights of their own, since nothing normalises "
            f"them: numbers such as {_example(own)}. Give as many weights as layers."
        )
    layers = ",".join(own.style_layers) if wish.layers is None else wish.layers
    return parse_layers(layers, wish.weights, CLASSIC_BACKBONE)


def _example(own: ClassicRecipe) -> str:
    weights = [weight for weight in own.style_layers.values() if weight > 0]
    low, high = min(weights), max(weights)
    return f"{high:g}" if math.isclose(low, high) else f"{low:g} or {high:g}"
