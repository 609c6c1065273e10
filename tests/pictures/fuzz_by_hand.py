"""Files of each format put together from its own parts, with values drawn at random."""

import struct

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from .fuzz_seeds import mended, seeds
from .hostile import bmp, tiff
from .making import png, png_chunk

_EDGES = [0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]
edges = st.sampled_from(_EDGES)
few_bytes = st.binary(max_size=64)


_sides = st.one_of(st.integers(16, 80), st.integers(0, 5), edges, st.sampled_from([3000, 9000]))


@st.composite
def pngs(draw: DrawFn) -> bytes:
    """A PNG by hand: any header, palette and transparency, any number of rows."""
    width, height = draw(_sides), draw(_sides)
    depth = draw(st.sampled_from([1, 2, 4, 8, 16, 3, 255]))
    kind = draw(st.sampled_from([0, 2, 3, 4, 6, 1, 7]))
    size = draw(st.sampled_from([0, 100, 20_000, 300_000]))
    rows = (bytes([draw(st.integers(0, 5))]) + draw(st.binary(min_size=1, max_size=40))) * size
    extra = b""
    for name in draw(st.lists(st.sampled_from([b"PLTE", b"tRNS", b"gAMA", b"sBIT", b"pHYs"]))):
        extra += png_chunk(name, draw(few_bytes) * draw(st.sampled_from([1, 12])))
    data = png(width, height, rows[:size], depth=depth, colour_type=kind, extra=extra)
    if draw(st.booleans()):
        data = mended(data[:28] + b"\1" + data[29:])  # interlaced
    return data


@st.composite
def gifs(draw: DrawFn) -> bytes:
    """A GIF by hand: screens, palettes, extensions and frames of any size, any codes."""
    side = st.one_of(st.integers(0, 80), st.sampled_from([3000, 65535]))
    flags = draw(st.integers(0, 255))
    data = b"GIF89a" + struct.pack("<HHBBB", draw(side), draw(side), flags, 0, 0)
    data += bytes(3 << (flags & 7) + 1) if flags & 0x80 else b""
    for _ in range(draw(st.integers(0, 3))):
        if draw(st.booleans()):
            label = draw(st.sampled_from([0xF9, 0xFE, 0xFF, 0x01, 0x77]))
            content = draw(few_bytes)
            data += bytes([0x21, label, len(content)]) + content + b"\0"
        frame = [draw(side) for _ in range(4)]
        data += b"," + struct.pack("<HHHHB", *frame, draw(st.sampled_from([0, 0x40, 0x87])))
        block = draw(st.binary(min_size=1, max_size=200))
        codes = (bytes([len(block)]) + block) * draw(st.sampled_from([1, 30, 900]))
        data += bytes([draw(st.integers(0, 13))]) + codes + b"\0"
    return data + draw(st.sampled_from([b"", b";"]))


@st.composite
def bmps(draw: DrawFn) -> bytes:
    """A BMP by hand: any header, bits and packing, pixels or runs of any bytes."""
    signed = st.one_of(
        st.integers(-80, 80), st.sampled_from([3000, 9000, -(1 << 31), (1 << 31) - 1])
    )
    pixels = draw(few_bytes) * draw(st.sampled_from([0, 1, 100, 5000]))
    bits = draw(st.sampled_from([0, 1, 2, 4, 8, 16, 24, 32, 64]))
    packing = draw(st.integers(0, 6))
    data = bmp(draw(signed), draw(signed), pixels, packing=packing, bits=bits)
    size = draw(st.sampled_from([12, 16, 40, 40, 52, 56, 64, 108, 124]))
    start = draw(st.one_of(st.just(14 + size), edges))
    return data[:10] + struct.pack("<II", start, size) + data[18:]


_TAGS = [254, 256, 257, 258, 259, 262, 266, 270, 273, 274, 277, 278, 279, 282, 284, 292, 296, 317]
_TAGS += [320, 322, 323, 324, 325, 330, 338, 339, 347, 512, 513, 514, 529, 530, 700, 34665, 34675]
_TAGS += [50706]
_PACKINGS = [1, 2, 3, 4, 5, 6, 7, 8, 32773, 32809, 32946, 34712, 34925, 50000, 50001]


@st.composite
def directories(draw: DrawFn) -> bytes:
    """A TIFF by hand: a directory that mostly makes sense, with some entries that do not."""
    side, deep = draw(st.sampled_from([16, 64, 3000])), draw(st.sampled_from([1, 8, 8, 8, 16, 32]))
    entries = {
        256: (3, 1, side),
        257: (3, 1, side),
        258: (3, 1, deep),
        259: (3, 1, draw(st.sampled_from(_PACKINGS))),
        262: (3, 1, draw(st.sampled_from([0, 1, 1, 3, 4, 6, 8]))),
        273: (4, 1, 400),
        277: (3, 1, 1),
        278: (3, 1, side),
        279: (4, 1, 5000),
    }
    changes = st.dictionaries(
        st.sampled_from(_TAGS),
        st.tuples(
            st.integers(0, 18),
            st.one_of(st.integers(0, 4), st.sampled_from([5, 400, 70_000, 0xFFFFFFFF])),
            st.one_of(edges, st.integers(0, 700)),
        ),
        max_size=6,
    )
    entries |= draw(changes)
    tail = draw(st.binary(min_size=1, max_size=100)) * draw(st.sampled_from([5, 200, 4000]))
    data = tiff([(tag, *entries[tag]) for tag in sorted(entries)])
    return data.ljust(400, b"\0") + tail


@st.composite
def webps(draw: DrawFn) -> bytes:
    """A WebP by hand: its chunks in any order, some with lengths that lie."""
    picture = seeds()["webp lossless alpha"]
    names = [b"VP8X", b"VP8L", b"VP8 ", b"ALPH", b"ANIM", b"ANMF", b"ICCP", b"EXIF", b"XMP "]
    body = draw(st.sampled_from([b"", picture[12:30]]))
    for name in draw(st.lists(st.sampled_from(names), max_size=6)):
        start = picture.index(b"VP8L") + 8
        content = draw(st.sampled_from([picture[start:], draw(few_bytes), picture[12:]]))
        size = draw(st.one_of(st.just(len(content)), st.just(len(content)), edges))
        body += name + struct.pack("<I", size) + content + bytes(len(content) % 2)
    size = draw(st.one_of(st.just(len(body) + 4), edges))
    return b"RIFF" + struct.pack("<I", size) + b"WEBP" + body


@st.composite
def jpegs(draw: DrawFn) -> bytes:
    """A JPEG by hand: segments of any kind and length before, between and after the real ones."""
    real = seeds()[draw(st.sampled_from(["jpeg", "jpeg progressive", "jpeg ink", "jpeg grey"]))]
    at = draw(st.sampled_from([2, real.index(b"\xff\xda"), real.rindex(b"\xff\xd9")]))
    extra = b""
    for marker in draw(st.lists(st.integers(0xC0, 0xFE), min_size=1, max_size=5)):
        content = draw(few_bytes) * draw(st.sampled_from([1, 1, 40]))
        size = draw(st.one_of(st.just(len(content) + 2), st.integers(0, 65535)))
        extra += bytes([0xFF, marker]) + struct.pack(">H", size & 0xFFFF) + content
    frame = real.index(b"\xff\xc2" if b"\xff\xc2\0\x11" in real else b"\xff\xc0")
    if draw(st.booleans()):
        sides = struct.pack(">HH", draw(_sides) & 0xFFFF, draw(_sides) & 0xFFFF)
        real = real[: frame + 5] + sides + real[frame + 9 :]
    return real[:at] + extra * draw(st.sampled_from([1, 1, 30])) + real[at:]
