"""Paintings that make their steps together, so that the network runs once for all of them."""

from collections.abc import Callable, Sequence
from functools import partial

import structlog

from engine.backbones import Backbone
from engine.nst.batch import Batch
from engine.nst.captured import Captures
from engine.nst.objective import Targets
from engine.nst.transfer import Frame
from engine.painting import Painting
from jobs.events import Losses

Landing = Callable[[], list[Frame | Exception]]

log = structlog.get_logger(__name__)


class Company:
    """One backbone and canvas; who is in it may change from step to step."""

    def __init__(self, backbone: Backbone, captures: Captures | None = None) -> None:
        """`captures` makes the steps where the device is better off with captured ones."""
        self._backbone, self._captures = backbone, captures
        self._batch = Batch(backbone)
        self._apart: tuple[Targets, ...] = ()

    def step(self, paintings: Sequence[Painting], most: int = 1) -> list[Frame | Exception]:
        """A step of each, or what kept it from one: a bad painting fails alone.

        Up to `most` steps where they are captured, as many for each. Where the batch itself fails
        these paintings go one by one for as long as they are here.
        """
        targets = _towards(paintings)
        if targets is not None and targets != self._apart:
            failed: str | None = None
            try:
                with self._backbone.device.memory_watched():
                    steps = self._steps(paintings, targets, most)
            except Exception as error:  # whose fault it is shows when each goes by itself
                failed = _why(error)
            if failed is None:
                return [_tried(step) for step in steps]
            self._part(targets, failed)
        return [_tried(partial(painting.step, most)) for painting in paintings]

    def launch(self, paintings: Sequence[Painting], most: int) -> Landing:
        """As `step`, for paintings that somebody else moves on; waits only where it must.

        What it gives waits for the steps, and gives what `step` does.
        """
        targets = _towards(paintings)
        if self._captures is not None and targets is not None and targets != self._apart:
            steps = _in_common(paintings, most)
            sitters = [painting.sitter for painting in paintings]
            failed: str | None = None
            try:
                with self._backbone.device.memory_watched():
                    landing = self._captures.launch(self._backbone, sitters, steps)
            except Exception as error:  # whose fault it is shows when each goes by itself
                failed = _why(error)
            if failed is not None:
                self._part(targets, failed)
            else:
                return partial(_landed, [_gone(painting, steps) for painting in paintings], landing)
        outcomes = self.step(paintings, most)
        return lambda: outcomes

    def _steps(
        self, paintings: Sequence[Painting], targets: tuple[Targets, ...], most: int
    ) -> list[Callable[[], Frame]]:
        """What is left to do for each painting by itself."""
        if self._captures is None:
            slopes = self._batch.slopes([painting.image for painting in paintings], targets)
            pairs = zip(paintings, slopes, strict=True)
            return [partial(painting.take, slope) for painting, slope in pairs]
        steps = _in_common(paintings, most)
        sitters = [painting.sitter for painting in paintings]
        each = zip(paintings, self._captures.advance(self._backbone, sitters, steps), strict=True)
        return [partial(painting.stepped, steps, losses) for painting, losses in each]

    def _part(self, targets: tuple[Targets, ...], why: str) -> None:
        """Not within a handler, where the exception holds what the batch had allocated."""
        log.warning("batch_failed", pictures=len(targets), why=why, next="one by one")
        self._apart, self._batch = targets, Batch(self._backbone)
        self._backbone.device.free()
        if self._captures is not None:
            self._captures.clear()
            self._backbone.device.free()


def _why(error: Exception) -> str:
    return str(error) or type(error).__name__


def _towards(paintings: Sequence[Painting]) -> tuple[Targets, ...] | None:
    """The targets of each; None where one has none, as it will say itself."""
    try:
        return tuple(painting.targets for painting in paintings)
    except Exception:
        return None


def _gone(painting: Painting, steps: int) -> Callable[[Losses], Frame]:
    """What gives the frame of steps that were made, or raises what keeps `painting` from it."""
    try:
        return painting.went(steps)
    except Exception as error:
        kept_from_it = error

    def fail(_: Losses) -> Frame:
        raise kept_from_it

    return fail


def _in_common(paintings: Sequence[Painting], most: int) -> int:
    """Steps that all of them make at the canvas where they are, up to `most`."""
    return min(most, *(painting.steps_ahead for painting in paintings))


def _landed(
    frames: Sequence[Callable[[Losses], Frame]], landing: Callable[[], list[Losses]]
) -> list[Frame | Exception]:
    try:
        losses = landing()
    except Exception as error:  # the device's own; it is everybody's
        return [error] * len(frames)
    pairs = zip(frames, losses, strict=True)
    return [_tried(partial(frame, each)) for frame, each in pairs]


def _tried(step: Callable[[], Frame]) -> Frame | Exception:
    try:
        return step()
    except Exception as error:  # told to the member by whoever follows the job
        return error
