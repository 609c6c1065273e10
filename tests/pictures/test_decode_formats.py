"""Each format and each mode, as upright 8-bit sRGB."""

import struct
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image, TiffImagePlugin

from pictures.decode import decode

from .making import (
    LIMITS,
    QUARTERS,
    file,
    furthest,
    png,
    png_chunk,
    quarters,
    scene,
    with_png_chunk,
)

COLOURS = list(QUARTERS.values())


def decoded(data: bytes, **limits: Any) -> Image.Image:
    return decode(data, replace(LIMITS, **limits)).image


@pytest.mark.parametrize(
    ("format_", "options", "tolerance"),
    [
        ("JPEG", {"quality": 95}, 4),
        ("JPEG", {"quality": 95, "progressive": True}, 4),
        ("PNG", {}, 0),
        ("WEBP", {"lossless": True}, 0),
        ("WEBP", {"quality": 95}, 8),
        ("GIF", {}, 0),
        ("BMP", {}, 0),
        ("TIFF", {}, 0),
        ("TIFF", {"compression": "tiff_lzw"}, 0),
        ("TIFF", {"compression": "jpeg", "quality": 95}, 6),
        ("TIFF", {"compression": "tiff_adobe_deflate", "big_tiff": True}, 0),
        ("AVIF", {"quality": 95}, 8),
    ],
)
def test_format(format_: str, options: dict[str, Any], tolerance: int) -> None:
    """The colours of each format come out where they were."""
    result = decode(file(scene(), format_, **options), LIMITS)
    assert ("RGB", (64, 48), format_) == (
        result.image.mode,
        result.image.size,
        result.source_format,
    )
    assert furthest(quarters(result.image), COLOURS) <= tolerance


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_orientation(format_: str, orientation: int) -> None:
    """Each EXIF orientation is turned upright, in each format that has EXIF."""
    stored = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    image = scene((80, 40))
    if orientation in stored:
        image = image.transpose(stored[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    result = decode(file(image, format_, exif=exif), replace(LIMITS, keep_side=200))
    assert (result.image.size, result.full_size) == ((80, 40), (80, 40))
    assert furthest(quarters(result.image), COLOURS) <= 24


def test_turned_and_shrunk() -> None:
    """A picture that is both turned and shrunk reports the upright full size."""
    exif = Image.Exif()
    exif[0x0112] = 6
    result = decode(file(scene((400, 800)), "JPEG", exif=exif), replace(LIMITS, keep_side=200))
    assert (result.image.size, result.full_size) == ((200, 100), (800, 400))


@pytest.mark.parametrize(
    "exif",
    [
        b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<HHHIHH", 1, 0x0112, 3, 1, 77, 0) + bytes(4),
        b"Exif\0\0MM\0*\xff\xff\xff\xff",
        b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<HHHII", 1, 0x0112, 5, 1, 8) + bytes(4),
        b"Exif\0\0II*\0\x08\0\0\0" + b"\xff" * 64,
        b"Exif\0\0rubbish",
    ],
    ids=["orientation 77", "offset beyond the end", "a fraction 0/0", "all ones", "no header"],
)
@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
def test_absurd_exif_is_no_orientation(format_: str, exif: bytes) -> None:
    """EXIF that makes no sense leaves the picture as it lies."""
    image = decoded(file(scene(), format_, exif=exif))
    assert furthest(quarters(image), COLOURS) <= 24


def test_absurd_exif_in_tiff() -> None:
    """A TIFF whose EXIF directory points nowhere still opens, turned as its own tag says."""
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[0x0112] = 6
    tags.tagtype[34665] = 4
    tags[34665] = 0x7FFFFFF0
    turned = scene((80, 40)).transpose(Image.Transpose.ROTATE_90)
    image = decoded(file(turned, "TIFF", tiffinfo=tags, compression="tiff_lzw"))
    assert quarters(image) == COLOURS


def test_cmyk_jpeg() -> None:
    """A CMYK JPEG, stored inverted as Adobe does, comes out in its colours."""
    image = decoded(file(scene().convert("CMYK"), "JPEG", quality=95))
    assert furthest(quarters(image), COLOURS) <= 6


def test_cmyk_tiff() -> None:
    """A CMYK TIFF, stored as it is meant, comes out in its colours."""
    image = decoded(file(scene().convert("CMYK"), "TIFF"))
    assert furthest(quarters(image), COLOURS) <= 1


def test_cmyk_with_black_ink() -> None:
    """Black ink darkens the others: R = (1 - C) (1 - K)."""
    image = decoded(file(Image.new("CMYK", (32, 32), (0, 128, 255, 128)), "TIFF"))
    assert furthest([image.getpixel((5, 5))], [(127, 63, 0)]) <= 1


def test_palette() -> None:
    """A palette becomes its colours."""
    assert quarters(decoded(file(scene().quantize(4), "PNG"))) == COLOURS


def test_palette_with_one_transparent_entry() -> None:
    """A transparent palette entry becomes alpha 0."""
    data = file(scene().quantize(4), "PNG", transparency=scene().quantize(4).getpixel((0, 0)))
    assert [pixel[3] for pixel in quarters(decoded(data))] == [0, 255, 255, 255]


def test_palette_with_alpha_values() -> None:
    """A palette with an alpha for each entry keeps half transparent ones."""
    image = scene().quantize(4)
    entries = [image.getpixel((x, y)) for y in (12, 36) for x in (16, 48)]
    alphas = {entries[0]: 0, entries[1]: 90, entries[2]: 180, entries[3]: 255}
    data = file(image, "PNG", transparency=bytes(alphas[entry] for entry in range(4)))
    assert [pixel[3] for pixel in quarters(decoded(data))] == [0, 90, 180, 255]


def test_transparent_gif() -> None:
    """A GIF's transparent colour becomes alpha 0."""
    image = scene().quantize(4)
    data = file(image, "GIF", transparency=image.getpixel((0, 0)))
    assert [pixel[3] for pixel in quarters(decoded(data))] == [0, 255, 255, 255]


@pytest.mark.parametrize("format_", ["GIF", "WEBP", "PNG", "TIFF", "AVIF"])
def test_first_frame(format_: str) -> None:
    """Of an animation, or of several pages, the first is taken."""
    others = [Image.new("RGB", (64, 48), colour) for colour in ("white", "black")]
    data = file(scene(), format_, save_all=True, append_images=others)
    assert furthest(quarters(decoded(data)), COLOURS) <= 24


@pytest.mark.parametrize("format_", ["PNG", "WEBP", "TIFF", "AVIF"])
def test_alpha(format_: str) -> None:
    """Alpha is kept."""
    image = scene()
    image.putalpha(Image.new("L", image.size, 255))
    image.paste((220, 30, 40, 100), (0, 0, 32, 24))
    options: dict[str, Any] = {"lossless": True} if format_ == "WEBP" else {}
    alphas = [pixel[3] for pixel in quarters(decoded(file(image, format_, **options)))]
    assert max(abs(a - b) for a, b in zip(alphas, [100, 255, 255, 255], strict=True)) <= 2


def test_grey_with_alpha() -> None:
    """Grey with alpha becomes RGBA."""
    image = Image.new("LA", (32, 32), (200, 60))
    assert decoded(file(image, "PNG")).getpixel((3, 3)) == (200, 200, 200, 60)


def test_premultiplied_tiff() -> None:
    """Alpha that a TIFF has multiplied in (ExtraSamples 1) is taken out again."""
    stored = Image.new("RGBA", (32, 32), (100, 50, 25, 128))
    straight, multiplied = (struct.pack("<HHIH", 338, 3, 1, kind) for kind in (2, 1))
    data = file(stored, "TIFF").replace(straight, multiplied)
    assert decoded(data).getpixel((3, 3)) == (199, 99, 49, 128)


def test_opaque_alpha_is_dropped() -> None:
    """Alpha that hides nothing is not kept."""
    assert decoded(file(scene().convert("RGBA"), "PNG")).mode == "RGB"


def test_invisible_picture_is_shown() -> None:
    """Alpha that hides everything was not meant, as in many bitmaps of 32 bits."""
    image = scene()
    image.putalpha(0)
    assert quarters(decoded(file(image, "PNG"))) == COLOURS


def test_black_and_white() -> None:
    """One bit a pixel becomes black and white."""
    image = Image.new("1", (32, 32))
    image.paste(1, (16, 0, 32, 32))
    result = decoded(file(image, "PNG"))
    assert [result.getpixel((8, 8)), result.getpixel((24, 8))] == [(0, 0, 0), (255, 255, 255)]


@pytest.mark.parametrize("format_", ["PNG", "TIFF"])
def test_sixteen_bit_grey(format_: str) -> None:
    """16-bit grey uses its whole range: v / 257, rounded."""
    row = (
        struct.pack("<H", 300) * 8 + struct.pack("<H", 0xFFFF) * 8 + struct.pack("<H", 0x8000) * 16
    )
    image = Image.frombytes("I;16", (32, 32), row * 32)
    result = decoded(file(image, format_))
    assert [result.getpixel((x, 8))[0] for x in (2, 10, 20)] == [1, 255, 128]  # type: ignore[index]


def test_sixteen_bit_grey_with_a_transparent_one() -> None:
    """Exactly the 16-bit grey that a PNG names is transparent, not its neighbours."""
    row = b"\0" + struct.pack(">H", 0x8000) * 16 + struct.pack(">H", 0x8001) * 16
    data = png(
        32,
        32,
        row * 32,
        depth=16,
        colour_type=0,
        extra=png_chunk(b"tRNS", struct.pack(">H", 0x8000)),
    )
    result = decoded(data)
    assert [
        result.getpixel((8, 8)),
        result.getpixel((24, 8)),
    ] == [(128, 128, 128, 0), (128, 128, 128, 255)]


def test_sixteen_bit_colour() -> None:
    """16-bit colour keeps its upper byte."""
    row = b"\0" + struct.pack(">3H", 0xFFFF, 0x8080, 0x0101) * 32
    data = png(32, 32, row * 32, depth=16)
    assert decoded(data).getpixel((3, 3)) == (255, 128, 1)


def test_sixteen_bit_colour_with_a_transparent_one() -> None:
    """A transparent 16-bit colour is found although 8 bits are kept."""
    row = b"\0" + struct.pack(">3H", 0xFFFF, 0, 0) * 16 + struct.pack(">3H", 0, 0xFFFF, 0) * 16
    extra = png_chunk(b"tRNS", struct.pack(">3H", 0xFFFF, 0, 0))
    result = decoded(png(32, 32, row * 32, depth=16, extra=extra))
    assert [result.getpixel((x, 8))[3] for x in (8, 24)] == [0, 255]  # type: ignore[index]


def test_four_bit_grey_with_a_transparent_one() -> None:
    """A transparent grey of four bits is found although 8 bits are kept."""
    extra = png_chunk(b"tRNS", struct.pack(">H", 5))
    data = png(
        32, 32, (b"\0" + b"\x55" * 8 + b"\xaa" * 8) * 32, depth=4, colour_type=0, extra=extra
    )
    result = decoded(data)
    assert [
        result.getpixel((8, 8)),
        result.getpixel((24, 8)),
    ] == [(85, 85, 85, 0), (170, 170, 170, 255)]


def test_twelve_bit_tiff() -> None:
    """12-bit grey uses its whole range."""
    row = bytes([0x80, 0x08, 0x00]) * 16  # two samples of 0x800
    data = _bare_tiff(32, 32, row * 32, bits=12, photometric=1)
    assert decoded(data).getpixel((3, 3)) == (128, 128, 128)


@pytest.mark.parametrize(("bits", "sample"), [(8, b"\x00"), (16, b"\x00\x00")])
def test_white_is_zero(bits: int, sample: bytes) -> None:
    """A TIFF in which white is zero is turned over, at 16 bits too."""
    data = _bare_tiff(32, 32, sample * 32 * 32, bits=bits, photometric=0)
    assert decoded(data).getpixel((3, 3)) == (255, 255, 255)


def test_float_tiff_between_zero_and_one() -> None:
    """Floats within 0..1 are taken as black to white."""
    image = Image.new("F", (32, 32), 0.25)
    image.paste(0.5, (0, 0, 16, 32))
    result = decoded(file(image, "TIFF"))
    assert [result.getpixel((x, 8)) for x in (8, 24)] == [(128, 128, 128), (64, 64, 64)]


def test_float_tiff_with_gaps() -> None:
    """Measured floats are stretched; infinity, not-a-number and no-data marks count as 0."""
    image = Image.new("F", (32, 32), 200.0)
    for row, value in enumerate((float("nan"), float("inf"), -3.4e38)):
        image.paste(value, (0, row * 8, 16, row * 8 + 8))
    image.paste(100.0, (16, 0, 32, 16))
    result = decoded(file(image, "TIFF"))
    found = [result.getpixel(at) for at in ((4, 4), (4, 12), (4, 20), (24, 4), (24, 24))]
    assert [pixel[0] for pixel in found] == [0, 0, 0, 128, 255]  # type: ignore[index]


def test_signed_tiff() -> None:
    """32-bit integers are stretched from their least to their greatest."""
    image = Image.new("I", (32, 32), -1000)
    image.paste(1000, (0, 0, 16, 32))
    result = decoded(file(image, "TIFF"))
    assert [result.getpixel((x, 8)) for x in (8, 24)] == [(255, 255, 255), (0, 0, 0)]


def test_lab_tiff() -> None:
    """A picture in Lab becomes sRGB."""
    image = decoded(file(scene().convert("LAB"), "TIFF"))
    assert furthest(quarters(image), COLOURS) <= 6


def test_bitmap_with_alpha_mask() -> None:
    """A bitmap of 32 bits whose header names an alpha mask keeps its alpha."""
    image = scene().convert("RGBA")
    image.paste((220, 30, 40, 100), (0, 0, 32, 24))
    blue_first = Image.merge("RGBA", [image.getchannel(c) for c in "BGRA"])
    pixels = blue_first.transpose(Image.Transpose.FLIP_TOP_BOTTOM).tobytes()
    masks = struct.pack("<4I", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    header = struct.pack("<IiiHHIIiiII", 108, 64, 48, 1, 32, 3, len(pixels), 0, 0, 0, 0)
    header += masks + bytes(108 - len(header) - len(masks))
    data = b"BM" + struct.pack("<IHHI", 122 + len(pixels), 0, 0, 122) + header + pixels
    assert [pixel[3] for pixel in quarters(decoded(data))] == [100, 255, 255, 255]


def test_shrunk_to_keep_side() -> None:
    """A larger picture is shrunk to the long side that is kept, its aspect the same."""
    result = decode(file(scene((1200, 900)), "PNG"), replace(LIMITS, keep_side=400))
    assert (result.image.size, result.full_size) == ((400, 300), (1200, 900))
    assert quarters(result.image) == COLOURS


def test_hidden_colours_do_not_bleed() -> None:
    """Shrinking does not mix the colours under full transparency into visible ones."""
    image = Image.new("RGBA", (512, 512), (0, 255, 0, 0))
    image.paste((255, 0, 0, 255), (0, 0, 255, 512))
    result = decoded(file(image, "PNG"), keep_side=200)
    seen = [pixel for _, pixel in result.getcolors(40000) or [] if pixel[3] > 8]  # type: ignore[index]
    assert {(True, True)} == {(red > 240, green < 12) for red, green, _, _ in seen}  # type: ignore[misc]


def test_metadata_chunks_are_ignored() -> None:
    """Comments, and chunks that nobody knows, do no harm; one with a wrong checksum neither."""
    data = with_png_chunk(file(scene(), "PNG"), png_chunk(b"tEXt", b"Comment\0hello"))
    data = with_png_chunk(data, png_chunk(b"abCd", b"private"))
    data = with_png_chunk(data, png_chunk(b"gAMA", b"1234")[:-1] + b"\0")
    assert quarters(decoded(data)) == COLOURS


def _bare_tiff(width: int, height: int, pixels: bytes, *, bits: int, photometric: int) -> bytes:
    """A grey little-endian TIFF in one strip, as Pillow would not write it."""
    entries = [
        (256, 3, width),
        (257, 3, height),
        (258, 3, bits),
        (259, 3, 1),
        (262, 3, photometric),
        (273, 4, 8),
        (277, 3, 1),
        (278, 3, height),
        (279, 4, len(pixels)),
    ]
    directory = struct.pack("<H", len(entries)) + b"".join(
        struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries
    )
    return b"II*\0" + struct.pack("<I", 8 + len(pixels)) + pixels + directory + bytes(4)
