"""From the colours that a picture's ICC profile means to sRGB."""

from io import BytesIO

from PIL import Image, ImageCms

PROFILE_LIMIT = 4 << 20
"""Largest profile that is read, in bytes; those of printing presses have two million."""

_SPACES = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK"}


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """The picture (L, LA, RGB, RGBA or CMYK) as RGB, or RGBA where it has alpha, in sRGB.

    Relative colorimetric with black point compensation. A profile that is damaged, too large or
    meant for another kind of picture is ignored, and the colours are taken as sRGB; CMYK then
    becomes RGB by the plain formula R = (1 - C) (1 - K).
    """
    alpha = image.getchannel("A") if image.mode in {"LA", "RGBA"} else None
    if alpha is not None:
        image = image.convert("L" if image.mode == "LA" else "RGB")
    colours = (_transformed(image, profile) if profile else None) or image.convert("RGB")
    if alpha is not None:
        colours.putalpha(alpha)
    return colours


def _transformed(image: Image.Image, profile: bytes) -> Image.Image | None:
    if len(profile) > PROFILE_LIMIT:
        return None
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        if source.profile.xcolor_space.strip() != _SPACES[image.mode]:
            return None
        return ImageCms.profileToProfile(
            image,
            source,
            ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
