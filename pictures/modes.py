"""Any mode that Pillow opens, as 8-bit grey, RGB or CMYK, transparency kept as a channel."""

from collections.abc import Callable
from typing import Any

from PIL import Image, ImageChops, ImageMath

_PLAIN = frozenset({"L", "LA", "RGB", "RGBA", "CMYK"})
_ABSURD = 1e9
"""Samples of float beyond it, not-a-number and infinity mark a place without a value."""

_BITS_PER_SAMPLE = 258
_PHOTOMETRIC = 262
_WHITE_IS_ZERO = 0


def plain(image: Image.Image, depth: int = 8) -> Image.Image:
    """The loaded picture in one of the modes L, LA, RGB, RGBA and CMYK.

    `depth` is the bits a sample of a PNG, for the one transparent grey or colour that it may
    name: Pillow keeps the name as it stands in the file but the pixels as 8 bits.
    """
    if image.mode in {"I", "F"} or image.mode.startswith("I;16"):
        return _from_deep(image)
    transparent = image.info.get("transparency")
    if transparent is not None and image.mode in {"L", "RGB"}:
        image.info["transparency"] = _as_eight_bits(transparent, depth)
    wanted = "RGBA" if image.has_transparency_data else "RGB"
    if image.mode == "La":
        return image.convert("LA")
    if image.mode == "1":
        return image.convert("L" if wanted == "RGB" else "RGBA")
    if image.mode in _PLAIN and transparent is None:
        return image
    return image.convert(wanted)


def _as_eight_bits(sample: Any, depth: int) -> Any:
    if isinstance(sample, tuple):
        return tuple(_as_eight_bits(one, depth) for one in sample)
    if not isinstance(sample, int):
        return sample
    # Pillow keeps the upper byte of 16 bits and spreads fewer than 8 evenly.
    return sample >> 8 if depth == 16 else sample * 255 // ((1 << depth) - 1) & 0xFF


def _from_deep(image: Image.Image) -> Image.Image:
    """Grey of more than 8 bits as L, or LA where one grey is transparent."""
    whole = image.mode != "F"
    samples = image.convert("I") if whole else _finite(image)
    black, white = _range(image, samples)
    scale = 255 / (white - black) if white > black else 0
    # Rounded to the nearest: converting to L cuts off what stands behind the point.
    grey = samples.convert("F").point(_line(scale, 0.5 - black * scale)).convert("L")
    tags = getattr(image, "tag_v2", {})
    if tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO:
        # Pillow turns these over for up to 8 bits only.
        grey = ImageChops.invert(grey)
    transparent = image.info.get("transparency")
    if whole and isinstance(transparent, int):
        shown = ImageMath.lambda_eval(lambda args: (args["i"] != transparent) * 255, i=samples)
        grey.putalpha(shown.convert("L"))
    return grey


def _line(scale: float, offset: float) -> Callable[[Any], Any]:
    # Pillow runs this once, with a stand-in that records the two numbers.
    return lambda sample: sample * scale + offset


def _finite(image: Image.Image) -> Image.Image:
    """Float samples with 0 where there is no value."""
    bounded = ImageMath.lambda_eval(
        # In this order: a comparison with not-a-number is false and gives the second operand.
        lambda args: args["max"](args["min"](args["f"], _ABSURD), -_ABSURD),
        f=image,
    )
    finite: Image.Image = ImageMath.lambda_eval(
        lambda args: args["x"] * (args["x"] < _ABSURD) * (args["x"] > -_ABSURD), x=bounded
    )
    return finite


def _range(image: Image.Image, samples: Image.Image) -> tuple[float, float]:
    """The samples that stand for black and white.

    Unsigned integers of 12 or 16 bits use all of their range and floats 0..1; anything else is
    measured data without a range of its own, and is stretched from its least to its greatest.
    """
    if image.mode.startswith("I;16"):
        bits = getattr(image, "tag_v2", {}).get(_BITS_PER_SAMPLE, (16,))
        return 0, (1 << 12) - 1 if bits == (12,) else (1 << 16) - 1
    least, greatest = samples.getextrema()
    assert isinstance(least, (int, float))
    assert isinstance(greatest, (int, float))
    if image.mode == "F" and least >= 0 and greatest <= 1:
        return 0, 1
    return least, greatest
