"""The variants that are measured: each differs from the recipe in one choice."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from benchmarks.quality.methods import Task
from benchmarks.variants.altered import AsTorchvision, Smoothed
from benchmarks.variants.averages import Average, Exponential, LastTenth
from benchmarks.variants.variant import Variant
from jobs.layers import layers_of
from jobs.recipe import Init, LayerWeight

RECIPE = "the recipe"
_FIRST_STEPS = {"another first step": 0.98, "yet another": 1.02}
"""Factors on the learning rate; so small a difference shows what is chance."""
_AVERAGES: dict[str, Callable[[], Average]] = {
    "mean of the last tenth": LastTenth,
    "exponential mean 0.95": partial(Exponential, 0.95),
    "exponential mean 0.99": partial(Exponential, 0.99),
}
_SMOOTHINGS = ((1, 1), (100, 1), (1000, 1), (1000, 4))
"""Temperatures and strengths. Activations of SqueezeNet are in the hundreds: a softmax of them as
they are is one-hot. At a high temperature pictures look alike, so style counts little."""

_Layers = list[dict[str, Any]]


def variants(task: Task, steps: int | None = None) -> list[Variant]:
    """The recipe first, since the others are compared to it."""
    own = task.recipe(1.0, steps)
    return [
        Variant(RECIPE, task, own.steps, same_objective=True),
        *_optimisers(task, own.steps),
        *_smoothed(task, own.steps),
        *_layers(task, own.steps),
        Variant("torchvision's padding", task, own.steps, backbone=AsTorchvision(task.backbone)),
    ]


def _optimisers(task: Task, steps: int) -> Iterator[Variant]:
    """Another way to make the same objective small."""
    for name, factor in _FIRST_STEPS.items():
        rate = {"learning_rate": task.recipe(1.0).learning_rate * factor}
        yield Variant(name, task, steps, rate, same_objective=True)
    yield Variant("from noise", task, steps, {"init": Init.NOISE}, same_objective=True)
    for title, optimizer in (("L-BFGS", "lbfgs"), ("Adam", "adam")):
        change = {"optimizer": optimizer}
        if optimizer != task.recipe(1.0).optimizer:
            yield Variant(title, task, steps, change, same_objective=True)
        for words, average in _AVERAGES.items():
            yield Variant(
                f"{title}, {words}", task, steps, change, average=average, same_objective=True
            )


def _smoothed(task: Task, steps: int) -> Iterator[Variant]:
    for temperature, strength in _SMOOTHINGS:
        name = f"SWAG, temperature {temperature}" + f", strength {strength}" * (strength != 1)
        backbone = Smoothed(task.backbone, temperature)
        yield Variant(name, task, steps, {"strength": strength}, backbone=backbone)


def _layers(task: Task, steps: int) -> Iterator[Variant]:
    own = task.recipe(1.0)
    for left_out in own.style_layers:
        rest = [layer for layer in own.style_layers if layer is not left_out]
        yield Variant(
            f"style without {left_out.layer}", task, steps, {"style_layers": _dumped(rest)}
        )
    equal = [LayerWeight(layer=each.layer, weight=1) for each in own.style_layers]
    yield Variant("style layers equal", task, steps, {"style_layers": _dumped(equal)})
    deepest = own.content_layers[-1]
    names = layers_of(task.backbone.name)
    deeper = LayerWeight(layer=names[names.index(deepest.layer) + 1], weight=deepest.weight)
    layers = _dumped([*own.content_layers, deeper])
    yield Variant(f"content with {deeper.layer}", task, steps, {"content_layers": layers})


def _dumped(layers: Sequence[LayerWeight]) -> _Layers:
    return [layer.model_dump() for layer in layers]
