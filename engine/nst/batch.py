"""The hot step: slopes of several pictures of one canvas, by one pass through the network."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.backbones import Backbone
from engine.nst.objective import Objective, Targets
from jobs.events import Losses


@dataclass(frozen=True)
class Slope:
    """Where a picture stands: the gradient (1, 3, H, W) of its total loss (1,), and its losses."""

    gradient: Tensor
    total: Tensor
    losses: Losses


class Batch:
    """A place where pictures of one backbone and canvas meet; who they are may change each step."""

    def __init__(self, backbone: Backbone) -> None:
        self._backbone = backbone
        self._targets: tuple[Targets, ...] = ()
        self._objective: Objective | None = None

    def slopes(self, images: Sequence[Tensor], targets: Sequence[Targets]) -> list[Slope]:
        """The slope of each picture (1, 3, H, W) in [0, 1] towards its own targets.

        No picture's slope depends on its neighbours. Nothing has changed if this raises.
        """
        objective = self._objective_of(tuple(targets))
        pictures = images[0].detach() if len(images) == 1 else torch.cat(list(images))
        parts = objective(pictures.requires_grad_())
        totals = parts.total
        (gradients,) = torch.autograd.grad(totals.sum(), pictures)
        each = zip(
            torch.split(gradients, 1), torch.split(totals.detach(), 1), parts.each(), strict=True
        )
        return [Slope(*slope) for slope in each]

    def _objective_of(self, targets: tuple[Targets, ...]) -> Objective:
        """Stacked once for as long as the same pictures are here."""
        if self._objective is None or targets != self._targets:
            # Let go of the old stack before the new one needs the room.
            self._objective = None
            self._objective, self._targets = Objective(self._backbone, targets), targets
        return self._objective
