"""Steps of several pictures of one canvas as one graph, which a GPU runs without the host."""

from collections import Counter, OrderedDict
from collections.abc import Hashable, Sequence
from typing import Protocol
from weakref import ref

import torch

from engine.backbones import Backbone
from engine.nst.objective import Objective, Targets
from engine.nst.optimisers import Optimiser
from jobs.events import Losses


class Sitter(Protocol):
    """A picture in progress at one scale."""

    @property
    def optimiser(self) -> Optimiser:
        """Of this picture alone."""

    @property
    def targets(self) -> Targets:
        """What it is painted towards; one object for as long as it lasts."""


class Easels:
    """Places in which pictures of one canvas lie for as long as they are stepped together.

    Their tensors stay where they are, so that the step can be captured once and replayed.
    """

    def __init__(self, backbone: Backbone, sitters: Sequence[Sitter], places: int) -> None:
        """Room for `places` pictures like these. Raises what a shortage of memory raises."""
        self._room = sitters[0].optimiser.room_for(places)
        towards = [sitter.targets for sitter in sitters]
        self._objective = Objective.room_for(places, backbone, towards)
        self._losses = self._room.image.new_zeros((places, 3))
        self._sitting: list[tuple[ref[Optimiser], Targets] | None] = [None] * places
        self._step = backbone.device.captured(self._step_no_sync)

    @property
    def places(self) -> int:
        """How many pictures can lie here."""
        return len(self._sitting)

    @property
    def nbytes(self) -> int:
        """Of the pictures and their optimisers; activations are shared by all that is captured."""
        return self._room.nbytes

    def takes(self, sitters: Sequence[Sitter]) -> bool:
        """Whether they have places here, and their layers too."""
        if len(sitters) > self.places:
            return False
        return all(self._objective.has_room_for(sitter.targets) for sitter in sitters)

    def advance(self, sitters: Sequence[Sitter], steps: int) -> list[Losses]:
        """`steps` steps of each optimiser, and the losses before the last of them."""
        places = self._seat(sitters)
        for _ in range(steps):
            self._step()
        numbers = self._losses.tolist()
        return [Losses(content=c, style=s, tv=t) for c, s, t in (numbers[p] for p in places)]

    def _step_no_sync(self) -> None:
        """A step of all places. It is captured: it must not ask the device for anything."""
        pictures = self._room.image.detach().requires_grad_()
        parts = self._objective(pictures)
        total = parts.total
        (gradients,) = torch.autograd.grad(total, pictures, torch.ones_like(total))
        each = [part.detach() for part in (parts.content, parts.style, parts.tv)]
        torch.stack(each, dim=1, out=self._losses)
        self._room.step(gradients, total.detach())

    def _seat(self, sitters: Sequence[Sitter]) -> list[int]:
        """The place of each; whoever sits here and is not among them gets up."""
        wanted = {id(sitter.optimiser): sitter for sitter in sitters}
        found: dict[int, int] = {}
        for place in range(self.places):
            sitter = self._still(place, wanted)
            if sitter is None:
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
        sitting = self._sitting[place]
        if sitting is None or (optimiser := sitting[0]()) is None:
            return None
        sitter = wanted.get(id(optimiser))
        if sitter is None or sitter.targets is not sitting[1] or not optimiser.lies_in(self._room):
            return None
        return sitter

    def _sit_down(self, place: int, sitter: Sitter) -> None:
        sitter.optimiser.move_into(self._room, place)
        self._objective.put_(place, sitter.targets)
        self._sitting[place] = ref(sitter.optimiser), sitter.targets

    def _get_up(self, place: int) -> None:
        if (sitting := self._sitting[place]) is None:
            return
        optimiser = sitting[0]()
        if optimiser is not None and optimiser.lies_in(self._room):
            optimiser.move_out()
        self._objective.put_(place, None)
        self._sitting[place] = None

    def clear(self) -> None:
        """Everybody gets up."""
        for place in range(self.places):
            self._get_up(place)


class Captures:
    """Easels of the canvases that were painted lately; the least used go where room is short."""

    SHARE = 0.25
    """Of the device's free memory that easels which are not in use may keep."""
    PATIENCE = 20
    """Calls for which larger easels do, since to capture takes as long as hundreds of steps."""

    def __init__(self) -> None:
        self._easels: OrderedDict[Hashable, list[Easels]] = OrderedDict()
        self._missed: Counter[tuple[Hashable, int]] = Counter()

    def advance(self, backbone: Backbone, sitters: Sequence[Sitter], steps: int) -> list[Losses]:
        """`steps` steps of pictures of one canvas and kind of optimiser; see Easels.advance."""
        key = backbone.name, sitters[0].optimiser.image.shape[2:], type(sitters[0].optimiser)
        here = self._easels.setdefault(key, [])
        self._easels.move_to_end(key)
        taking = [each for each in here if each.takes(sitters)]
        easels = min(taking, key=lambda each: each.places, default=None)
        places = _places(len(sitters))
        if easels is None:
            # Whoever comes next finds a place.
            easels = self._made(backbone, sitters, _roomy(len(sitters)), here)
        elif easels.places > places and self._is_missed(key, places):
            easels = self._made(backbone, sitters, places, here)
        return easels.advance(sitters, steps)

    def _made(
        self, backbone: Backbone, sitters: Sequence[Sitter], places: int, here: list[Easels]
    ) -> Easels:
        self._make_room(backbone)
        here.append(Easels(backbone, sitters, places))
        return here[-1]

    def _is_missed(self, key: Hashable, places: int) -> bool:
        """Whether easels of this size were wanted so often that they are worth their while."""
        self._missed[key, places] += 1
        return self._missed[key, places] > self.PATIENCE

    def clear(self) -> None:
        """Let go of everything; the pictures lie by themselves."""
        while self._easels:
            self._let_go()

    def _make_room(self, backbone: Backbone) -> None:
        limit = self.SHARE * backbone.device.free_bytes()
        while len(self._easels) > 1 and self._nbytes() > limit:
            self._let_go()

    def _let_go(self) -> None:
        for easels in self._easels.popitem(last=False)[1]:
            easels.clear()

    def _nbytes(self) -> int:
        return sum(easels.nbytes for here in self._easels.values() for easels in here)


def _places(pictures: int) -> int:
    """A size for so many: few sizes, so that what is captured is used again."""
    return 1 << (pictures - 1).bit_length()


def _roomy(pictures: int) -> int:
    """A size for so many and some more: 1, 4, 16, 64."""
    return 1 << 2 * ((_places(pictures).bit_length()) // 2)
