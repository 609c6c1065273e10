"""Files to open: sound, odd, damaged and hostile ones, small and made on the spot."""

import re
import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image, ImageCms

from pictures.limits import Limits

LIMITS = Limits(
    max_bytes=4 << 20,
    max_pixels=4_000_000,
    min_side=16,
    max_aspect=8.0,
    keep_side=512,
    seconds=30.0,
    memory_mib=512,
)

QUARTERS = {
    "top left": (220, 30, 40),
    "top right": (30, 180, 60),
    "bottom left": (40, 60, 210),
    "bottom right": (230, 220, 60),
}


def scene(size: tuple[int, int] = (64, 48)) -> Image.Image:
    """Four plain quarters, each of its own colour, so that a turn or a swap shows."""
    width, height = size
    image = Image.new("RGB", size)
    boxes = [
        (0, 0, width // 2, height // 2),
        (width // 2, 0, width, height // 2),
        (0, height // 2, width // 2, height),
        (width // 2, height // 2, width, height),
    ]
    for colour, box in zip(QUARTERS.values(), boxes, strict=True):
        image.paste(colour, box)
    return image


def quarters(image: Image.Image) -> list[Any]:
    """The colours in the middle of the four quarters, in the order of QUARTERS."""
    width, height = image.size
    return [
        image.getpixel((x, y))
        for y in (height // 4, 3 * height // 4)
        for x in (width // 4, 3 * width // 4)
    ]


def furthest(found: list[Any], expected: list[Any]) -> int:
    """The greatest difference of any channel between two lists of colours."""
    differences: list[int] = [
        abs(a - b)
        for one, other in zip(found, expected, strict=True)
        for a, b in zip(one, other, strict=True)
    ]
    return max(differences)


def file(image: Image.Image, format_: str, **options: Any) -> bytes:
    """The picture as a file's bytes."""
    out = BytesIO()
    image.save(out, format_, **options)
    return out.getvalue()


def png_chunk(name: bytes, content: bytes) -> bytes:
    """A PNG chunk with its checksum."""
    return (
        struct.pack(">I", len(content))
        + name
        + content
        + struct.pack(">I", zlib.crc32(name + content))
    )


def png(
    width: int,
    height: int,
    rows: bytes,
    *,
    depth: int = 8,
    colour_type: int = 2,
    extra: bytes = b"",
) -> bytes:
    """A PNG put together by hand: `rows` unpacked with their filter bytes, `extra` after IHDR."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", header)
        + extra
        + png_chunk(b"IDAT", zlib.compress(rows))
        + png_chunk(b"IEND", b"")
    )


def with_png_chunk(data: bytes, chunk: bytes) -> bytes:
    """A PNG with one more chunk, right after its header."""
    return data[:33] + chunk + data[33:]


def srgb_profile() -> bytes:
    """The ICC profile of sRGB."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def swapped_profile() -> bytes:
    """A profile in which the red channel is sRGB's green, and the green one its red."""
    names = {b"rXYZ": b"gXYZ", b"gXYZ": b"rXYZ"}
    return re.sub(b"[rg]XYZ", lambda found: names[found[0]], srgb_profile(), count=2)


def wide_profile() -> bytes:
    """A profile with Adobe Wide Gamut's primaries, much purer than sRGB's.

    The matrix columns follow from the primaries' x and y and the white of the profile connection
    space, D50 (ICC.1:2022, F.3).
    """
    points = ((0.735, 0.265), (0.115, 0.826), (0.157, 0.018))
    columns = [(x / y, 1.0, (1 - x - y) / y) for x, y in points]
    scales = _solved(columns, (0.9642, 1.0, 0.8249))
    data = bytearray(srgb_profile())
    for tag, column, scale in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns, scales, strict=True):
        fixed = [round(value * scale * 65536) for value in column]
        struct.pack_into(">3i", data, _tag_offset(data, tag) + 8, *fixed)
    return bytes(data)


def _tag_offset(data: bytearray, tag: bytes) -> int:
    (count,) = struct.unpack_from(">I", data, 128)
    for index in range(count):
        name, offset, _ = struct.unpack_from(">4sII", data, 132 + 12 * index)
        if name == tag:
            return int(offset)
    raise KeyError(tag)


def _solved(
    columns: list[tuple[float, float, float]], white: tuple[float, float, float]
) -> list[float]:
    """Cramer's rule: the factors of three columns that add up to `white`."""

    def determinant(a: Any, b: Any, c: Any) -> float:
        return float(
            a[0] * (b[1] * c[2] - b[2] * c[1])
            - b[0] * (a[1] * c[2] - a[2] * c[1])
            + c[0] * (a[1] * b[2] - a[2] * b[1])
        )

    whole = determinant(*columns)
    return [
        determinant(*(white if i == index else column for i, column in enumerate(columns))) / whole
        for index in range(3)
    ]


def webp_header(width: int, height: int) -> bytes:
    """A WebP whose extended header declares a canvas, and nothing after it."""
    canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + canvas
    return b"RIFF" + struct.pack("<I", len(body)) + body


def grown_gif(screen: tuple[int, int], frame: tuple[int, int]) -> bytes:
    """A GIF whose first frame is larger than its screen; the frame's pixels are missing."""
    return (
        b"GIF89a"
        + struct.pack("<HHBBB", *screen, 0x80, 0, 0)
        + bytes([0, 0, 0, 255, 255, 255])
        + b"\x21\xf9\x04\x09\x00\x00\x00\x00"
        + b","
        + struct.pack("<HHHHB", 0, 0, *frame, 0)
        + b"\x02\x02\x4c\x01\x00;"
    )
