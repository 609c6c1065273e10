"""A variant of the recipe as a way of painting, for the sweep of benchmarks.quality."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from benchmarks.quality.methods import Shot, Task, Wanted
from benchmarks.quality.pairs import Pair
from benchmarks.quality.stopwatch import Stopwatch
from benchmarks.variants.averages import Average, Last
from engine.backbones import Backbone
from engine.nst.tensors import to_picture
from engine.nst.transfer import Transfer
from jobs.recipe import Init, Recipe


@dataclass
class Variant:
    """The task's recipe with `changes`, seen through `backbone`, `average` taken at the end."""

    name: str
    task: Task
    steps: int
    changes: Mapping[str, Any] = field(default_factory=dict)
    backbone: Backbone | None = None
    """None takes the task's own."""
    average: Callable[[], Average] = Last
    same_objective: bool = False
    """Whether it makes small what the recipe does, so that the objectives compare."""

    def paint(self, pair: Pair, wanted: Wanted) -> Iterator[Shot]:
        """One shot, at the end."""
        photo, style = pair.opened()
        own = self.task.recipe(wanted.strength, self.steps)
        recipe = changed(own, self.changes)
        average, watch = self.average(), Stopwatch()
        with watch.running():
            transfer = Transfer(recipe, photo, [style], self.backbone or self.task.backbone)
            while not transfer.done:
                frame = transfer.step()
                average.see(frame.step / frame.steps, transfer.image)
            picture = to_picture(average.image)
        objective = self._objective(own, pair, picture) if self.same_objective else None
        yield Shot(picture, recipe.steps, watch.spent, True, objective)

    def _objective(self, own: Recipe, pair: Pair, picture: Image.Image) -> float:
        """The recipe's own, at a finished picture."""
        photo, style = pair.opened()
        begun = changed(own, {"init": Init.PICTURE, "init_digest": "0" * 64})
        transfer = Transfer(begun, photo, [style], self.task.backbone, init=picture)
        return transfer.initial_losses.total


def changed(recipe: Recipe, changes: Mapping[str, Any]) -> Recipe:
    """`recipe` with other values, checked as any."""
    return Recipe.model_validate({**recipe.model_dump(), **changes})
