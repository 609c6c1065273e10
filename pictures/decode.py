"""Decoding what strangers send, for the process that does only this (`decode_child`)."""

from dataclasses import dataclass
from typing import Any

from PIL import ExifTags, Image, ImageFile, TiffImagePlugin

from pictures.errors import NotAnImage, PictureError, TooManyBytes, TooMuchMemory, UnreadableImage
from pictures.kinds import HEAD, format_of, guess
from pictures.limits import Limits
from pictures.modes import plain
from pictures.opening import guarded, open_checked
from pictures.png_cleaning import sample_depth
from pictures.profiles import to_srgb
from pictures.sizes import fitted
from pictures.tiff_directory import check_directory

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What undoes each EXIF orientation (EXIF 2.32, 4.6.4, tag 0x0112)."""

_SIDEWAYS = frozenset({5, 6, 7, 8})

_DETAIL = 200

_GAP = 2
"""A cheap reduction before the fine one leaves at least so many times the sides."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A picture as it is kept: 8-bit RGB, or RGBA where anything shows through, sRGB, upright.

    `full_size` is the upright picture's (width, height) in px before it was shrunk.
    """

    image: Image.Image
    source_format: str
    full_size: tuple[int, int]


def decode(data: bytes, limits: Limits) -> Decoded:
    """Decode a file by its content: JPEG, PNG, WebP, GIF (first frame), BMP, TIFF or AVIF.

    Its long side is at most `limits.keep_side` afterwards. Sets globals of Pillow while it runs.

    Raises a PictureError, whatever the bytes are; `limits.seconds` and `limits.memory_mib` are for
    whoever runs the process.
    """
    if len(data) > limits.max_bytes:
        raise TooManyBytes(len(data), limits.max_bytes)
    head = data[:HEAD]
    format_ = format_of(head)
    if format_ is None:
        raise NotAnImage(guess(head))
    try:
        with guarded(limits), open_checked(data, format_, limits) as source:
            return _normalised(source, data, format_, limits.keep_side)
    except PictureError:
        raise
    except MemoryError as exc:
        raise TooMuchMemory(limits.memory_mib) from exc
    except Exception as exc:
        # Pillow's parsers raise nearly anything on hostile bytes.
        detail = f"{type(exc).__name__}: {exc}"[:_DETAIL]
        raise UnreadableImage(format_, detail) from exc


def _normalised(source: ImageFile.ImageFile, data: bytes, format_: str, keep_side: int) -> Decoded:
    stored = source.size
    size = fitted(stored, keep_side)
    # Only JPEG can: it unpacks a half or a quarter of the sides, still twice what is kept.
    source.draft(source.mode, (size[0] * _GAP, size[1] * _GAP))
    _load(source)
    orientation = _orientation(source)
    profile = source.info.get("icc_profile")
    image = _without_needless_alpha(plain(source, sample_depth(data) if format_ == "PNG" else 8))
    if image.size != size:
        image = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=_GAP)
    image = to_srgb(image, profile if isinstance(profile, bytes) else None)
    if orientation in _TURNS:
        image = image.transpose(_TURNS[orientation])
    return Decoded(image, format_, stored[::-1] if orientation in _SIDEWAYS else stored)


def _load(source: ImageFile.ImageFile) -> None:
    if isinstance(source, TiffImagePlugin.TiffImageFile):
        _trust_only_orientation(source)
    source.load()
    # The decoders of WebP and AVIF keep canvases of their own.
    vars(source).pop("_decoder", None)


def _trust_only_orientation(source: TiffImagePlugin.TiffImageFile) -> None:
    """Keep Pillow, which turns a TIFF while loading it, from failing on the rest of its EXIF."""
    exif = Image.Exif()
    orientation = source.tag_v2.get(ExifTags.Base.Orientation)
    if orientation in _TURNS:
        exif[ExifTags.Base.Orientation] = orientation
    vars(source)["getexif"] = lambda: exif


def _orientation(source: ImageFile.ImageFile) -> int:
    """The EXIF orientation, 1..8; absurd EXIF is taken as none."""
    try:
        check_directory(source.info.get("exif", b"").removeprefix(b"Exif\0\0"))
        value: Any = source.getexif().get(ExifTags.Base.Orientation)
    except Exception:
        return 1
    return value if value in _TURNS else 1


def _without_needless_alpha(image: Image.Image) -> Image.Image:
    """The picture without alpha where all of it is opaque, or none of it would be seen.

    The latter are mostly bitmaps whose fourth byte was never meant as alpha.
    """
    if image.mode not in {"LA", "RGBA"}:
        return image
    least, greatest = image.getchannel("A").getextrema()
    if least == 255 or greatest == 0:
        return image.convert("L" if image.mode == "LA" else "RGB")
    return image
