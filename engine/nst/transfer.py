"""One painting, from coarse to fine; a step of its optimiser is a token."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import torch
from PIL import Image
from torch import Tensor

from engine.backbones import Backbone
from engine.nst import pyramid
from engine.nst.batch import Batch, Slope
from engine.nst.captured import Captures
from engine.nst.large import LargeObjective
from engine.nst.large_targets import LargeTargets, make_large_targets
from engine.nst.objective import Objective, Targets, make_targets, style_factors
from engine.nst.optimisers import Adam, Optimiser, optimiser
from engine.nst.originals import Originals
from engine.nst.schedule import Stop, stops
from engine.nst.style_cache import StyleCache
from engine.nst.tensors import from_bytes, to_bytes, to_tensor
from engine.nst.tiles import by_tiles
from engine.streams import borrowed
from jobs.events import Losses
from jobs.recipe import Init, Recipe

_Key = tuple[tuple[int, int], tuple[int, ...]]


@dataclass(frozen=True)
class Frame:
    """The painting after a step: losses before it, each with its weight, at `scale` of `scales`."""

    step: int
    steps: int
    losses: Losses
    scale: int
    scales: int


class _At(NamedTuple):
    """Where a painting is; changed as a whole, since another thread may look meanwhile."""

    scale: int = 0
    steps: int = 0
    """Made at this scale."""
    before: int = 0
    """Made at the scales before."""


class Transfer:
    """A painting in progress: call `step` until `done`, then take `picture`.

    In company, `image` and `targets` go into a batch instead, and `take` takes the slope from it.
    """

    def __init__(
        self,
        recipe: Recipe,
        content: Image.Image,
        styles: list[Image.Image],
        backbone: Backbone,
        init: Image.Image | None = None,
        cache: StyleCache | None = None,
        captures: Captures | None = None,
        masks: Sequence[Image.Image] = (),
    ) -> None:
        """`styles` are the recipe's, in its order; `init` is the picture of init = picture.

        Pictures of any size and mode; what is transparent is painted as if it lay over white.
        `masks` (mode L) are the recipe's, in its order.
        `cache` holds targets of styles by their digests, which then must be the pictures' own.
        `captures` makes the steps where the device is better off with captured ones.
        """
        assert recipe.backbone == backbone.name
        assert (init is not None) == (recipe.init is Init.PICTURE)
        self.recipe, self.backbone = recipe, backbone
        assert len(masks) == len(recipe.masks)
        self._originals = Originals(
            content, styles, init, backbone.device, masks, styles_rest=recipe.styles_rest
        )
        self._stops = stops(recipe, *self._originals.size)
        self._cache = cache
        self._captures = captures if recipe.may_be_batched else None
        self._targets: dict[_Key, Targets | LargeTargets] = {}
        self._towards: Targets | LargeTargets | None = None
        self._alone = Batch(backbone)
        self._at = _At()
        image = self._first_image()
        self.initial_losses: Losses = self._measure(self._start_at_full_size(image))
        """At the full size, before the first step."""
        self.optimiser: Optimiser = self._fresh(image)
        self._leave_finished_scales()
        self._look_ahead()

    @property
    def steps_made(self) -> int:
        """Steps so far, over all scales."""
        at = self._at
        return at.before + at.steps

    @property
    def done(self) -> bool:
        """Whether all steps are made."""
        return self.steps_made == self.recipe.steps

    @property
    def image(self) -> Tensor:
        """The picture now, (1, 3, H, W) in [0, 1], at the size of its scale."""
        return self.optimiser.image

    @property
    def canvas(self) -> tuple[int, int]:
        """Width and height of this scale in px."""
        return self._stops[self._at.scale].canvas

    @property
    def by_tiles(self) -> bool:
        """Whether the picture is too large now for one pass; it is painted by itself then."""
        return by_tiles(self.canvas, self.backbone.device.whole_side)

    @property
    def targets(self) -> Targets:
        """What the picture is painted towards at this scale; one object for as long as it lasts.

        Of a picture that is not painted by tiles.
        """
        towards = self._towards_now
        assert isinstance(towards, Targets)
        return towards

    @property
    def _towards_now(self) -> Targets | LargeTargets:
        if self._towards is None:
            stop = self._stops[self._at.scale]
            self._towards = self._targets_at(stop).at_scale(stop.content_factor)
        return self._towards

    def _look_ahead(self) -> None:
        """Have the targets of this scale made now, and not when the first step wants them."""
        _ = self._towards_now

    @property
    def nbytes(self) -> int:
        """What targets and optimiser hold between two steps."""
        # Another thread may be at it.
        return sum(each.nbytes for each in list(self._targets.values())) + self.optimiser.nbytes

    @property
    def steps_ahead(self) -> int:
        """Steps that are left at this scale."""
        at = self._at
        return self._stops[at.scale].steps - at.steps

    def step(self, most: int = 1) -> Frame:
        """One step of the optimiser, without company; up to `most` where they are captured."""
        if isinstance(towards := self._towards_now, LargeTargets):
            return self.take(self._large(towards).slope(self.image, self.steps_made))
        if self._captures is not None:
            steps = min(most, self.steps_ahead)
            (losses,) = self._captures.advance(self.backbone, [self], steps)
            return self.stepped(steps, losses)
        (slope,) = self._alone.slopes([self.image], [self.targets])
        return self.take(slope)

    def take(self, slope: Slope) -> Frame:
        """Make a step down `slope`, which is that of `image`; moves on to the next scale itself."""
        self.optimiser.step(slope.gradient, slope.total)
        return self.stepped(1, slope.losses)

    def stepped(self, steps: int, losses: Losses) -> Frame:
        """So many steps of `optimiser` were made; `losses` are those before the last of them."""
        frame = self.went(steps)(losses)
        if self.moves:
            self.move_on()
        return frame

    def went(self, steps: int) -> Callable[[Losses], Frame]:
        """As `stepped`, with losses that come later; `move_on` is left to whoever calls this.

        Another thread may move it on or finish it from now on.
        """
        self._at = at = self._at._replace(steps=self._at.steps + steps)
        assert at.steps <= self._stops[at.scale].steps
        step, scale = self.steps_made, at.scale + 1
        if self.done or self.moves:
            # Its place goes to another picture.
            self.optimiser.leave()
        else:
            self.move_on()
        return lambda losses: Frame(step, self.recipe.steps, losses, scale, len(self._stops))

    @property
    def moves(self) -> bool:
        """Whether the next it does is to move on to another canvas."""
        at = self._at
        here = self._stops[at.scale]
        if at.steps < here.steps or at.before + at.steps == self.recipe.steps:
            return False
        return self._stops[at.scale + 1].canvas != here.canvas

    def move_on(self) -> None:
        """Go to the next scale if this one is finished."""
        before = self.optimiser
        self._leave_finished_scales()
        self._look_ahead()
        if self.optimiser is not before:
            borrowed(*(getattr(before, name) for name in before.GROWS))

    def picture(self) -> Image.Image:
        """The picture now, clamped, 8-bit RGB, at the size of its scale.

        Where no style has a region it is the photo.
        """
        return self.moment()()

    def moment(self) -> Callable[[], Image.Image]:
        """What gives `picture` as it is at this moment; any thread may call it, at any time."""
        pixels = to_bytes(self.image)
        return lambda: self._originals.kept_outside(from_bytes(pixels))

    def finished_losses(self) -> Losses:
        """Of the finished picture as it is delivered: clamped, 8-bit, at the full size."""
        device = self.backbone.device
        return self._measure(device.place(to_tensor(self.picture(), device.torch_device)))

    def _landing(self, scale: int) -> float:
        """In how many steps the optimiser of a scale is to come to rest."""
        return self._stops[-1].steps if scale == len(self._stops) - 1 else math.inf

    def _leave_finished_scales(self) -> None:
        last = len(self._stops) - 1
        while (at := self._at).scale < last and at.steps == self._stops[at.scale].steps:
            self._at, self._towards = _At(at.scale + 1, before=at.before + at.steps), None
            self._alone = Batch(self.backbone)
            self._grow(self._stops[at.scale].canvas, self.canvas)
        ahead = {_key(stop) for stop in self._stops[self._at.scale :]}
        self._targets = {key: held for key, held in self._targets.items() if key in ahead}

    def _grow(self, old: tuple[int, int], new: tuple[int, int]) -> None:
        """Enlarge the picture, with the detail of the start that is too fine for the old canvas."""
        if old == new:
            self.optimiser.land(self._landing(self._at.scale))
            return
        size = new[1], new[0]
        start = self._originals.start
        detail = start(new) - pyramid.enlarged(start(old), size)
        image = (pyramid.enlarged(self.image, size) + detail).clamp(0, 1)
        if self.by_tiles and not isinstance(self.optimiser, Adam):
            self.optimiser = self._fresh(image)
        else:
            self.optimiser = self.optimiser.grown(image, self._landing(self._at.scale))

    def _fresh(self, image: Tensor) -> Optimiser:
        """An optimiser that knows nothing yet, for `image` at this scale.

        By tiles it is Adam: L-BFGS would remember 16 times the picture, and in the few steps of a
        large scale it has hardly learned anything (measured).
        """
        name = "adam" if self.by_tiles else self.recipe.optimizer
        digits = self.backbone.device.network_dtype
        landing = self._landing(self._at.scale)
        return optimiser(name, image, self.recipe.learning_rate, landing, digits)

    def _first_image(self) -> Tensor:
        width, height = self._stops[0].canvas
        if self.recipe.init is not Init.NOISE:
            return self._originals.start((width, height))
        generator = torch.Generator().manual_seed(self.recipe.seed)
        noise = torch.rand((1, 3, height, width), generator=generator)
        return self.backbone.device.place(noise)

    def _start_at_full_size(self, first: Tensor) -> Tensor:
        width, height = self._stops[-1].canvas
        if self.recipe.init is not Init.NOISE:
            return self._originals.start((width, height))
        return pyramid.enlarged(first, (height, width))

    def _measure(self, image: Tensor) -> Losses:
        """The losses of a picture of the full size."""
        stop = self._stops[-1]
        targets = self._targets_at(stop).at_scale(stop.content_factor)
        if isinstance(targets, LargeTargets):
            return self._large(targets).measure(image)
        return Objective(self.backbone, [targets]).measure(image).of(0)

    def _large(self, targets: LargeTargets) -> LargeObjective:
        return LargeObjective(self.backbone, targets, self.backbone.device.tile_side)

    def _targets_at(self, stop: Stop) -> Targets | LargeTargets:
        key = _key(stop)
        if key not in self._targets:
            self._targets[key] = self._made_targets(stop)
        return self._targets[key]

    def _made_targets(self, stop: Stop) -> Targets | LargeTargets:
        content = self._originals.content(stop.canvas)
        grams = self._grams(stop.style_sides)
        regions = self._originals.regions(stop.canvas)
        if by_tiles(stop.canvas, self.backbone.device.whole_side):
            side = self.backbone.device.tile_side
            return make_large_targets(self.recipe, self.backbone, content, grams, regions, side)
        return make_targets(self.recipe, self.backbone, content, grams, regions)

    def _grams(self, sides: tuple[int, ...]) -> list[dict[str, Tensor]]:
        """Of each style."""
        found = []
        for number, (style, side) in enumerate(zip(self.recipe.styles, sides, strict=True)):
            cache = self._cache if self._cache is not None else StyleCache()
            picture = partial(self._originals.style, number, side)
            layers = style_factors(self.recipe)
            found.append(cache.grams(self.backbone, style.digest, side, layers, picture))
        return found


def _key(stop: Stop) -> _Key:
    """What the targets of a scale depend on."""
    return stop.canvas, stop.style_sides
