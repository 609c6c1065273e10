"""Opening a stranger's picture far enough to know its size, and refusing it there."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

# Pillow imports every parser it has when it is asked for one that is not registered yet.
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from pictures.errors import (
    DecompressionBomb,
    NotAnImage,
    PictureError,
    TooManyParts,
    TooManyPixels,
    TooMuchMemory,
    TooNarrow,
    TooSmall,
)
from pictures.gif_cleaning import clean_gif
from pictures.jpeg_cleaning import clean_jpeg
from pictures.kinds import Kind
from pictures.limits import Limits
from pictures.png_cleaning import clean_png
from pictures.tiff_directory import check_directory

PARSERS = (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)
"""The only parsers that strangers' bytes reach; importing a plugin registers it."""

_PLAUSIBLE = 1000
"""Pixels a byte: no JPEG reaches it and no PNG of more than black and white, but each bomb does."""

_LARGE = 4096 * 2160
"""Pixels of a cinema's screen: what has more is no screenshot that happens to be blank."""

_DENSE = 250
"""Pixels a byte that a large picture may have. A blank PNG in true colour has 344, and takes
seconds to unpack; a blank JPEG has 64."""

_RUNS = 1 << 20
"""Largest BMP packed in runs, in bytes; Pillow unpacks it in Python."""

_CLEANERS = {"PNG": clean_png, "JPEG": clean_jpeg, "GIF": clean_gif}

_HIDDEN_NEEDS = {"WEBP": 17, "AVIF": 16, "JPEG": 7, "TIFF": 21}
"""Bytes a pixel, measured, where a library calls a lack of memory a damaged file.

WebP keeps two canvases beside the picture, AVIF up to 16 bits a plane, and a progressive JPEG all
its coefficients. A TIFF of floats would find out only after seconds.
"""

_BASE_MIB = 48
"""What Python and Pillow occupy themselves."""

_DNG_VERSION = 50706
_NEW_SUBFILE_TYPE = 254
_SUB_IFDS = 330


@contextmanager
def guarded(limits: Limits) -> Iterator[None]:
    """Pillow's own guard set to `limits.max_pixels`, its warnings kept quiet.

    Both are global to the process: for the child that decodes, and for tests.
    """
    before = Image.MAX_IMAGE_PIXELS, AvifImagePlugin.DEFAULT_MAX_THREADS
    # The guard raises at twice the constant and only warns between.
    Image.MAX_IMAGE_PIXELS = max(1, limits.max_pixels // 2)
    # Each thread of the AV1 decoder keeps frames of its own.
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        Image.MAX_IMAGE_PIXELS, AvifImagePlugin.DEFAULT_MAX_THREADS = before


def open_checked(data: bytes, format_: str, limits: Limits) -> ImageFile.ImageFile:
    """The picture with its header read and its size found within `limits`, nothing decoded.

    Call it inside `guarded`.

    Raises TooManyPixels, DecompressionBomb, TooManyParts, TooSmall, TooNarrow, NotAnImage (camera
    raw), and whatever Pillow raises on damaged headers.
    """
    if format_ in _CLEANERS:
        data = _CLEANERS[format_](data)
    if format_ == "TIFF":
        check_directory(data)
    if format_ == "BMP":
        _check_runs(data)
    if format_ == "WEBP":
        # Opening a WebP allocates its canvas.
        _check_memory(data, format_, _webp_size(data), limits)
    try:
        image = Image.open(BytesIO(data), formats=[format_])
    except Image.DecompressionBombError as exc:
        raise _too_large(data, format_, limits) from exc
    _check_size(*image.size, len(data), limits)
    if format_ == "AVIF" or "progressive" in image.info or image.mode == "F":
        _check_memory(data, format_, image.size, limits)
    if isinstance(image, TiffImagePlugin.TiffImageFile) and _is_raw(image):
        raise NotAnImage(Kind.RAW)
    return image


def _check_size(width: int, height: int, size: int, limits: Limits) -> None:
    if width * height > limits.max_pixels:
        raise _too_many(width, height, size, limits)
    if width * height > max(_LARGE, _DENSE * size):
        raise DecompressionBomb(size, width * height)
    if min(width, height) < limits.min_side:
        raise TooSmall(width, height, limits.min_side)
    if max(width, height) > limits.max_aspect * min(width, height):
        raise TooNarrow(width, height, limits.max_aspect)


def _check_runs(data: bytes) -> None:
    # RLE8 and RLE4, in the headers that have a field for it.
    if data[14] >= 40 and _little(data, 30, 4) in (1, 2) and len(data) > _RUNS:
        raise TooManyParts("run", _RUNS)


def _check_memory(data: bytes, format_: str, size: tuple[int, int], limits: Limits) -> None:
    pixels = min(size[0] * size[1], limits.max_pixels)
    need = pixels * _HIDDEN_NEEDS[format_] + 2 * len(data)
    if need > (limits.memory_mib - _BASE_MIB) << 20:
        raise TooMuchMemory(limits.memory_mib)


def _too_many(width: int, height: int, size: int, limits: Limits) -> PictureError:
    if width * height > _PLAUSIBLE * size:
        return DecompressionBomb(size, width * height)
    return TooManyPixels(width, height, limits.max_pixels)


def _too_large(data: bytes, format_: str, limits: Limits) -> PictureError:
    """The error for a picture that Pillow's guard stopped, which does not tell its sides."""
    width, height = _claimed_size(data, format_)
    if format_ == "GIF" and width * height <= limits.max_pixels:
        # The first frame reaches far beyond the screen that the header declares.
        return DecompressionBomb(len(data), limits.max_pixels + 1)
    return _too_many(width, height, len(data), limits)


def _claimed_size(data: bytes, format_: str) -> tuple[int, int]:
    if format_ == "GIF":
        return _little(data, 6, 2), _little(data, 8, 2)
    if format_ == "WEBP":
        return _webp_size(data)
    # The other parsers allocate nothing while opening.
    guard, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        with Image.open(BytesIO(data), formats=[format_]) as image:
            return image.size
    finally:
        Image.MAX_IMAGE_PIXELS = guard


def _webp_size(data: bytes) -> tuple[int, int]:
    """The canvas of a WebP (RFC 9649, 2.5 to 2.7), which opening it would allocate."""
    chunk = data[12:16]
    if chunk == b"VP8X":
        return _little(data, 24, 3) + 1, _little(data, 27, 3) + 1
    if chunk == b"VP8L":
        bits = _little(data, 21, 4)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return _little(data, 26, 2) & 0x3FFF, _little(data, 28, 2) & 0x3FFF


def _little(data: bytes, at: int, size: int) -> int:
    return int.from_bytes(data[at : at + size], "little")


def _is_raw(image: TiffImagePlugin.TiffImageFile) -> bool:
    """Whether a TIFF is a camera's raw file, whose first picture is a thumbnail."""
    tags = image.tag_v2
    kind = tags.get(_NEW_SUBFILE_TYPE, 0)
    reduced = isinstance(kind, int) and kind & 1 == 1
    return _DNG_VERSION in tags or (reduced and _SUB_IFDS in tags)
