"""Painting without a queue: one picture, here and now, for the command line."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from config.settings import Settings
from engine.backbones import load_backbone
from engine.calibration import Footprints
from engine.errors import OutOfMemory
from engine.memory import fillable, fitting_size
from engine.nst.captured import Captures
from engine.nst.schedule import canvas
from engine.nst.transfer import Frame
from engine.painting import Painting, Pictures
from engine.runner import pick_device
from engine.weights import WeightsSource
from jobs.events import Losses
from jobs.recipe import Recipe
from pictures.encode import Encoded, Format
from pictures.read import Picture


@dataclass(frozen=True)
class Outcome:
    """A finished painting and how it came about."""

    encoded: Encoded
    recipe: Recipe
    """As painted."""
    losses: Losses
    initial_losses: Losses
    backbone: str
    """The one that really painted."""
    weights: WeightsSource
    device: str
    seconds: float
    note: str
    """What differs from what was asked, in sentences; empty if nothing."""


def paint(
    recipe: Recipe,
    content: Picture,
    styles: Sequence[Picture],
    settings: Settings,
    on_frame: Callable[[Frame], None],
    *,
    init: Picture | None = None,
    masks: Sequence[Picture] = (),
    prefer: Format = "png",
) -> Outcome:
    """Paint `recipe` in this thread, telling each step to `on_frame`; the first has number 0.

    `styles` and `masks` are the recipe's, in its order, `init` is the picture of init = picture.
    Raises EngineError, or PictureError for a picture that cannot be used.
    """
    device = pick_device(settings.engine)
    backbone = load_backbone(
        recipe.backbone, settings.engine, device, stand_in=recipe.may_be_adapted
    )
    pictures = Pictures(
        content.png,
        tuple(style.png for style in styles),
        None if init is None else init.png,
        tuple(mask.png for mask in masks),
    )
    captures = Captures() if device.captures else None
    painting = Painting(recipe, pictures, backbone, settings, captures=captures)
    _fit(painting, (content.width, content.height), settings)
    on_frame(painting.step())
    while not painting.done:
        on_frame(painting.step(device.stride))
    painted = painting.finish()
    return Outcome(
        encoded=painted.encode(None, prefer),
        recipe=painted.recipe,
        losses=painted.losses,
        initial_losses=painted.initial_losses,
        backbone=backbone.name,
        weights=backbone.weights,
        device=painted.device,
        seconds=painted.seconds,
        note=painted.note,
    )


def _fit(painting: Painting, content: tuple[int, int], settings: Settings) -> None:
    """Make it as small as the memory is. Raises OutOfMemory where no size fits."""
    recipe, backbone = painting.recipe, painting.backbone
    size = fitting_size(
        Footprints(settings).of(recipe, backbone),
        recipe,
        canvas(recipe, content),
        fillable(backbone.device.free_bytes(), held=0),
        least=settings.bounds.size[0],
    )
    if size is None:
        raise OutOfMemory
    if size != recipe.size:
        painting.shrink(size)
