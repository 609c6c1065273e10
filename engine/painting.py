"""One painting in the engine, from the pictures in the store to the picture that is delivered."""

import math
import time
from dataclasses import dataclass

from PIL import Image

from config.settings import Settings
from engine.backbones import Backbone
from engine.errors import Diverged, OutOfMemory
from engine.estimates import Pace, step_work, whole_work
from engine.nst.classic import ClassicTransfer
from engine.nst.schedule import canvas
from engine.nst.transfer import Frame, Transfer
from engine.stand_in import adapt
from jobs.events import Losses
from jobs.recipe import Mode, Recipe
from pictures.colour import keep_colours, reattach_alpha
from pictures.encode import Encoded, Format, encode, preview
from pictures.open import opaque, open_normalised
from pictures.sizes import fitted

SHRINK = 0.5
"""Factor on the long side where memory is short: a quarter of the need, so once is enough."""
_PREVIEW_BYTES = 150_000
_TRANSFERS: dict[Mode, type[Transfer] | type[ClassicTransfer]] = {
    Mode.SIZE_FREE: Transfer,
    Mode.CLASSIC: ClassicTransfer,
}


@dataclass(frozen=True)
class Pictures:
    """What a painting is made from: PNGs that `pictures.read` made, `styles` as in the recipe."""

    content: bytes
    styles: tuple[bytes, ...]
    init: bytes | None = None


@dataclass(frozen=True)
class Painted:
    """A finished painting."""

    image: Image.Image
    recipe: Recipe
    """As painted."""
    losses: Losses
    initial_losses: Losses
    seconds: float
    device: str
    note: str
    """What differs from what was asked, in sentences; empty if nothing."""

    def encode(self, limit_bytes: int | None, prefer: Format = "png") -> Encoded:
        """The picture's file, with its recipe inside. Raises CannotFit."""
        recipe = self.recipe.model_dump_json()
        return encode(self.image, limit_bytes=limit_bytes, recipe_json=recipe, prefer=prefer)


class Painting:
    """A painting in progress: call `step` until `done`, then `finish`."""

    def __init__(
        self,
        asked: Recipe,
        pictures: Pictures,
        backbone: Backbone,
        settings: Settings,
        rate: float | None = None,
    ) -> None:
        """`backbone` may be the stand-in of the one that was asked for.

        `rate` is the backbone's expected seconds per megapixel step.
        """
        self._settings, self._pictures, self._backbone = settings, pictures, backbone
        self._notes: list[str] = []
        self.recipe = asked
        """As it is painted."""
        if backbone.name != asked.backbone:
            assert asked.may_be_adapted
            self.recipe = adapt(asked, settings, backbone.name)
            self._notes.append(
                f"The weights of {asked.backbone} are not on this machine, so {backbone.name} "
                "painted this in its place."
            )
        self._rate = rate
        self._pace = Pace(0, rate)
        self._transfer: Transfer | ClassicTransfer | None = None
        self._shrunk = False
        self._begun: float | None = None

    @property
    def begun(self) -> bool:
        """Whether there is anything to see yet."""
        return self._transfer is not None

    @property
    def done(self) -> bool:
        """Whether all steps are made."""
        return self._transfer is not None and self._transfer.done

    @property
    def seconds_left(self) -> float | None:
        """Estimate of the time until the last step; None where nothing is known yet."""
        return self._pace.seconds_left

    @property
    def measured(self) -> tuple[float, float]:
        """The megapixel steps made so far and the seconds that they took."""
        return self._pace.done, self._pace.seconds

    def step(self) -> Frame:
        """Make one step; the first call prepares, and its frame is that of step 0.

        Where memory is short it begins anew at half the size, once, unless the recipe is classic.
        Raises OutOfMemory if that does not do, Diverged where losses are not finite any more,
        UnreadableImage or TooManyPixels for pictures that are not the store's.
        """
        self._begun = self._begun or time.monotonic()
        try:
            return self._advance()
        except OutOfMemory:
            if not self._may_shrink:
                raise
        # Not within the handler, where the exception still holds what the attempt had allocated.
        self._shrink()
        return self._advance()

    def finish(self) -> Painted:
        """The finished painting, its colours and transparency as the recipe and photo want them."""
        assert self._transfer is not None
        assert self._begun is not None
        device = self._backbone.device
        with device.memory_watched():
            losses = _finite(self._transfer.finished_losses())
        return Painted(
            image=self._composed(self._transfer.picture()),
            recipe=self.recipe,
            losses=losses,
            initial_losses=self._transfer.initial_losses,
            seconds=time.monotonic() - self._begun,
            device=device.name,
            note=" ".join(self._notes),
        )

    def encode_so_far(self, limit_bytes: int) -> Encoded:
        """The frame of this moment as a result would be, at the full size. Raises CannotFit."""
        assert self._transfer is not None
        picture = self._transfer.picture()
        if picture.size != self._canvas:
            picture = picture.resize(self._canvas, Image.Resampling.LANCZOS)
        recipe = self.recipe.model_dump_json()
        return encode(self._composed(picture), limit_bytes=limit_bytes, recipe_json=recipe)

    def preview(self) -> bytes:
        """The frame of this moment as a small JPEG."""
        assert self._transfer is not None
        picture = self._transfer.picture()
        side = self._settings.engine.preview_side
        picture = picture.resize(fitted(picture.size, side), Image.Resampling.BICUBIC)
        return preview(self._composed(picture), side, _PREVIEW_BYTES)

    def _advance(self) -> Frame:
        begun = time.monotonic()
        with self._backbone.device.memory_watched():
            if self._transfer is None:
                frame = self._begin()
                _finite(frame.losses)
                return frame
            frame = self._transfer.step()
        _finite(frame.losses)
        work = step_work(self.recipe, self._canvas, frame.scale - 1)
        self._pace.add(work, time.monotonic() - begun)
        return frame

    def _begin(self) -> Frame:
        limit = self._settings.pictures.max_pixels
        self._content = open_normalised(self._pictures.content, limit)
        self._canvas = canvas(self.recipe, self._content.size)
        init = self._pictures.init
        self._transfer = transfer = _TRANSFERS[self.recipe.mode](
            self.recipe,
            opaque(self._content),
            [opaque(open_normalised(style, limit)) for style in self._pictures.styles],
            self._backbone,
            init=None if init is None else opaque(open_normalised(init, limit)),
        )
        self._pace = Pace(whole_work(self.recipe, self._canvas), self._rate)
        scales = len(self.recipe.scales)
        return Frame(0, self.recipe.steps, transfer.initial_losses, 1, scales)

    @property
    def _may_shrink(self) -> bool:
        if self._shrunk or not self.recipe.may_be_adapted:
            return False
        return round(self.recipe.size * SHRINK) >= self._settings.bounds.size[0]

    def _shrink(self) -> None:
        """Begin anew with less to hold."""
        size = round(self.recipe.size * SHRINK)
        self._notes.append(
            f"There was not enough memory for {self.recipe.size} px, so this is {size} px."
        )
        self.recipe = self.recipe.model_copy(update={"size": size})
        self._transfer, self._shrunk = None, True
        self._backbone.device.free()

    def _composed(self, picture: Image.Image) -> Image.Image:
        """The photo's colours, as much as the recipe keeps, and its transparency."""
        kept = keep_colours(picture, self._content, self.recipe.keep_colours)
        return reattach_alpha(kept, self._content)


def _finite(losses: Losses) -> Losses:
    if not math.isfinite(losses.total):
        raise Diverged
    return losses
