"""What somebody asks for, and how its lists and numbers are read and checked."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from config.settings import Bounds
from jobs.errors import BadRequest, BadWeight, NoneNamed, OutOfBounds, UnknownLayer, WrongCount
from jobs.layers import layers_of
from jobs.presets import Preset
from jobs.recipe import Init, LayerWeight


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
    masks: Sequence[str] = field(default=())
    """Digests of the pictures that are white where each style belongs, from the first style on."""
    blend: str | None = None
    """A list: how much each style counts among the others."""
    style_scale: str | None = None
    """A list: the size of each style, or one number for all of them."""


def parse_layers(layers: str, weights: str | None, backbone: str) -> tuple[LayerWeight, ...]:
    """Layers from lists such as `relu1, fire2` and `5, 1`; each weight is 1 if None is given.

    Raises NoneNamed, UnknownLayer, WrongCount or BadWeight.
    """
    names = [_layer(name, backbone) for name in _list(layers)]
    if not names:
        raise NoneNamed(layers_of(backbone))
    given = [1.0] * len(names) if weights is None else numbers(weights)
    if len(names) != len(given):
        raise WrongCount(len(names), len(given))
    if len(set(names)) != len(names):
        raise BadRequest("A layer is named twice: name each layer once, with one weight.")
    if not math.fsum(given) > 0:
        raise BadWeight(weights or "0")
    return tuple(
        LayerWeight(layer=name, weight=number) for name, number in zip(names, given, strict=True)
    )


def numbers(text: str, what: str = "weight", wanted: str = BadWeight.WEIGHTS) -> list[float]:
    """The numbers of a list such as `5, 1`, none below 0.

    `what` names one, and `wanted` says which they may be. Raises BadWeight.
    """
    return [_weight(part, what, wanted) for part in _list(text)]


def within(what: str, given: float | None, bounds: Bounds, default: float) -> float:
    """A number within what the settings allow of `what`. Raises OutOfBounds."""
    allowed: tuple[float, float] = getattr(bounds, what)
    low, high = allowed
    if given is None:
        return min(max(default, low), high)
    if not math.isfinite(given) or not low <= given <= high:
        raise OutOfBounds(what, given, low, high)
    return given


def number(what: str, given: float | None, default: float) -> float:
    """A number of 0 or more. Raises BadRequest."""
    if given is None:
        return default
    if not math.isfinite(given) or given < 0:
        raise BadRequest(f"The {what} is {given:g}; choose a number of 0 or more.")
    return given


def share(given: float | None, default: float) -> float:
    """How much of the colours is kept, 0 to 1. Raises OutOfBounds."""
    if given is None:
        return default
    if not math.isfinite(given) or not 0 <= given <= 1:
        raise OutOfBounds("keep_colours", given, 0, 1)
    return given


def _list(text: str) -> list[str]:
    return [part for part in text.replace(",", " ").replace(";", " ").split() if part]


def _layer(name: str, backbone: str) -> str:
    allowed = layers_of(backbone)
    if name.casefold() not in allowed:
        raise UnknownLayer(name[:40], backbone, allowed)
    return name.casefold()


def _weight(text: str, what: str, wanted: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise BadWeight(text[:40], what, wanted) from None
    if not math.isfinite(number) or number < 0 or number > 1e12:
        raise BadWeight(text[:40], what, wanted)
    return number
