"""A job in the engine: its painting, and what is known beforehand of its memory and time."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass

from engine.estimates import Speed
from engine.forecast import Stage
from engine.memory import Need, style_pixels
from engine.nst.schedule import Stop, stops
from engine.nst.transfer import Frame
from engine.painting import Painting
from engine.scheduler import Entry
from engine.sheet import Sheet
from jobs.recipe import Recipe

_OPENING = 0.05
"""Seconds for a megapixel of a picture to be opened and resized on an ordinary CPU (measured)."""


@dataclass
class Seat:
    """What the engine has of a job."""

    job: str
    painting: Painting | Sheet
    asked_canvas: tuple[int, int]
    """Width and height as the job names them, in px; the painting's aspect."""
    need: Need
    ratio: float
    """The work of a step over that of a step of the backbone's own recipe; a sheet's has many."""
    previewed: float
    """When it was last shown."""
    frame: Frame | None = None
    """What was told last."""

    @property
    def group(self) -> Hashable:
        """What jobs that make their next step together have in common."""
        return self.painting.meets or self.job

    @property
    def work(self) -> float:
        """Megapixels of its next step, as its backbone's own recipe would have them."""
        width, height = self.painting.canvas
        return self.ratio * width * height / 1e6

    def entry(self, *, alone: bool) -> Entry:
        """The job as the scheduler sees it."""
        recipe = self.painting.recipe
        last = plan(recipe, self.asked_canvas)[-1].canvas
        group = self._met_at(last)
        return Entry(self.job, self.need.held, self.need.passing, group, alone)

    def stages(self, speed_at: Callable[[float], Speed]) -> list[Stage]:
        """What is left to do; `speed_at` gives the speed of steps of so many megapixels."""
        recipe, made = self.painting.recipe, self.painting.steps_made
        here = plan(recipe, self.asked_canvas)
        stages = []
        if not self.painting.begun:
            stages.append(Stage(self.job, self._beginning(here, speed_at)))
        for stop in here:
            left = max(0, stop.steps - made)
            made = max(0, made - stop.steps)
            group = self._met_at(stop.canvas) or self.job
            speed = speed_at(work := self.ratio * _megapixels(stop.canvas))
            seconds = speed.megapixel * work
            stages.append(Stage(group, seconds, left, speed.step))
        finish = self._looking(_megapixels(here[-1].canvas), speed_at)
        return [*stages, Stage(self.job, finish)]

    def _met_at(self, canvas: tuple[int, int]) -> Hashable | None:
        """What jobs that may make steps at a canvas with this one have in common; see `group`."""
        return self.painting.meets_at(canvas) if isinstance(self.painting, Painting) else None

    def _beginning(self, here: list[Stop], speed_at: Callable[[float], Speed]) -> float:
        """Content and styles are looked at at each size, and the start once more at the whole."""
        recipe = self.painting.recipe
        seconds = _OPENING * self.painting.megapixels_to_open
        for stop in here:
            seconds += self._looking(_megapixels(stop.canvas), speed_at)
            # Of a sheet one counts for all, as its ratio does.
            for pixels in style_pixels(recipe, stop.canvas):
                seconds += self._looking(pixels / 1e6, speed_at)
        return seconds + self._looking(_megapixels(here[-1].canvas), speed_at)

    def _looking(self, megapixels: float, speed_at: Callable[[float], Speed]) -> float:
        """Seconds of a look at a picture of that size, which is resized and placed for it."""
        work = self.ratio * megapixels
        speed = speed_at(work)
        return speed.look + speed.glance * work


def plan(recipe: Recipe, canvas: tuple[int, int]) -> list[Stop]:
    """The scales of a job whose finished painting has the aspect of `canvas`."""
    if recipe.classic is not None:
        return [Stop(canvas, (recipe.classic.style_side,), recipe.steps, 1.0)]
    return stops(recipe, *canvas)


def _megapixels(canvas: tuple[int, int]) -> float:
    return canvas[0] * canvas[1] / 1e6
