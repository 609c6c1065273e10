"""Steps of several pictures of one canvas as one graph, which a GPU runs without the host."""

import contextlib
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from typing import Protocol
from weakref import ref

import torch

from engine.backbones import Backbone
from engine.nst.objective import Objective, Targets
from engine.nst.optimisers import Optimiser
from jobs.events import Losses

Landing = Callable[[], list[Losses]]
"""Waits until steps are made, and gives the losses of each picture before the last of them."""


class Sitter(Protocol):
    """A picture in progress at one scale."""

    @property
    def optimiser(self) -> Optimiser:
        """Of this picture alone."""

    @property
    def targets(self) -> Targets:
        """What it is painted towards; one object for as long as it lasts."""


_EXACT = 16


class Easels:
    """Places in which pictures of one canvas lie for as long as they are stepped together.

    Their tensors stay where they are, so that steps can be captured once and replayed. Pictures
    lie in the first places, and a step is made of so many of these as there are pictures.
    """

    PATIENCE = 4
    """Strides for which a step of more places does, since to capture one takes as long as some."""

    def __init__(self, backbone: Backbone, sitters: Sequence[Sitter], places: int) -> None:
        """Room for `places` pictures like these. Raises what a shortage of memory raises."""
        self._room = sitters[0].optimiser.room_for(places)
        towards = [sitter.targets for sitter in sitters]
        self._objective = Objective.room_for(places, backbone, towards)
        self._losses = self._room.image.new_zeros((places, 3))
        self._sitting: list[tuple[ref[Optimiser], ref[Targets]] | None] = [None] * places
        self._device = backbone.device
        self._steps: dict[int, Callable[[], None]] = {}
        self._missed: Counter[int] = Counter()

    @property
    def places(self) -> int:
        """How many pictures can lie here."""
        return len(self._sitting)

    @property
    def nbytes(self) -> int:
        """Of pictures, optimisers and targets; activations are shared by all that is captured."""
        return self._room.nbytes + self._objective.nbytes

    @property
    def idle(self) -> bool:
        """Whether nobody sits here."""
        return not any(self._sitter(place) for place in range(self.places))

    def knows(self, sitters: Sequence[Sitter]) -> bool:
        """Whether their layers have losses here."""
        return all(self._objective.has_room_for(sitter.targets) for sitter in sitters)

    def launch(self, sitters: Sequence[Sitter], steps: int) -> Landing:
        """Have `steps` steps of each optimiser made, without waiting for them."""
        places = self._seat(sitters)
        step = self._step_of(len(sitters))
        for _ in range(steps):
            step()
        arrived = self._device.arriving(self._losses[: len(sitters)])

        def landed() -> list[Losses]:
            numbers = arrived()
            return [Losses(content=c, style=s, tv=t) for c, s, t in (numbers[p] for p in places)]

        return landed

    def _step_of(self, pictures: int) -> Callable[[], None]:
        """A step of the first places, so many or some more."""
        wanted = min(_roughly(pictures), self.places)
        larger = min((count for count in self._steps if count >= wanted), default=None)
        if larger is not None and larger > wanted:
            self._missed[wanted] += 1
            if self._missed[wanted] <= self.PATIENCE:
                return self._steps[larger]
        if wanted not in self._steps:
            self._steps[wanted] = self._device.captured(self._step_no_sync(wanted))
        return self._steps[wanted]

    def _step_no_sync(self, places: int) -> Callable[[], None]:
        """A step of the first places. It is captured: it must not ask the device for anything."""
        room, objective = self._room.first(places), self._objective.first(places)
        losses = self._losses[:places]

        def step() -> None:
            pictures = room.image.detach().requires_grad_()
            parts = objective(pictures)
            total = parts.total
            (gradients,) = torch.autograd.grad(total, pictures, torch.ones_like(total))
            each = [part.detach() for part in (parts.content, parts.style, parts.tv)]
            torch.stack(each, dim=1, out=losses)
            room.step(gradients, total.detach())

        return step

    def _seat(self, sitters: Sequence[Sitter]) -> list[int]:
        """The place of each, among the first; whoever sits here and is not among them gets up."""
        wanted = {id(sitter.optimiser): sitter for sitter in sitters}
        found: dict[int, int] = {}
        for place in range(self.places):
            sitter = self._still(place, wanted)
            if sitter is None or place >= len(sitters):
                self._get_up(place)
            else:
                found[id(sitter.optimiser)] = place
        empty = (place for place, sitting in enumerate(self._sitting) if sitting is None)
        for key, sitter in wanted.items():
            if key not in found:
                found[key] = next(empty)
                self._sit_down(found[key], sitter)
        return [found[id(sitter.optimiser)] for sitter in sitters]

    def _still(self, place: int, wanted: dict[int, Sitter]) -> Sitter | None:
        """Who sits here and has a right to."""
        if (optimiser := self._sitter(place)) is None:
            return None
        sitting, sitter = self._sitting[place], wanted.get(id(optimiser))
        if sitting is None or sitter is None or sitter.targets is not sitting[1]():
            return None
        return sitter

    def _sitter(self, place: int) -> Optimiser | None:
        """Of a picture that still lies here."""
        sitting = self._sitting[place]
        optimiser = None if sitting is None else sitting[0]()
        return optimiser if optimiser is not None and optimiser.lies_in(self._room) else None

    def _sit_down(self, place: int, sitter: Sitter) -> None:
        sitter.optimiser.move_into(self._room, place)
        self._objective.put_(place, sitter.targets)
        self._sitting[place] = ref(sitter.optimiser), ref(sitter.targets)

    def _get_up(self, place: int) -> None:
        if self._sitting[place] is None:
            return
        if (optimiser := self._sitter(place)) is not None:
            optimiser.move_out()
        self._objective.put_(place, None)
        self._sitting[place] = None

    def clear(self) -> None:
        """Everybody gets up, and nobody sits down here any more.

        Who finds no memory to lie by itself stays, and keeps this room's for as long.
        """
        for place in range(self.places):
            with contextlib.suppress(torch.OutOfMemoryError, MemoryError):
                self._get_up(place)


class Captures:
    """Easels of the canvases that were painted lately; the least used go where room is short."""

    SHARE = 0.25
    """Of the device's free memory that easels which are not in use may keep."""
    MOST = 32
    """So many at most: members choose canvases and layers."""

    def __init__(self) -> None:
        self._kept: list[tuple[Hashable, Easels]] = []
        """The last used last."""

    def advance(self, backbone: Backbone, sitters: Sequence[Sitter], steps: int) -> list[Losses]:
        """`steps` steps of pictures of one canvas, and the losses before the last of them."""
        return self.launch(backbone, sitters, steps)()

    def launch(self, backbone: Backbone, sitters: Sequence[Sitter], steps: int) -> Landing:
        """`steps` steps of pictures of one canvas and kind of optimiser; see Easels.launch."""
        key = backbone.name, sitters[0].optimiser.image.shape[2:], type(sitters[0].optimiser)
        found = next((e for k, e in self._kept if k == key and e.knows(sitters)), None)
        if found is not None:
            self._kept.remove((key, found))
            if found.places < len(sitters):
                found.clear()
                found = None
        if found is None:
            self._make_room(backbone)
            found = Easels(backbone, sitters, _doubled(len(sitters)))
        self._kept.append((key, found))
        return found.launch(sitters, steps)

    def clear(self) -> None:
        """Let go of everything; the pictures lie by themselves."""
        while self._kept:
            self._let_go()

    def tidy(self) -> None:
        """Let go of what nobody uses now."""
        self._kept = [(key, easels) for key, easels in self._kept if not easels.idle]

    def _make_room(self, backbone: Backbone) -> None:
        limit = self.SHARE * backbone.device.free_bytes()
        while self._kept and (len(self._kept) >= self.MOST or self._nbytes() > limit):
            self._let_go()

    def _let_go(self) -> None:
        _, easels = self._kept.pop(0)
        easels.clear()

    def _nbytes(self) -> int:
        return sum(easels.nbytes for _, easels in self._kept)


def _doubled(pictures: int) -> int:
    """A power of two with room for so many: easels that grow are made anew, and few times."""
    return 1 << (pictures - 1).bit_length()


def _roughly(pictures: int) -> int:
    """So many up to 16, and an even number above: few graphs, of which none makes much in vain."""
    return pictures if pictures <= _EXACT else pictures + pictures % 2
