"""Painting without a queue: one picture or sheet, here and now, for the command line."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from config.settings import Settings
from engine.backbones import load_backbone
from engine.calibration import Footprints
from engine.errors import OutOfMemory
from engine.memory import fillable, size_for_all
from engine.nst.captured import Captures
from engine.nst.schedule import canvas
from engine.nst.transfer import Frame
from engine.painted import Painted
from engine.painting import Painting
from engine.runner import Device, pick_device
from engine.sheet import Sheet
from engine.sources import Pictures
from engine.weights import WeightsSource
from jobs.events import Losses
from jobs.job import Cell
from jobs.recipe import Recipe
from jobs.sheet import in_common
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
    painted = _finished(painting, device, on_frame)
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


def paint_sheet(
    cells: Sequence[Cell],
    content: Picture,
    styles: Sequence[Picture],
    settings: Settings,
    on_frame: Callable[[Frame], None],
) -> Painted:
    """Paint a sheet in this thread; `styles` are those of all cells, one after the other.

    The rest as in `paint`.
    """
    device = pick_device(settings.engine)
    asked = in_common([cell.recipe for cell in cells])
    backbone = load_backbone(asked.backbone, settings.engine, device)
    captures = Captures() if device.captures else None
    pictures = Pictures(content.png, tuple(style.png for style in styles))
    sheet = Sheet(cells, pictures, backbone, settings, captures=captures)
    _fit(sheet, (content.width, content.height), settings)
    return _finished(sheet, device, on_frame)


def _finished(
    painting: Painting | Sheet, device: Device, on_frame: Callable[[Frame], None]
) -> Painted:
    on_frame(painting.step())
    while not painting.done:
        on_frame(painting.step(device.stride))
    return painting.finish()


def _fit(painting: Painting | Sheet, content: tuple[int, int], settings: Settings) -> None:
    """Make it as small as the memory is. Raises OutOfMemory where no size fits."""
    recipe, backbone = painting.recipe, painting.backbone
    footprints = Footprints(settings)
    size = size_for_all(
        [(footprints.of(each, backbone), each) for each in painting.recipes],
        canvas(recipe, content),
        fillable(backbone.device.free_bytes(), held=0),
        least=settings.bounds.size[0],
    )
    if size is None:
        raise OutOfMemory
    if size != recipe.size:
        painting.shrink(size)
