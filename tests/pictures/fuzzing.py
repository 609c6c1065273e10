"""Strategies for files that nobody sends on purpose, or only on evil purpose.

`files` mixes them: sound files damaged where their parsers look, files of each format put together
from its own parts with values drawn at random, profiles and EXIF of that kind inside sound files,
two files in one, odd shapes, and files of formats that are not taken.
"""

from collections.abc import Callable
from functools import cache, partial

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from PIL import Image

from .fuzz_by_hand import bmps, directories, edges, few_bytes, gifs, jpegs, pngs, webps
from .fuzz_seeds import MAGIC, mended, others, seeds
from .hostile import FORMATS, lut_profile, tiff
from .making import file, png_chunk, scene, srgb_profile, wide_profile, with_png_chunk


def _ends(data: bytes) -> list[int]:
    """Where parsers look first: the head, the tail, and behind each four letters in a row."""
    letters = [at for at in range(4, min(len(data), 4000)) if data[at - 4 : at].isalpha()]
    markers = [at for at in range(2, min(len(data), 4000)) if data[at - 2] == 0xFF]
    return [*range(8, min(64, len(data)), 2), *letters, *markers, max(0, len(data) - 16)]


@st.composite
def places(draw: DrawFn, data: bytes) -> int:
    """An offset in the file: mostly where a length, a size or an offset stands."""
    if draw(st.integers(0, 3)):
        base = draw(st.sampled_from(_ends(data) or [0]))
        return min(base + draw(st.integers(-8, 12)) % max(1, len(data)), max(0, len(data) - 1))
    return draw(st.integers(0, max(0, len(data) - 1)))


def _poked(draw: DrawFn, data: bytes, at: int) -> bytes:
    width = draw(st.sampled_from([1, 2, 4, 8]))
    value = draw(edges) & (1 << 8 * width) - 1
    packed = value.to_bytes(width, draw(st.sampled_from(["big", "little"])))  # type: ignore[arg-type]
    return data[:at] + packed + data[at + width :]


def _flipped(draw: DrawFn, data: bytes, at: int) -> bytes:
    bit = 1 << draw(st.integers(0, 7))
    return data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :] if data else data


def _written(draw: DrawFn, data: bytes, at: int) -> bytes:
    new = draw(few_bytes)
    return data[:at] + new + data[at + len(new) :]


def _inserted(draw: DrawFn, data: bytes, at: int) -> bytes:
    return data[:at] + draw(few_bytes) + data[at:]


def _removed(draw: DrawFn, data: bytes, at: int) -> bytes:
    return data[:at] + data[at + draw(st.integers(1, 50)) :]


def _repeated(draw: DrawFn, data: bytes, at: int) -> bytes:
    piece = data[at : at + draw(st.integers(1, 200))]
    return data[:at] + piece * draw(st.sampled_from([2, 3, 17, 200])) + data[at:]


def _moved(draw: DrawFn, data: bytes, at: int) -> bytes:
    start = draw(places(data))
    return data[:at] + data[start : start + draw(st.integers(1, 400))] + data[at:]


def _spliced(draw: DrawFn, data: bytes, at: int) -> bytes:
    other = draw(st.sampled_from(sorted(seeds().values())))
    start = draw(places(other))
    return data[:at] + other[start : start + 400] + data[at:]


def _cut(draw: DrawFn, data: bytes, at: int) -> bytes:
    return data[:at]


def _grown(draw: DrawFn, data: bytes, at: int) -> bytes:
    """Behind `at` the same file again, as a preview inside a preview is."""
    return data[:at] + data + data[at:]


_DAMAGE: list[Callable[[DrawFn, bytes, int], bytes]] = [
    *[_poked] * 4,
    *[_flipped] * 3,
    *[_written] * 2,
    *[_inserted, _removed, _repeated, _moved, _spliced, _cut, _grown],
]


@st.composite
def damaged(draw: DrawFn) -> bytes:
    """A sound file with some damage; most PNG get sound checksums again."""
    data = seeds()[draw(st.sampled_from(sorted(seeds())))]
    for damage in draw(st.lists(st.sampled_from(_DAMAGE), min_size=1, max_size=4)):
        if len(data) > 1 << 20:
            break
        data = damage(draw, data, draw(places(data))) or b"\0"
    return mended(data) if data[:8] == MAGIC["PNG"] and draw(st.integers(0, 3)) else data


@st.composite
def cut_off(draw: DrawFn) -> bytes:
    """A sound file that ends too early, as a broken upload does."""
    data = seeds()[draw(st.sampled_from(sorted(seeds())))]
    return data[: draw(st.integers(0, len(data) - 1))]


@st.composite
def profiles(draw: DrawFn) -> bytes:
    """A sound picture with an absurd colour profile."""
    tables = st.builds(
        lut_profile,
        st.integers(0, 16),
        st.sampled_from([0, 1, 2, 9]),
        st.sampled_from([b"RGB ", b"CMYK", b"GRAY", b"Lab "]),
    )
    sound = st.sampled_from([srgb_profile(), wide_profile(), lut_profile(3, 9)])
    data = draw(st.one_of(sound, tables, st.binary(max_size=200)))
    for damage in draw(st.lists(st.sampled_from(_DAMAGE[:8]), max_size=6)):
        data = damage(draw, data, draw(places(data))) or b"\0"
    mode = draw(st.sampled_from(["RGB", "RGBA", "L", "LA", "CMYK"]))
    format_ = "JPEG" if mode == "CMYK" else draw(st.sampled_from(["PNG", "WEBP", "TIFF"]))
    if format_ == "WEBP":
        mode = "RGBA" if mode.endswith("A") else "RGB"
    return file(scene().convert(mode), format_, icc_profile=data)


_ROOM = b"II*\0\x08\0\0\0".ljust(300, b"\0")


@cache
def _avif() -> bytes:
    return file(scene(), "AVIF", speed=10, exif=_ROOM)


@st.composite
def exifs(draw: DrawFn) -> bytes:
    """A sound picture with absurd EXIF."""
    tags = st.sampled_from([0x0112, 0x8769, 0x8825, 0xA005, 0x927C, 0x011A, 0x0100, 0x02BC])
    values = st.tuples(
        tags, st.integers(0, 14), st.one_of(edges, st.integers(0, 9)), st.integers(0, 300)
    )
    data = draw(
        st.one_of(
            st.builds(tiff, st.lists(values, max_size=12), st.binary(max_size=300)),
            st.binary(max_size=300),
        )
    )
    format_ = draw(st.sampled_from(["JPEG", "PNG", "WEBP", "AVIF"]))
    if format_ == "PNG":
        return with_png_chunk(file(scene(), "PNG"), png_chunk(b"eXIf", data))
    if format_ == "AVIF":
        # Pillow's writer would parse it.
        return _avif().replace(_ROOM, data[: len(_ROOM)].ljust(len(_ROOM), b"\0"))
    return file(scene(), format_, exif=b"Exif\0\0" + data)


@st.composite
def polyglots(draw: DrawFn) -> bytes:
    """Two files in one: behind each other, one inside the other, or with another's first bytes."""
    one, other = (draw(st.sampled_from([*sorted(seeds().values()), *others()])) for _ in "12")
    at = draw(st.integers(0, len(one)))
    magic = draw(st.sampled_from(sorted(MAGIC.values())))
    return draw(
        st.sampled_from([one + other, one[:at] + other + one[at:], magic + one, magic + one[4:]])
    )


@st.composite
def shapes(draw: DrawFn) -> bytes:
    """A blank picture of an odd shape: 1xN, Nx1, just inside and just outside of what is taken."""
    long_side = draw(st.sampled_from([1, 2, 15, 16, 17, 127, 128, 129, 2048, 2049, 4000, 16000]))
    short_side = draw(st.sampled_from([1, 2, 15, 16, 17, 255, 256, 257]))
    size = (long_side, short_side) if draw(st.booleans()) else (short_side, long_side)
    format_ = draw(st.sampled_from(FORMATS))
    if format_ == "AVIF":
        size = (min(size[0], 4000), min(size[1], 4000))
    return file(Image.new(draw(st.sampled_from(["RGB", "L"])), size), format_)


@st.composite
def garbage(draw: DrawFn) -> bytes:
    """Any bytes, mostly behind the first bytes of some format."""
    start = draw(st.sampled_from([b"", *MAGIC.values()]))
    return start + draw(st.binary(max_size=300)) * draw(st.sampled_from([1, 1, 100]))


def renamed() -> SearchStrategy[bytes]:
    """A file of a format that is not taken."""
    return st.sampled_from(others())


STRATEGIES: dict[str, SearchStrategy[bytes]] = {
    "damaged": damaged(),
    "cut off": cut_off(),
    "by hand": st.one_of(pngs(), gifs(), bmps(), directories(), webps(), jpegs()),
    "profile": profiles(),
    "exif": exifs(),
    "polyglot": polyglots(),
    "shape": shapes(),
    "garbage": garbage(),
    "renamed": renamed(),
}
_WEIGHTS = {"damaged": 8, "by hand": 6, "profile": 2, "exif": 2, "polyglot": 2}


@st.composite
def _named(draw: DrawFn, name: str) -> tuple[str, bytes]:
    return name, draw(STRATEGIES[name])


def files() -> SearchStrategy[tuple[str, bytes]]:
    """The name of a strategy and a file of it."""
    names = [name for name in STRATEGIES for _ in range(_WEIGHTS.get(name, 1))]
    return st.sampled_from(names).flatmap(partial(_named))
