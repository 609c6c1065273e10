"""A sheet in the engine: a photo in many presets, painted as one batch, laid out as one picture."""

import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

import structlog
from PIL import Image

from config.settings import Settings
from engine.backbones import Backbone
from engine.company import Company
from engine.nst.captured import Captures
from engine.nst.schedule import canvas
from engine.nst.style_cache import StyleCache
from engine.nst.transfer import Frame
from engine.painted import Painted
from engine.painting import Painting
from engine.sources import Pictures
from jobs.events import Losses
from jobs.job import Cell
from jobs.recipe import Recipe
from jobs.sheet import in_common
from pictures.encode import Encoded, Format, encode, preview
from pictures.sheet import Labelled, contact_sheet

log = structlog.get_logger(__name__)

_PHOTO = "Photo"
_PREVIEW_BYTES = 150_000


@dataclass(frozen=True)
class PaintedSheet(Painted):
    """A finished sheet; no recipe paints it, so its file has none inside."""

    def encode(self, limit_bytes: int | None, prefer: Format = "png") -> Encoded:
        """The sheet's file. Raises CannotFit."""
        return encode(self.image, limit_bytes=limit_bytes, recipe_json="", prefer=prefer)


@dataclass(frozen=True)
class _Part:
    """A cell in progress."""

    title: str
    painting: Painting


class Sheet:
    """A sheet in progress, with the face of a Painting: call `step` until `done`, then `finish`.

    Each cell's picture is the one that its recipe paints alone. A cell that fails is left out, and
    the note says so; where all of them fail the sheet does, with the fault of the last.
    """

    meets: Hashable | None = None
    """Its pictures meet each other, and nobody else's."""

    def __init__(
        self,
        cells: Sequence[Cell],
        pictures: Pictures,
        backbone: Backbone,
        settings: Settings,
        styles: StyleCache | None = None,
        captures: Captures | None = None,
    ) -> None:
        """`pictures` has the styles of all cells, one after the other; the rest as in Painting."""
        self._settings, self._pictures, self.backbone = settings, pictures, backbone
        self._captures = captures
        left = iter(pictures.styles)
        self._parts = []
        for cell in cells:
            # The photo is decoded once: what is opened is shared.
            own = replace(pictures, styles=tuple(next(left) for _ in cell.recipe.styles))
            painting = Painting(cell.recipe, own, backbone, settings, styles, captures)
            self._parts.append(_Part(cell.title, painting))
        self._missing: list[str] = []
        self._companies: dict[Hashable, Company] = {}
        self._begun: float | None = None
        self._losses = Losses(content=0, style=0, tv=0)

    @property
    def recipes(self) -> tuple[Recipe, ...]:
        """Of its pictures, as they are painted."""
        return tuple(part.painting.recipe for part in self._parts)

    @property
    def recipe(self) -> Recipe:
        """What they have in common."""
        return in_common(self.recipes)

    @property
    def begun(self) -> bool:
        """Whether there is something to see of each."""
        return all(part.painting.begun for part in self._parts)

    @property
    def done(self) -> bool:
        """Whether all steps are made."""
        return all(part.painting.done for part in self._parts)

    @property
    def is_ready(self) -> bool:
        """Whether a step is what it needs next."""
        return self.begun and not self.done

    @property
    def megapixels_to_open(self) -> float:
        """Of the pictures that it is made from."""
        return self._pictures.megapixels

    @property
    def steps_made(self) -> int:
        """Steps so far of the one that has made the fewest."""
        return min(part.painting.steps_made for part in self._parts)

    @property
    def canvas(self) -> tuple[int, int]:
        """Width and height of each picture's next step in px; of a sheet that is begun."""
        return self._parts[0].painting.canvas

    @property
    def nbytes(self) -> int:
        """What it holds on the device between two steps."""
        return sum(part.painting.nbytes for part in self._parts)

    def shrink(self, size: int) -> None:
        """Paint each at `size` px and note why. Begins anew."""
        for part in self._parts:
            part.painting.shrink(size)

    def step(self, most: int = 1) -> Frame:
        """Prepare one more picture, or make a step of all of them: in between others have a turn.

        Raises what the last of its pictures raised where none is left.
        """
        self._begun = self._begun or time.monotonic()
        waiting = [part for part in self._parts if not part.painting.begun]
        if waiting:
            self._take(waiting[:1], [_tried(waiting[0].painting)])
        else:
            self._step_together(most)
        recipe = self.recipe
        return Frame(self.steps_made, recipe.steps, self._losses, 1, len(recipe.scales))

    def finish(self) -> PaintedSheet:
        """The finished sheet. Raises as `step`."""
        assert self._begun is not None
        found = self._finished()
        painted = [each for _, each in found]
        return PaintedSheet(
            image=self._laid_out([Labelled(title, each.image) for title, each in found]),
            recipe=self.recipe,
            losses=_mean([each.losses for each in painted]),
            initial_losses=_mean([each.initial_losses for each in painted]),
            seconds=time.monotonic() - self._begun,
            device=painted[0].device,
            # What holds for all is said once.
            note=" ".join(
                dict.fromkeys([*(each.note for each in painted), *self._missing])
            ).strip(),
        )

    def _finished(self) -> list[tuple[str, Painted]]:
        """Each picture with its title."""
        found = []
        for part in list(self._parts):
            try:
                found.append((part.title, part.painting.finish()))
            except Exception as error:  # its fault is its own
                self._leave_out(part, error)
        return found

    def unfinished(self) -> Callable[[int], Encoded]:
        """As Painting.unfinished; of a sheet that is begun."""
        moment = self._moment()
        return lambda limit: encode(moment(), limit_bytes=limit, recipe_json="")

    def preview(self) -> Callable[[], bytes]:
        """What gives the sheet of this moment as a small JPEG; any thread may call it."""
        moment, side = self._moment(), self._settings.engine.preview_side
        return lambda: preview(moment(), side, _PREVIEW_BYTES)

    def _step_together(self, most: int) -> None:
        """A step of each, in one batch for all that are of one canvas: after a shortage two are."""
        groups: dict[Hashable, list[_Part]] = {}
        for part in self._parts:
            if not part.painting.done:
                groups.setdefault(part.painting.meets, []).append(part)
        self._companies = {
            group: self._companies.get(group) or Company(self.backbone, self._captures)
            for group in groups
        }
        for group, parts in groups.items():
            paintings = [part.painting for part in parts]
            self._take(parts, self._companies[group].step(paintings, most))

    def _take(self, parts: Sequence[_Part], outcomes: Sequence[Frame | Exception]) -> None:
        """Keep the losses of those that made their step, and leave out the others."""
        frames = [outcome for outcome in outcomes if isinstance(outcome, Frame)]
        for part, outcome in zip(parts, outcomes, strict=True):
            if isinstance(outcome, Exception):
                self._leave_out(part, outcome)
        if frames:
            self._losses = _mean([frame.losses for frame in frames])

    def _leave_out(self, part: _Part, error: Exception) -> None:
        if len(self._parts) == 1:
            raise error
        log.warning("preset_left_out", preset=part.title, why=str(error))
        self._parts.remove(part)
        self._missing.append(f"{part.title} could not be painted this time.")

    def _moment(self) -> Callable[[], Image.Image]:
        begun = [part for part in self._parts if part.painting.begun]
        moments = [(part.title, part.painting.moment()) for part in begun]
        return lambda: self._laid_out([Labelled(title, moment()) for title, moment in moments])

    def _laid_out(self, pictures: Sequence[Labelled]) -> Image.Image:
        """The photo, as large as they are, and then `pictures`."""
        limit = self._settings.pictures.max_pixels
        photo = self._pictures.opened(self._pictures.content, limit)
        photo = photo.resize(canvas(self.recipe, photo.size), Image.Resampling.LANCZOS)
        return contact_sheet([Labelled(_PHOTO, photo), *pictures])


def _tried(painting: Painting) -> Frame | Exception:
    try:
        return painting.step()
    except Exception as error:  # its fault is its own
        return error


def _mean(losses: Sequence[Losses]) -> Losses:
    parts = ((each.content, each.style, each.tv) for each in losses)
    content, style, tv = (fmean(part) for part in zip(*parts, strict=True))
    return Losses(content=content, style=style, tv=tv)
