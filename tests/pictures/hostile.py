"""Files made to cost much: bombs and floods of each format, each in its worst shape.

Each takes `Scale`: how many bytes a flood may have, and how many pixels a side a bomb has.
"""

import struct
import zlib
from collections.abc import Callable
from typing import NamedTuple

from PIL import Image

from .making import file, grown_gif, png, png_chunk, scene, webp_header, with_png_chunk


class Scale(NamedTuple):
    """`room`: bytes of a flood. `side`: of a bomb that is really packed, in px."""

    room: int
    side: int


Maker = Callable[[Scale], bytes]
FORMATS = ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"]


def lying(format_: str, side: int) -> bytes:
    """A small file whose header claims an enormous square."""
    if format_ == "PNG":
        return png(side, side, b"\0" * 100)
    if format_ == "WEBP":
        return webp_header(side, side)
    options = {"compression": "tiff_lzw"} if format_ == "TIFF" else {}
    data = bytearray(file(scene(), format_, **options))
    patches = {
        "GIF": [(b"GIF87a", "<HH")],
        "BMP": [(struct.pack("<I", 40), "<ii")],
        "JPEG": [(b"\xff\xc0\0\x11\x08", ">HH")],
        "AVIF": [(b"ispe" + bytes(4), ">II")],
        # Each side is an entry of the directory: tag, kind, count, value.
        "TIFF": [(struct.pack("<HHI", 256, 3, 1), "<H"), (struct.pack("<HHI", 257, 3, 1), "<H")],
    }[format_]
    for before, layout in patches:
        sides = [side] * (len(layout) - 1)
        struct.pack_into(layout, data, data.index(before) + len(before), *sides)
    return bytes(data)


def tiff(entries: list[tuple[int, int, int, int]], tail: bytes = b"") -> bytes:
    """A TIFF of one directory: (tag, type, count, value or offset); `tail` follows at once."""
    packed = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + packed + bytes(4) + tail


def bmp(width: int, height: int, pixels: bytes, *, packing: int = 0, bits: int = 8) -> bytes:
    """A BMP with a palette of 256 blacks; `packing` 1 is RLE8, 2 RLE4."""
    start = 14 + 40 + 1024
    header = struct.pack(
        "<IiiHHIIiiII", 40, width, height, 1, bits, packing, len(pixels), 0, 0, 256, 0
    )
    total = start + len(pixels) & 0xFFFFFFFF
    return b"BM" + struct.pack("<IHHI", total, 0, 0, start) + header + bytes(1024) + pixels


def _filled(piece: bytes, room: int) -> bytes:
    return piece * (room // len(piece))


def _jpeg(flood: bytes, at: int = 2) -> Maker:
    return lambda scale: (
        (data := file(scene(), "JPEG"))[:at] + _filled(flood, scale.room) + data[at:]
    )


def _jpeg_before_scan(flood: bytes, skip: int = 0) -> Maker:
    def make(scale: Scale) -> bytes:
        data = file(scene(), "JPEG")
        at = data.index(b"\xff\xda") + skip
        return data[:at] + _filled(flood, scale.room) + data[at:]

    return make


def _jpeg_scans(scale: Scale, most: int = 100_000) -> bytes:
    data = file(Image.new("L", (min(scale.side, 2900),) * 2), "JPEG", progressive=True)
    last = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + last * min(most, scale.room // len(last)) + b"\xff\xd9"


def _png(chunk: bytes) -> Maker:
    return lambda scale: with_png_chunk(file(scene(), "PNG"), _filled(chunk, scale.room))


def _png_packed(name: bytes, start: bytes) -> Maker:
    return lambda scale: with_png_chunk(
        file(scene(), "PNG"),
        png_chunk(name, start + zlib.compress(bytes(min(scale.room, 4 << 20) * 10))),
    )


def _png_animated(scale: Scale) -> bytes:
    data = file(scene(), "PNG")
    control = png_chunk(b"acTL", struct.pack(">II", 0xFFFFFFFF, 0))
    frame = png_chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, 60000, 60000, 0, 0, 1, 1, 0, 0))
    pixels = png_chunk(b"fdAT", bytes(4) + zlib.compress(bytes(100_000)))
    flood = _filled(frame + pixels, scale.room)
    return with_png_chunk(data, control)[:-12] + flood + data[-12:]


def _gif(flood: bytes, ending: bytes = b"") -> Maker:
    def make(scale: Scale) -> bytes:
        data = file(scene(), "GIF")
        at = data.index(b"\x2c\0\0\0\0\x40\0")
        return data[:at] + _filled(flood, scale.room) + ending + data[at:]

    return make


def _gif_pixels(block: bytes, code_size: int) -> Maker:
    head = b"GIF89a" + struct.pack("<HHBBB", 64, 48, 0x80, 0, 0) + bytes(6)
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 64, 48, 0) + bytes([code_size])
    return lambda scale: head + frame + _filled(block, scale.room) + b"\0;"


def _gif_frames(scale: Scale) -> bytes:
    data = file(scene(), "GIF")
    frame = data[data.index(b"\x2c\0\0\0\0\x40\0") : -1]
    return data[:-1] + _filled(frame, scale.room) + b";"


def _many_values(count: int, kind: int, size: int) -> bytes:
    entries = [(256, 3, 1, 64), (257, 3, 1, 48)]
    entries += [(tag, kind, size, 8) for tag in range(1000, 1000 + count)]
    return tiff(entries)


def _tiff_values(scale: Scale) -> bytes:
    return _many_values(4000, 7, scale.room - 60_000).ljust(scale.room, b"\0")


def _absurd_exif(scale: Scale) -> bytes:
    return b"Exif\0\0" + _many_values(60_000, 2, 60_000).ljust(scale.room, b"\0")


def _pieces(tag: int, sides: tuple[int, int], count: int, packing: int = 1) -> bytes:
    """A grey TIFF in strips (tag 273) or tiles (324) of one byte, all of them the same."""
    lengths = {273: 279, 324: 325}[tag]
    entries = [
        (256, 4, 1, sides[0]),
        (257, 4, 1, sides[1]),
        (258, 3, 1, 8),
        (259, 3, 1, packing),
        (262, 3, 1, 1),
        (277, 3, 1, 1),
        *([(278, 4, 1, 1)] if tag == 273 else [(322, 4, 1, 1), (323, 4, 1, 1)]),
        (tag, 4, count, 200),
        (lengths, 4, count, 200 + 4 * count),
    ]
    entries.sort()
    head = tiff(entries).ljust(200, b"\0")
    return head + struct.pack("<I", 8) * count + struct.pack("<I", sides[0]) * count


def _tiff_tiles(scale: Scale) -> bytes:
    side = int((scale.room // 8) ** 0.5)
    return _pieces(324, (side, side), side * side)


def _big_tiff(count: int) -> bytes:
    return b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, count) + bytes(400)


def _webp(name: bytes, content: bytes = b"") -> Maker:
    def make(scale: Scale) -> bytes:
        data = file(scene(), "WEBP", xmp=b"x")
        chunk = name + struct.pack("<I", len(content)) + content
        body = data[8:30] + _filled(chunk, scale.room) + data[30:]
        return b"RIFF" + struct.pack("<I", len(body)) + body

    return make


def _webp_frames(scale: Scale) -> bytes:
    picture = file(Image.new("RGB", (2, 2)), "WEBP", lossless=True)[12:]
    frame = struct.pack("<I", 16 + len(picture))
    frame = b"ANMF" + frame + bytes(6) + b"\1\0\0\1\0\0\1\0\0\0" + picture
    body = b"WEBPVP8X" + struct.pack("<I", 10) + b"\x02\0\0\0\x3f\0\0\x2f\0\0"
    body += b"ANIM" + struct.pack("<I", 6) + bytes(6) + _filled(frame, scale.room)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _blank(format_: str, mode: str = "RGB", **options: object) -> Maker:
    def make(scale: Scale) -> bytes:
        # The encoders of these two take long for what decodes at once.
        side = min(scale.side, 4400) if format_ in {"AVIF", "WEBP"} else scale.side
        return file(Image.new(mode, (side, side)), format_, **options)

    return make


def _profile(content: bytes) -> Maker:
    return lambda _: file(scene(), "PNG", icc_profile=content)


def _profile_head(space: bytes, tags: int) -> bytes:
    head = bytearray(128)
    head[8:12], head[12:24], head[36:40] = b"\x04\x20\0\0", b"mntr" + space + b"Lab ", b"acsp"
    return bytes(head) + struct.pack(">I", tags)


def lut_profile(inputs: int, points: int, space: bytes = b"RGB ") -> bytes:
    """A profile whose one tag, A2B0, is a table of `points` to the power of `inputs` entries."""
    cells = min(points**inputs * 3, 600_000)
    table = b"mft2" + bytes(4) + bytes([inputs, 3, points, 0])
    table += struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536) + struct.pack(">HH", 2, 2)
    table += struct.pack(">HH", 0, 65535) * inputs + bytes(2 * cells) + b"\0\0\xff\xff" * 3
    data = _profile_head(space, 1) + struct.pack(">4sII", b"A2B0", 144, len(table)) + table
    return struct.pack(">I", len(data)) + data[4:]


def _strip(format_: str, sides: tuple[int, int]) -> Maker:
    return lambda _: file(Image.new("RGB", sides), format_)


_RLE_SINGLES = (b"\x01\x05" * 1500 + b"\0\0") * 1500

HOSTILE: dict[str, Maker] = {
    "jpeg: fill bytes": _jpeg(b"\xff"),
    "jpeg: stuffed bytes": _jpeg(b"\xff\0"),
    "jpeg: zeros": _jpeg(b"\0"),
    "jpeg: empty segments": _jpeg(b"\xff\xe5\0\2"),
    "jpeg: EXIF segments": _jpeg(b"\xff\xe1\0\x08Exif\0\0"),
    "jpeg: long EXIF segments": _jpeg(b"\xff\xe1\xff\xffExif\0\0" + b"II*\0" + bytes(65523)),
    "jpeg: comments": _jpeg(b"\xff\xfe\0\3x"),
    "jpeg: profile in lying parts": _jpeg(b"\xff\xe2\0\x10ICC_PROFILE\0\xff\xff"),
    "jpeg: markers before the scan": _jpeg_before_scan(b"\xff\xfe\0\2"),
    "jpeg: tables before the scan": _jpeg_before_scan(b"\xff\xdb\0\x43\0" + b"\1" * 64),
    "jpeg: restarts in the scan": _jpeg_before_scan(b"\xff\xd0", 20),
    "jpeg: ends in the scan": _jpeg_before_scan(b"\xff\xd9", 20),
    "jpeg: scans": _jpeg_scans,
    "jpeg: as many scans as are taken": lambda scale: _jpeg_scans(scale, 26),
    "png: empty IDAT": _png(png_chunk(b"IDAT", b"")),
    "png: unknown chunks": _png(png_chunk(b"juNk", b"")),
    "png: palettes": _png(png_chunk(b"PLTE", bytes(3))),
    "png: text chunks": _png(png_chunk(b"tEXt", b"a\0b")),
    "png: huge text": lambda scale: _png(png_chunk(b"tEXt", b"a\0" + bytes(scale.room - 99)))(
        scale
    ),
    "png: damaged packed texts": _png(png_chunk(b"zTXt", b"a\0\0\x78\x9c\xff")),
    "png: packed text": _png_packed(b"zTXt", b"a\0\0"),
    "png: international text": _png_packed(b"iTXt", b"a\0\1\0en\0\0"),
    "png: packed profile": _png_packed(b"iCCP", b"a\0\0"),
    "png: packed profiles": _png(png_chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(1 << 20)))),
    "png: more pixels than it says": _png_packed(b"IDAT", b""),
    "png: animated": _png_animated,
    "png: absurd EXIF": lambda scale: with_png_chunk(
        file(scene(), "PNG"), png_chunk(b"eXIf", _absurd_exif(scale)[6:])
    ),
    "gif: comments": _gif(b"\x21\xfe\x01A\0"),
    "gif: one comment in bytes": lambda scale: _gif(b"\x01A", b"\0")(scale).replace(
        b"\x01A", b"\x21\xfe\x01A", 1
    ),
    "gif: graphic controls": _gif(b"\x21\xf9\x04\0\0\0\0\0"),
    "gif: junk": _gif(b"\0"),
    "gif: empty extensions": _gif(b"\x21\xff\0"),
    "gif: pixels in blocks of a byte": _gif_pixels(b"\x01\x05", 8),
    "gif: clear codes": _gif_pixels(b"\xff" + b"\x24\x49\x92" * 85, 2),
    "gif: frames": _gif_frames,
    "gif: frame beyond its screen": lambda _: grown_gif((40, 40), (60000, 60000)),
    "bmp: single runs": lambda scale: bmp(1500, 1500, _RLE_SINGLES[: scale.room], packing=1),
    "bmp: literal runs": lambda scale: bmp(
        3000, 3000, _filled(b"\0\3abc\0", scale.room), packing=1
    ),
    "bmp: line ends": lambda scale: bmp(3000, 3000, _filled(b"\0\0", scale.room), packing=1),
    "bmp: jumps": lambda scale: bmp(2900, 2900, b"\0\2\xff\xff" * 4000, packing=1),
    "bmp: as long as is unpacked": lambda scale: bmp(
        2900, 2900, _filled(b"\0\3abc\0", min(scale.room, (2 << 20) - 2000)), packing=1
    ),
    "bmp: half bytes": lambda scale: bmp(
        2900, 2900, _filled(b"\1\5", min(scale.room, (2 << 20) - 2000)), packing=2, bits=4
    ),
    "bmp: upside down": lambda _: bmp(64, -(1 << 31), bytes(4096)),
    "tiff: strips": lambda scale: _pieces(273, (16, 120), scale.room // 8),
    "tiff: packed strips": lambda scale: _pieces(273, (16, 120), scale.room // 8, 5),
    "tiff: tiles of a pixel": _tiff_tiles,
    "tiff: as many tiles as are taken": lambda _: _pieces(324, (128, 128), 1 << 14),
    "tiff: large values": _tiff_values,
    "tiff: entries": lambda scale: _many_values(60_000, 2, 60_000).ljust(scale.room, b"\0"),
    "tiff: enormous count in BigTIFF": lambda _: _big_tiff((1 << 64) - 1),
    "tiff: directory of nothing": lambda scale: _big_tiff(scale.room // 20).ljust(
        scale.room, b"\0"
    ),
    "webp: unknown chunks": _webp(b"JUNK"),
    "webp: profiles": _webp(b"ICCP", bytes(20)),
    "webp: frames": _webp_frames,
    "webp: absurd EXIF": lambda scale: file(scene(), "WEBP", exif=_absurd_exif(scale)),
    "webp: 38 bytes": lambda _: (
        b"RIFF\x1e\0\0\0WEBPVP8L\x11\0\0\0\x2f" + struct.pack("<I", 8899 | 8899 << 14) + bytes(12)
    ),
    "blank jpeg": _blank("JPEG"),
    "blank progressive jpeg": _blank("JPEG", progressive=True),
    "blank png": _blank("PNG"),
    "blank black and white png": _blank("PNG", "1"),
    "blank deep png": _blank("PNG", "I;16"),
    "blank png with alpha": _blank("PNG", "RGBA"),
    "blank gif": _blank("GIF", "L"),
    "blank webp": _blank("WEBP", lossless=True, method=0),
    "blank avif": _blank("AVIF", speed=10),
    "blank fax": _blank("TIFF", "1", compression="group4"),
    "blank lzw": _blank("TIFF", "L", compression="tiff_lzw"),
    "blank floats": _blank("TIFF", "F", compression="tiff_adobe_deflate"),
    "profile: no tags, many claimed": _profile(_profile_head(b"RGB ", 0xFFFFFFFF) + bytes(99)),
    "profile: zeros": lambda scale: file(
        scene(), "JPEG", icc_profile=bytes(min(scale.room, 4 << 20))
    ),
    "profile: table of three": _profile(lut_profile(3, 33)),
    "profile: table of fifteen": _profile(lut_profile(15, 2)),
    "profile: table of 255 points": _profile(lut_profile(3, 255)),
    "profile: table for ink": lambda _: file(
        scene().convert("CMYK"), "JPEG", icc_profile=lut_profile(4, 17, b"CMYK")
    ),
    "profile: for another space": lambda _: file(
        scene().convert("CMYK"), "JPEG", icc_profile=lut_profile(3, 9)
    ),
    **{f"header of a bomb: {name}": lambda _, name=name: lying(name, 16000) for name in FORMATS},
    **{f"row of pixels: {name}": _strip(name, (16000, 1)) for name in FORMATS},
    **{f"column of pixels: {name}": _strip(name, (1, 16000)) for name in FORMATS},
}
