"""Paintings that make their steps together, so that the network runs once for all of them."""

from collections.abc import Callable, Sequence
from functools import partial

import structlog

from engine.backbones import Backbone
from engine.nst.batch import Batch, Slope
from engine.nst.objective import Targets
from engine.nst.transfer import Frame
from engine.painting import Painting

log = structlog.get_logger(__name__)


class Company:
    """One backbone and canvas; who is in it may change from step to step."""

    def __init__(self, backbone: Backbone) -> None:
        self._backbone = backbone
        self._batch = Batch(backbone)
        self._apart: tuple[Targets, ...] = ()

    def step(self, paintings: Sequence[Painting]) -> list[Frame | Exception]:
        """A step of each, or what kept it from one: a bad painting fails alone.

        Where the batch itself fails these paintings go one by one for as long as they are here.
        """
        slopes = self._slopes(paintings)
        if slopes is None:
            return [_tried(painting.step) for painting in paintings]
        pairs = zip(paintings, slopes, strict=True)
        return [_tried(partial(painting.take, slope)) for painting, slope in pairs]

    def _slopes(self, paintings: Sequence[Painting]) -> list[Slope] | None:
        """None where they cannot be had together."""
        targets = tuple(painting.targets for painting in paintings)
        if targets == self._apart:
            return None
        try:
            with self._backbone.device.memory_watched():
                return self._batch.slopes([painting.image for painting in paintings], targets)
        except Exception as error:  # whose fault it is shows when each makes its step by itself
            log.warning("batch_failed", pictures=len(paintings), why=str(error), next="one by one")
        self._apart, self._batch = targets, Batch(self._backbone)
        self._backbone.device.free()
        return None


def _tried(step: Callable[[], Frame]) -> Frame | Exception:
    try:
        return step()
    except Exception as error:  # told to the member by whoever follows the job
        return error
