"""Masks: where in a photo a style belongs, white for all of it and black for nothing."""

from collections.abc import Sequence

from PIL import Image, ImageChops, ImageStat

from pictures.errors import EmptyMask, NothingLeft, WrongShape
from pictures.sizes import fitted, same_aspect

_LEAST = 0.001
"""Part of the photo under which a region is taken for none: specks that nobody meant."""
_LOOK = 512
"""Long side in px at which that is judged."""


def as_mask(picture: Image.Image) -> Image.Image:
    """A picture (RGB or RGBA) as a mask (L): its transparency where it has some, else its light.

    So a cut-out is the mask of what it shows.
    """
    return picture.getchannel("A") if picture.mode == "RGBA" else picture.convert("L")


def check_mask(mask: Image.Image, photo: tuple[int, int]) -> None:
    """Raise WrongShape or EmptyMask for a mask that is none for a photo of this size."""
    if not same_aspect(mask.size, photo):
        raise WrongShape(*mask.size, *photo)
    if _area(mask) < _LEAST:
        raise EmptyMask


def check_rest(masks: Sequence[Image.Image], photo: tuple[int, int]) -> None:
    """Raise NothingLeft where the masks cover all of the photo."""
    if _area(regions(masks, fitted(photo, _LOOK), rest=True)[-1]) < _LEAST:
        raise NothingLeft


def regions(
    masks: Sequence[Image.Image], size: tuple[int, int], *, rest: bool
) -> list[Image.Image]:
    """The masks (L) at `size` (width, height), and with `rest` what they leave of the picture."""
    found = [mask.resize(size, Image.Resampling.BILINEAR) for mask in masks]
    if rest:
        left = Image.new("L", size, 255)
        for mask in found:
            left = ImageChops.subtract(left, mask)
        found.append(left)
    return found


def _area(mask: Image.Image) -> float:
    """As a part of the picture, 0..1."""
    return ImageStat.Stat(mask).mean[0] / 255
