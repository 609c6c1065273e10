"""The styles of a wish: their pictures, their shares of the blend, their sizes and their places."""

from itertools import zip_longest

from jobs.errors import BadRequest, CountPerStyle, OutOfBounds, TooManyMasks, TooManyStyles
from jobs.recipe import MOST_STYLES, STYLE_SCALES, Style
from jobs.wish import Wish, numbers


def styles_of(wish: Wish) -> tuple[Style, ...]:
    """The styles in the order in which they were named.

    Raises TooManyStyles, TooManyMasks, CountPerStyle, BadWeight or OutOfBounds.
    """
    if len(wish.styles) > MOST_STYLES:
        raise TooManyStyles(len(wish.styles), MOST_STYLES)
    if len(wish.masks) > len(wish.styles):
        raise TooManyMasks(len(wish.styles), len(wish.masks))
    each = zip_longest(wish.styles, _weights(wish), _scales(wish), wish.masks)
    return tuple(
        Style(digest=digest, weight=weight, scale=scale, mask=mask)
        for digest, weight, scale, mask in each
    )


def _weights(wish: Wish) -> list[float]:
    if wish.blend is None:
        return [1.0] * len(wish.styles)
    weights = numbers(wish.blend, "blend", "above 0, such as 2,1")
    if len(weights) != len(wish.styles):
        raise CountPerStyle("blend", len(wish.styles), len(weights))
    if not all(weight > 0 for weight in weights):
        raise BadRequest(
            "A style of the blend counts 0: give it a number above 0, or leave its picture out."
        )
    return weights


def _scales(wish: Wish) -> list[float | None]:
    if wish.style_scale is None:
        return [None] * len(wish.styles)
    low, high = STYLE_SCALES
    wanted = f"from {low:g} to {high:g}, such as 1,0.5"
    scales = numbers(wish.style_scale, "style_scale", wanted)
    for scale in scales:
        if not low <= scale <= high:
            raise OutOfBounds("style_scale", scale, low, high)
    if len(scales) == 1:
        scales *= len(wish.styles)
    if len(scales) != len(wish.styles):
        raise CountPerStyle("style_scale", len(wish.styles), len(scales))
    return list(scales)
