"""Encoding a result to fit a limit in bytes, its recipe kept, step by step.

The steps: the format asked for, without loss where it can be; lossless WebP; JPEG, or WebP where
there is alpha, at falling quality; then those again, ever smaller. The first that fits is taken.
"""

import math
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Literal

from PIL import Image

from pictures.errors import CannotFit
from pictures.metadata import png_info, xmp_packet
from pictures.open import over
from pictures.sizes import fitted

Format = Literal["png", "webp", "jpeg"]

_NAMES: dict[Format, tuple[str, str]] = {
    "png": ("PNG", "png"),
    "webp": ("WebP", "webp"),
    "jpeg": ("JPEG", "jpg"),
}

_QUALITIES = (95, 90, 84, 76)
_FULL_CHROMA = 90
"""From this quality on JPEG keeps colour at full resolution: paintings have hard coloured edges."""

_LOSSLESS_GAIN = 0.6
"""What lossless WebP makes of a painting's PNG at best; it is slow, so hopeless tries are left."""

_LEAST_SIDE = 32
_WHITE = (255, 255, 255)


@dataclass(frozen=True, slots=True)
class Encoded:
    """A picture's file: `extension` without a dot, `mime`, sides in px.

    `note` says in a few words what was changed to make it fit; it is empty where nothing was.
    """

    data: bytes
    extension: str
    mime: str
    width: int
    height: int
    note: str


@dataclass(frozen=True, slots=True)
class _Step:
    """One way to encode: a quality of None is without loss."""

    format: Format
    quality: int | None


def encode(
    image: Image.Image,
    *,
    limit_bytes: int | None,
    recipe_json: str,
    prefer: Format = "png",
) -> Encoded:
    """Encode an RGB or RGBA picture (sRGB) in at most `limit_bytes`, None for no limit.

    `recipe_json` is kept in the file (`pictures.metadata`). A JPEG has no alpha: where it is asked
    for, what is transparent becomes white.

    Raises CannotFit where not even a long side of 32 px fits, ValueError for a recipe over 32 KiB.
    """
    if prefer == "jpeg":
        image = over(image, _WHITE)
    limit = math.inf if limit_bytes is None else limit_bytes
    first = _Step(prefer, _QUALITIES[0] if prefer == "jpeg" else None)
    data = _save(image, first, recipe_json)
    if len(data) <= limit:
        return _encoded(data, image, first, "")
    if prefer == "png" and len(data) * _LOSSLESS_GAIN <= limit:
        data = _save(image, lossless := _Step("webp", None), recipe_json)
        if len(data) <= limit:
            return _encoded(data, image, lossless, "saved as WebP to fit")
    lossy: Format = "webp" if image.mode == "RGBA" or prefer == "webp" else "jpeg"
    return _with_loss(image, limit, recipe_json, lossy)


def _with_loss(image: Image.Image, limit: float, recipe_json: str, lossy: Format) -> Encoded:
    """Falling quality, and at the end of it a smaller picture, until it fits."""
    shape, side = image, max(image.size)
    while True:
        for quality in _QUALITIES:
            step = _Step(lossy, quality)
            data = _save(shape, step, recipe_json)
            if len(data) <= limit:
                return _encoded(data, shape, step, _note(image, shape, step))
        if side <= _LEAST_SIDE:
            raise CannotFit(int(limit))
        # Bytes go with the area; aim a little below, so that the first quality or two still count.
        aim = math.sqrt(limit / len(data)) * 0.95
        side = max(_LEAST_SIDE, math.floor(side * min(0.9, aim)))
        shape = image.resize(fitted(image.size, side), Image.Resampling.LANCZOS)


def preview(image: Image.Image, max_side: int, limit_bytes: int) -> bytes:
    """A small JPEG of the picture in progress: long side at most `max_side` px, white for alpha.

    Raises CannotFit as `encode` does.
    """
    flat = over(image, _WHITE)
    size = fitted(flat.size, max_side)
    if flat.size != size:
        flat = flat.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)
    data = _save(flat, _Step("jpeg", 85), None)
    return data if len(data) <= limit_bytes else _with_loss(flat, limit_bytes, "", "jpeg").data


def _save(image: Image.Image, step: _Step, recipe_json: str | None) -> bytes:
    options: dict[str, Any] = {}
    match step:
        case _Step("png", _):
            options = {"compress_level": 6}
        case _Step("webp", None):
            # `exact` keeps the colours under full transparency.
            options = {"lossless": True, "quality": 50, "method": 3, "exact": True}
        case _Step("webp", quality):
            options = {"quality": quality, "method": 4}
        case _Step("jpeg", quality):
            chroma = "4:4:4" if (quality or 0) >= _FULL_CHROMA else "4:2:0"
            options = {"quality": quality, "subsampling": chroma}
    if recipe_json and step.format == "png":
        options["pnginfo"] = png_info(recipe_json)
    elif recipe_json:
        options["xmp"] = xmp_packet(recipe_json)
    out = BytesIO()
    image.save(out, step.format, **options)
    return out.getvalue()


def _encoded(data: bytes, image: Image.Image, step: _Step, note: str) -> Encoded:
    extension = _NAMES[step.format][1]
    mime = f"image/{step.format}"
    return Encoded(data, extension, mime, image.width, image.height, note)


def _note(image: Image.Image, shape: Image.Image, step: _Step) -> str:
    note = f"saved as {_NAMES[step.format][0]} to fit"
    if shape.size != image.size:
        note += f", at {shape.width} × {shape.height} px"
    return note
