"""Keeping the photo's colours: the painting's lightness with the photo's hues.

After "luminance-only transfer" in Gatys, Bethge, Hertzmann and Shechtman, "Preserving Color in
Neural Artistic Style Transfer" (2016), but in Oklab, whose lightness follows the eye more closely
than the YIQ used there. Formulas: B. Ottosson, "A perceptual color space for image processing"
(2020); the sRGB curve: IEC 61966-2-1.
"""

from typing import cast

import numpy as np
import numpy.typing as npt
from PIL import Image

Floats = npt.NDArray[np.float32]

_ROWS = 128
"""Rows at a time: the work needs some dozens of times the memory of the pixels themselves."""

_HALVINGS = 10
_SLACK = 1e-4

# Linear sRGB to the cones' responses, and their cube roots to Oklab.
_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_FROM_LAB = np.linalg.inv(_TO_LAB)
_FROM_CONES = np.linalg.inv(_TO_CONES)


def keep_colours(painted: Image.Image, content: Image.Image, amount: float) -> Image.Image:
    """The painting with the content's colours, as much of them as `amount` (0..1) says.

    In Oklab (L, a, b): L = L_painted; (a, b) = (1 - amount) (a, b)_painted + amount (a, b)_content.
    Where that lies outside sRGB, (a, b) are scaled towards grey until it lies inside, so lightness
    and hue stay. The content is resized to the painting's size. Gives RGB, and RGBA where the
    painting is; amount 0 gives the painting unchanged.

    Raises ValueError for an amount outside 0..1.
    """
    if not 0 <= amount <= 1:
        raise ValueError(f"amount must be between 0 and 1, not {amount}")
    if amount == 0:
        return painted
    source = content.convert("RGB")
    if source.size != painted.size:
        source = source.resize(painted.size, Image.Resampling.LANCZOS)
    ours = np.asarray(painted.convert("RGB"))  # (H, W, 3)
    theirs = np.asarray(source)
    out = np.empty_like(ours)
    for top in range(0, len(ours), _ROWS):
        rows = slice(top, top + _ROWS)
        lab, colours = to_oklab(ours[rows]), to_oklab(theirs[rows])
        lab[..., 1:] += np.float32(amount) * (colours[..., 1:] - lab[..., 1:])
        out[rows] = from_oklab(lab)
    result = Image.fromarray(out)
    return reattach_alpha(result, painted)


def keep_more_colours(
    painted: Image.Image, content: Image.Image, kept: float, amount: float
) -> Image.Image:
    """As `keep_colours`, for a painting in which `kept` of the content's colours are already.

    From kept = 0 it is `keep_colours`; otherwise it agrees with that to the rounding of 8 bits,
    where sRGB can show the colours. What was painted over cannot come back, so `amount` is at
    least `kept`. Raises ValueError for anything but 0 <= kept <= amount <= 1.
    """
    if not 0 <= kept <= amount <= 1:
        raise ValueError(f"from {kept} to {amount} is no way from less to more within 0 and 1")
    # Of kept P + (1 - kept) C what is the painting's own shrinks to (1 - amount).
    return (
        painted if kept == amount else keep_colours(painted, content, (amount - kept) / (1 - kept))
    )


def reattach_alpha(painted: Image.Image, content: Image.Image) -> Image.Image:
    """The painting (RGB) with the content's transparency, resized to it; as it is without one."""
    if content.mode != "RGBA":
        return painted
    alpha = content.getchannel("A")
    if alpha.size != painted.size:
        alpha = alpha.resize(painted.size, Image.Resampling.LANCZOS)
    result = painted.convert("RGB")
    result.putalpha(alpha)
    return result


def to_oklab(rgb: npt.NDArray[np.uint8]) -> Floats:
    """8-bit sRGB (..., 3) as Oklab (..., 3): L in 0..1, a and b about -0.4..0.4."""
    cones = _LINEAR[rgb] @ _TO_CONES.T.astype(np.float32)
    return cast(Floats, np.cbrt(cones) @ _TO_LAB.T.astype(np.float32))


def from_oklab(lab: Floats) -> npt.NDArray[np.uint8]:
    """Oklab (..., 3) as 8-bit sRGB, colours outside it moved towards grey of the same lightness."""
    linear = _to_linear(lab)
    outside = _outside(linear)
    if outside.any():
        linear[outside] = _to_linear(_desaturated(lab[outside]))
    return _to_bytes(linear)


def _desaturated(lab: Floats) -> Floats:
    """The colours (N, 3) with the greatest part of their (a, b) that sRGB can show."""
    shown = np.zeros(len(lab), np.float32)
    step = np.float32(0.5)
    for _ in range(_HALVINGS):
        trial = lab.copy()
        trial[:, 1:] *= (shown + step)[:, None]
        shown[~_outside(_to_linear(trial))] += step
        step /= 2
    result = lab.copy()
    result[:, 1:] *= shown[:, None]
    return result


def _to_linear(lab: Floats) -> Floats:
    cones = (lab @ _FROM_LAB.T.astype(np.float32)) ** 3
    return cones @ _FROM_CONES.T.astype(np.float32)


def _outside(linear: Floats) -> npt.NDArray[np.bool_]:
    outside: npt.NDArray[np.bool_] = np.any((linear < -_SLACK) | (linear > 1 + _SLACK), axis=-1)
    return outside


def _to_bytes(linear: Floats) -> npt.NDArray[np.uint8]:
    light = np.clip(linear, 0, 1)
    curved = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return (curved * 255 + 0.5).astype(np.uint8)


def _linear_table() -> Floats:
    value = np.arange(256) / 255
    line = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return line.astype(np.float32)


_LINEAR = _linear_table()
