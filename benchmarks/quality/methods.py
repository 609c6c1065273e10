"""The ways of painting that run in this process: ours, and the objective written plainly."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from PIL import Image
from torch import Tensor

from benchmarks.quality.pairs import Pair
from benchmarks.quality.stopwatch import Spent, Stopwatch, axis_of
from benchmarks.straightforward import Straightforward
from config.settings import OptimizerName, Settings
from engine.backbones import Backbone
from engine.nst.schedule import canvas
from engine.nst.tensors import to_picture, to_tensor
from engine.nst.transfer import Transfer
from jobs.recipe import Recipe
from jobs.request import Wish, make_recipe
from pictures.sizes import scaled


@dataclass(frozen=True)
class Shot:
    """A picture of a way of painting after some steps.

    `equal` marks what stands for the method at equal seconds. `objective` is that of the recipe at
    the 8-bit picture and the full size, where the method has the same objective.
    """

    picture: Image.Image
    steps: int
    spent: Spent
    equal: bool
    objective: float | None = None


@dataclass(frozen=True)
class Wanted:
    """What is asked of a method.

    `budget` are the seconds that ours took, 0 for ours; `over_time` asks for what it has at other
    times, too.
    """

    strength: float
    budget: float
    over_time: bool


class Method(Protocol):
    """A way of painting. Loading the network does not count, targets do."""

    name: str

    def paint(self, pair: Pair, wanted: Wanted) -> Iterator[Shot]:
        """Shots on the way."""


@dataclass(frozen=True)
class Task:
    """What the methods of this process share: network, size and settings."""

    backbone: Backbone
    size: int
    settings: Settings

    @property
    def axis(self) -> str:
        """The seconds that count."""
        return axis_of(self.backbone.device.torch_device.type)

    def recipe(self, strength: float, steps: int | None = None) -> Recipe:
        """The backbone's own, as a member gets it."""
        wish = Wish(
            backbone=self.backbone.name,
            styles=["0" * 64],
            size=self.size,
            strength=strength,
            steps=steps,
            seed=1,
        )
        return make_recipe(wish, self.settings)

    def warm_up(self, pair: Pair) -> None:
        """Paint a little, since a GPU's first steps take seconds that no later ones take."""
        photo, style = pair.opened()
        transfer = Transfer(self.recipe(1.0, steps=4), photo, [style], self.backbone)
        while not transfer.done:
            transfer.step()


class Ours:
    """The engine. Fewer steps have a schedule of their own, so they are painted from the start."""

    name = "ours"
    PARTS = (1.0, 0.5, 0.25)
    """Of the recipe's steps, the whole of which stands for it."""

    def __init__(self, task: Task) -> None:
        self._task = task

    def paint(self, pair: Pair, wanted: Wanted) -> Iterator[Shot]:
        """One shot a painting."""
        whole = self._task.recipe(wanted.strength).steps
        for part in self.PARTS if wanted.over_time else (1.0,):
            photo, style = pair.opened()
            recipe = self._task.recipe(wanted.strength, max(1, round(whole * part)))
            watch = Stopwatch()
            with watch.running():
                transfer = Transfer(recipe, photo, [style], self._task.backbone)
                while not transfer.done:
                    transfer.step()
                picture = transfer.picture()
            objective = transfer.finished_losses().total
            yield Shot(picture, recipe.steps, watch.spent, part == 1, objective)


class Plain:
    """The same objective, on pixels at one scale."""

    STEPS: Mapping[OptimizerName, tuple[int, ...]] = {
        "adam": (25, 50, 100),
        "lbfgs": (25, 50, 100, 200),
    }
    """Where to look."""

    def __init__(self, task: Task, backbone: Backbone, optimizer: OptimizerName) -> None:
        """`backbone` is the task's network as torch has it."""
        self._task, self._backbone, self._optimizer = task, backbone, optimizer
        self.name = f"plain {'Adam' if optimizer == 'adam' else 'L-BFGS'}"

    def paint(self, pair: Pair, wanted: Wanted) -> Iterator[Shot]:
        """A shot where it has taken as long as ours, and at each of its STEPS."""
        photo, style = pair.opened()
        watch, axis, steps, met = Stopwatch(), self._task.axis, 0, wanted.budget <= 0
        looks = self.STEPS[self._optimizer] if wanted.over_time else (0,)
        with watch.running():
            plain = self._begun(self._task.recipe(wanted.strength), photo, style)
        while steps < looks[-1] or not met:
            with watch.running():
                plain.step()
            steps += 1
            equal = not met and watch.spent.on(axis) >= wanted.budget
            met = met or equal
            if equal or steps in looks:
                picture = to_picture(plain.image)
                objective = float(plain.loss(self._tensor(picture)))
                yield Shot(picture, steps, watch.spent, equal, objective)

    def _begun(self, recipe: Recipe, photo: Image.Image, style: Image.Image) -> Straightforward:
        size = canvas(recipe, photo.size)
        style_size = scaled(style.size, round(max(size) * recipe.style_scale), min_side=1)
        content, model = (
            self._tensor(picture.resize(wanted, Image.Resampling.LANCZOS))
            for picture, wanted in ((photo, size), (style, style_size))
        )
        return Straightforward(recipe, content, model, self._backbone, self._optimizer)

    def _tensor(self, picture: Image.Image) -> Tensor:
        return self._backbone.device.place(to_tensor(picture))
