"""One painting in the engine, from the pictures in the store to the picture that is delivered."""

import math
import time
from collections.abc import Callable, Hashable
from functools import partial

from PIL import Image
from torch import Tensor

from config.settings import Settings
from engine.backbones import Backbone
from engine.errors import Diverged, OutOfMemory
from engine.nst.batch import Slope
from engine.nst.captured import Captures, Sitter
from engine.nst.classic import ClassicTransfer
from engine.nst.objective import Targets
from engine.nst.schedule import canvas
from engine.nst.style_cache import StyleCache
from engine.nst.tiles import by_tiles
from engine.nst.transfer import Frame, Transfer
from engine.painted import Painted
from engine.sources import Pictures
from engine.stand_in import adapt
from jobs.events import Losses
from jobs.recipe import Mode, Recipe
from pictures.colour import keep_colours, reattach_alpha
from pictures.encode import Encoded, encode, preview
from pictures.masks import as_mask, check_mask, check_rest
from pictures.open import opaque
from pictures.sizes import fitted

SHRINK = 0.5
"""Factor on the long side where memory is short: a quarter of the need, so once is enough."""
_PREVIEW_BYTES = 150_000


class Painting:
    """A painting in progress: call `step` until `done`, then `finish`.

    Paintings that meet (see `meets`) may make a step together: `image` and `targets` go into a
    batch, and `take` takes the slope from it.
    """

    def __init__(
        self,
        asked: Recipe,
        pictures: Pictures,
        backbone: Backbone,
        settings: Settings,
        styles: StyleCache | None = None,
        captures: Captures | None = None,
    ) -> None:
        """`backbone` may be the stand-in of the one that was asked for.

        `styles` are targets shared with other paintings, by the digests of the recipe's styles,
        and `captures` makes the steps where the device is better off with captured ones.
        """
        self._settings, self._pictures, self._backbone = settings, pictures, backbone
        self._styles, self._captures = styles, captures
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
        self._transfer: Transfer | ClassicTransfer | None = None
        self._shrunk = False
        self._begun: float | None = None

    @property
    def recipes(self) -> tuple[Recipe, ...]:
        """Of the pictures that it paints: this one."""
        return (self.recipe,)

    @property
    def begun(self) -> bool:
        """Whether there is anything to see yet."""
        return self._transfer is not None

    @property
    def done(self) -> bool:
        """Whether all steps are made."""
        transfer = self._transfer
        return transfer is not None and transfer.done

    @property
    def megapixels_to_open(self) -> float:
        """Of the pictures that it is made from."""
        return self._pictures.megapixels

    @property
    def steps_made(self) -> int:
        """Steps so far."""
        transfer = self._transfer
        return 0 if transfer is None else transfer.steps_made

    @property
    def canvas(self) -> tuple[int, int]:
        """Width and height of its next step in px; of one that is begun."""
        transfer = self._transfer
        return transfer.canvas if isinstance(transfer, Transfer) else self._canvas

    @property
    def meets(self) -> Hashable | None:
        """What paintings that may make their next step together have in common.

        None where the next step is made by itself: the first one, all by tiles, and all of a recipe
        that may not be batched.
        """
        if not isinstance(self._transfer, Transfer) or self._transfer.done:
            return None
        return self.meets_at(self._transfer.canvas)

    def meets_at(self, canvas: tuple[int, int]) -> Hashable | None:
        """As `meets`, for a step at `canvas`."""
        device = self._backbone.device
        if not self.recipe.may_be_batched or by_tiles(canvas, device.whole_side):
            return None
        # Each region more is another product at each layer, for all that share the step; and where
        # the optimisers' steps are captured, they are one step of all.
        optimiser = self.recipe.optimizer if device.captures else None
        return self._backbone.name, canvas, self.recipe.guided, optimiser

    @property
    def image(self) -> Tensor:
        """The picture now, (1, 3, H, W); of a painting that meets others."""
        return self._met.image

    @property
    def targets(self) -> Targets:
        """What it is painted towards now; of a painting that meets others."""
        return self._met.targets

    @property
    def backbone(self) -> Backbone:
        """The network that really paints."""
        return self._backbone

    @property
    def nbytes(self) -> int:
        """What it holds on the device between two steps."""
        # Looked at once, since another thread may begin anew.
        transfer = self._transfer
        return transfer.nbytes if isinstance(transfer, Transfer) else 0

    def shrink(self, size: int) -> None:
        """Paint at `size` px and note why: the memory is short. Begins anew."""
        self._notes.append(
            f"There was not enough memory for {self.recipe.size} px, so this is {size} px."
        )
        self.recipe = self.recipe.model_copy(update={"size": size})
        self._transfer = None

    def step(self, most: int = 1) -> Frame:
        """Make one step; the first call prepares, and its frame is that of step 0.

        Up to `most` steps where they are captured; its frame is that of the last.

        Where memory is short it begins anew at half the size, once, unless the recipe is classic.
        Raises OutOfMemory if that does not do, Diverged where losses are not finite any more,
        UnreadableImage or TooManyPixels for pictures that are not the store's, and WrongShape,
        EmptyMask or NothingLeft for masks that are none.
        """
        return self._or_smaller(partial(self._advance, most))

    def take(self, slope: Slope) -> Frame:
        """Make the step that `step` would, with the slope that a batch gave. Raises as `step`."""
        return self._or_smaller(partial(self._met.take, slope))

    @property
    def sitter(self) -> Sitter:
        """What captured steps are made with; of one that meets others."""
        return self._met

    @property
    def steps_ahead(self) -> int:
        """Steps that it will make with those that it meets now."""
        return self._met.steps_ahead

    def went(self, steps: int) -> Callable[[Losses], Frame]:
        """As `stepped`, with losses that come later, and `move_on` left to whoever calls this."""
        with self._backbone.device.memory_watched():
            frame = self._met.went(steps)
        return lambda losses: _checked(frame(losses))

    @property
    def is_ready(self) -> bool:
        """Whether a step is what it needs next, and not a beginning, another canvas or an end."""
        # Looked at once, since another thread may begin anew.
        transfer = self._transfer
        if transfer is None or transfer.done:
            return False
        return not (isinstance(transfer, Transfer) and transfer.moves)

    def move_on(self) -> Frame | None:
        """Go to another canvas; gives a frame only where it begins anew. Raises as `step`."""
        try:
            with self._backbone.device.memory_watched():
                self._met.move_on()
        except OutOfMemory:
            if not self._may_shrink:
                raise
        else:
            return None
        return self._smaller()

    def stepped(self, steps: int, losses: Losses) -> Frame:
        """So many steps were made with `sitter`. Raises as `step`."""
        return self._or_smaller(partial(self._met.stepped, steps, losses))

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

    def moment(self) -> Callable[[], Image.Image]:
        """What gives the frame of this moment as a result would be, at the full size.

        Any thread may call it, at any time.
        """
        assert self._transfer is not None
        moment = self._transfer.moment()

        def composed() -> Image.Image:
            picture = moment()
            if picture.size != self._canvas:
                picture = picture.resize(self._canvas, Image.Resampling.LANCZOS)
            return self._composed(picture)

        return composed

    def unfinished(self) -> Callable[[int], Encoded]:
        """What gives the frame of this moment as a result's file of at most so many bytes.

        Any thread may call it, at any time. It raises CannotFit.
        """
        moment, recipe = self.moment(), self.recipe.model_dump_json()
        return lambda limit: encode(moment(), limit_bytes=limit, recipe_json=recipe)

    def preview(self) -> Callable[[], bytes]:
        """What gives the frame of this moment as a small JPEG; any thread may call it."""
        assert self._transfer is not None
        moment, side = self._transfer.moment(), self._settings.engine.preview_side

        def drawn() -> bytes:
            picture = moment()
            picture = picture.resize(fitted(picture.size, side), Image.Resampling.BICUBIC)
            return preview(self._composed(picture), side, _PREVIEW_BYTES)

        return drawn

    def _or_smaller(self, attempt: Callable[[], Frame]) -> Frame:
        self._begun = self._begun or time.monotonic()
        try:
            return self._watched(attempt)
        except OutOfMemory:
            if not self._may_shrink:
                raise
        # Not within the handler, where the exception still holds what the attempt had allocated.
        return self._smaller()

    def _smaller(self) -> Frame:
        """Begun anew at half the size."""
        self._shrunk = True
        self.shrink(round(self.recipe.size * SHRINK))
        self._backbone.device.free()
        return self._watched(self._advance)

    def _watched(self, attempt: Callable[[], Frame]) -> Frame:
        with self._backbone.device.memory_watched():
            frame = attempt()
        return _checked(frame)

    def _advance(self, most: int = 1) -> Frame:
        if self._transfer is None:
            return self._begin()
        return self._transfer.step(most)

    def _begin(self) -> Frame:
        limit = self._settings.pictures.max_pixels
        self._content = self._pictures.opened(self._pictures.content, limit)
        self._canvas = canvas(self.recipe, self._content.size)
        self._transfer = transfer = self._started()
        scales = len(self.recipe.scales)
        return Frame(0, self.recipe.steps, transfer.initial_losses, 1, scales)

    def _started(self) -> Transfer | ClassicTransfer:
        limit = self._settings.pictures.max_pixels
        content = opaque(self._content)
        opened = self._pictures.opened
        styles = [opaque(opened(style, limit)) for style in self._pictures.styles]
        if self.recipe.mode is Mode.CLASSIC:
            return ClassicTransfer(self.recipe, content, styles, self._backbone)
        init = self._pictures.init
        start = None if init is None else opaque(opened(init, limit))
        return Transfer(
            self.recipe,
            content,
            styles,
            self._backbone,
            start,
            self._styles,
            self._captures,
            self._masks(content.size),
        )

    def _masks(self, photo: tuple[int, int]) -> list[Image.Image]:
        limit = self._settings.pictures.max_pixels
        masks = [as_mask(self._pictures.opened(mask, limit)) for mask in self._pictures.masks]
        for mask in masks:
            check_mask(mask, photo)
        if masks and self.recipe.styles_rest:
            check_rest(masks, photo)
        return masks

    @property
    def _met(self) -> Transfer:
        assert isinstance(self._transfer, Transfer)
        return self._transfer

    @property
    def _may_shrink(self) -> bool:
        if self._shrunk or not self.recipe.may_be_adapted:
            return False
        return round(self.recipe.size * SHRINK) >= self._settings.bounds.size[0]

    def _composed(self, picture: Image.Image) -> Image.Image:
        """The photo's colours, as much as the recipe keeps, and its transparency."""
        kept = keep_colours(picture, self._content, self.recipe.keep_colours)
        return reattach_alpha(kept, self._content)


def _checked(frame: Frame) -> Frame:
    _finite(frame.losses)
    return frame


def _finite(losses: Losses) -> Losses:
    if not math.isfinite(losses.total):
        raise Diverged
    return losses
