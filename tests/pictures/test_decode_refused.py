"""Bombs, damage, lies: refused with an error that says which, before they cost anything."""

import random
import struct
import zlib
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from pictures.decode import decode
from pictures.errors import (
    DecompressionBomb,
    NotAnImage,
    PictureError,
    TooManyBytes,
    TooManyParts,
    TooManyPixels,
    TooMuchMemory,
    TooNarrow,
    TooSmall,
    UnreadableImage,
)
from pictures.kinds import Kind
from pictures.png_cleaning import PARTS, clean_png

from .hostile import FORMATS, bmp, lying, tiff
from .making import LIMITS, file, grown_gif, png, png_chunk, scene, with_png_chunk


def refused(data: bytes, **limits: Any) -> PictureError:
    with pytest.raises(PictureError) as caught:
        decode(data, replace(LIMITS, **limits))
    return caught.value


@pytest.mark.parametrize(
    ("format_", "side"),
    [
        ("PNG", 60000),
        ("JPEG", 60000),
        ("GIF", 60000),
        ("BMP", 60000),
        ("TIFF", 60000),
        ("WEBP", 16000),
        ("AVIF", 16000),
    ],
)
def test_header_of_a_bomb(format_: str, side: int) -> None:
    """A small file that claims an enormous picture is a bomb, told from its header."""
    data = lying(format_, side)
    error = refused(data)
    assert isinstance(error, DecompressionBomb)
    assert (len(data), side * side, "") == (error.size, error.unpacked, error.part)


def test_lossless_webp_bomb() -> None:
    """A WebP without an extended header is measured too."""
    bits = (16000 - 1) | (16000 - 1) << 14
    body = b"WEBPVP8L" + struct.pack("<I", 5) + b"\x2f" + struct.pack("<I", bits) + b"\0"
    error = refused(b"RIFF" + struct.pack("<I", len(body)) + body)
    assert isinstance(error, DecompressionBomb)


def test_honest_but_large() -> None:
    """A real picture over the limit is told apart from a bomb, with its size."""
    error = refused(file(Image.effect_noise((300, 200), 80), "PNG"), max_pixels=50_000)
    assert isinstance(error, TooManyPixels)
    assert (error.width, error.height, error.limit) == (300, 200, 50_000)


@pytest.mark.parametrize("format_", FORMATS)
def test_pixels_at_the_limit(format_: str) -> None:
    """A picture of exactly the limit is taken, one of a row more is not."""
    data = file(Image.effect_noise((40, 50), 80).convert("RGB"), format_)
    assert decode(data, replace(LIMITS, max_pixels=2000)).full_size == (40, 50)
    assert isinstance(refused(data, max_pixels=1999), TooManyPixels)


def test_gif_frame_beyond_its_screen() -> None:
    """A GIF whose frame grows far beyond the declared screen is a bomb."""
    assert isinstance(refused(grown_gif((40, 40), (60000, 60000))), DecompressionBomb)


def test_too_many_bytes() -> None:
    """A file over the limit is refused with both numbers."""
    error = refused(bytes(101), max_bytes=100)
    assert isinstance(error, TooManyBytes)
    assert (error.size, error.limit) == (101, 100)


@pytest.mark.parametrize(
    ("name", "start", "part"),
    [
        (b"zTXt", b"Comment\0\0", "text"),
        (b"iTXt", b"Comment\0\1\0en\0\0", "text"),
        (b"iCCP", b"icc\0\0", "icc"),
    ],
)
def test_png_chunk_that_unpacks_to_too_much(name: bytes, start: bytes, part: str) -> None:
    """A packed text or profile of more than 1 MiB is a bomb."""
    chunk = png_chunk(name, start + zlib.compress(bytes(8 << 20)))
    error = refused(with_png_chunk(file(scene(), "PNG"), chunk))
    assert isinstance(error, DecompressionBomb)
    assert part == error.part


def test_many_small_text_bombs() -> None:
    """Texts count together."""
    chunk = png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(300_000)))
    error = refused(with_png_chunk(file(scene(), "PNG"), chunk * 4))
    assert isinstance(error, DecompressionBomb)


def test_large_plain_text_is_no_bomb() -> None:
    """A text that is as large as it looks does no harm and is ignored."""
    chunk = png_chunk(b"tEXt", b"Comment\0" + b"x" * (2 << 20))
    assert decode(with_png_chunk(file(scene(), "PNG"), chunk), LIMITS).full_size == (64, 48)


@pytest.mark.parametrize("size", [(1, 300), (300, 1), (15, 15)])
def test_too_small(size: tuple[int, int]) -> None:
    """A side under the least is refused with the sizes."""
    error = refused(file(Image.new("RGB", size), "PNG"))
    assert isinstance(error, TooSmall)
    assert (*size, 16) == (error.width, error.height, error.min_side)


def test_too_narrow() -> None:
    """A strip longer than the widest aspect is refused; one of exactly that aspect is taken."""
    error = refused(file(Image.new("RGB", (161, 20)), "PNG"))
    assert isinstance(error, TooNarrow)
    assert (error.width, error.height, error.max_aspect) == (161, 20, 8.0)
    assert decode(file(Image.new("RGB", (160, 20)), "PNG"), LIMITS).full_size == (160, 20)


def test_not_an_image() -> None:
    """What is no image is refused with a guess at what it is."""
    error = refused(b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic")
    assert isinstance(error, NotAnImage)
    assert error.guess == Kind.HEIC


def test_camera_raw_in_tiff() -> None:
    """A DNG is refused: its first picture is only a thumbnail."""
    error = refused(file(scene(), "TIFF", tiffinfo={50706: b"\1\4\0\0"}))
    assert isinstance(error, NotAnImage)
    assert error.guess == Kind.RAW


@pytest.mark.parametrize("format_", ["WEBP", "AVIF"])
def test_more_memory_than_allowed(format_: str) -> None:
    """Where a library would call a lack of memory damage, it is foreseen from the size."""
    data = file(Image.new("RGB", (1000, 1000)), format_)
    error = refused(data, memory_mib=60)
    assert isinstance(error, TooMuchMemory)
    assert error.memory_mib == 60


def detailed() -> Image.Image:
    return Image.effect_noise((80, 60), 90).convert("RGB")


@pytest.mark.parametrize("format_", FORMATS)
def test_cut_off_anywhere(format_: str) -> None:
    """A file that is cut off before its last 32 bytes gives an error, never half a picture.

    In those a PNG has checksums and its end, and all pixels lie before them.
    """
    data = file(detailed(), format_)
    for length in range(1, len(data) - 32, max(1, len(data) // 60)):
        error = refused(data[:length])
        assert type(error) in {UnreadableImage, NotAnImage}, length


@pytest.mark.parametrize("format_", FORMATS)
def test_damaged_anywhere(format_: str) -> None:
    """A file with damaged bytes gives a picture or one of our errors, nothing else."""
    chance = random.Random(format_)
    data = file(detailed(), format_)
    for _ in range(60):
        damaged = bytearray(data)
        for _ in range(chance.choice([1, 1, 4, 30])):
            damaged[chance.randrange(len(data))] = chance.randrange(256)
        try:
            assert decode(bytes(damaged), LIMITS).image.mode in {"RGB", "RGBA"}
        except PictureError:
            continue


@pytest.mark.parametrize(
    "head",
    [
        b"\xff\xd8\xff\xe0",
        b"\x89PNG\r\n\x1a\n",
        b"RIFF\xff\xff\xff\xffWEBPVP8 ",
        b"GIF89a",
        b"BM\0\0\0\0\0\0\0\0\0\0\0\0\x28\0\0\0",
        b"II*\0\x08\0\0\0",
        b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf",
    ],
    ids=FORMATS,
)
def test_garbage_that_starts_right(head: bytes) -> None:
    """Garbage behind the first bytes of a format is an unreadable picture or a bomb."""
    chance = random.Random(0)
    for _ in range(40):
        error = refused(head + chance.randbytes(chance.choice([0, 10, 1000])))
        assert isinstance(error, (UnreadableImage, DecompressionBomb, TooManyPixels, TooSmall))


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n" + png_chunk(b"IDAT", b""),
        b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", bytes(12)),
        png(32, 32, b"", depth=3),
        png(0, 32, b""),
        png(32, 32, b"\0" * 50),
        png(32, 32, b"\0" * 5000)[:-30],
        png(32, 32, b"", extra=png_chunk(b"IHDR", struct.pack(">IIBBBBB", 99, 99, 8, 2, 0, 0, 0))),
    ],
    ids=["no header", "short header", "depth 3", "no width", "too few rows", "cut", "two headers"],
)
def test_broken_png(data: bytes) -> None:
    """A PNG that breaks its own rules is unreadable."""
    assert isinstance(refused(data), UnreadableImage)


def test_error_keeps_what_pillow_said() -> None:
    """The detail for the log names the format and what went wrong."""
    error = refused(file(detailed(), "JPEG")[:-200])
    assert isinstance(error, UnreadableImage)
    assert error.format == "JPEG"
    assert "truncated" in error.detail


@pytest.mark.parametrize("name", [b"IDAT", b"juNk", b"tEXt"])
def test_too_many_png_chunks(name: bytes) -> None:
    """A PNG of nothing but chunks is refused."""
    error = refused(with_png_chunk(file(scene(), "PNG"), png_chunk(name, b"") * PARTS))
    assert isinstance(error, TooManyParts)
    assert ("chunk", PARTS) == (error.part, error.limit)


def test_only_the_first_profile_counts() -> None:
    """Thousands of profiles that unpack to a megabyte each are not unpacked."""
    chunk = png_chunk(b"iCCP", b"icc\0\0" + zlib.compress(bytes(1 << 20)))
    data = with_png_chunk(file(scene(), "PNG"), chunk * 500)
    assert clean_png(data).count(b"iCCP") == 1
    assert decode(data, LIMITS).full_size == (64, 48)


def test_blank_and_large() -> None:
    """A large picture that hardly holds anything is a bomb, though its size would be taken."""
    limits = replace(LIMITS, max_pixels=80_000_000)
    data = file(Image.new("L", (3000, 3000)), "PNG")
    with pytest.raises(DecompressionBomb) as caught:
        decode(data, limits)
    assert (len(data), 9_000_000) == (caught.value.size, caught.value.unpacked)
    assert decode(file(Image.new("L", (2900, 2900)), "PNG"), limits).full_size == (2900, 2900)


def test_bmp_in_too_many_runs() -> None:
    """Pillow unpacks runs in Python: a megabyte of them is refused."""
    error = refused(bmp(1000, 1000, b"\1\5" * 600_000, packing=1))
    assert isinstance(error, TooManyParts)
    assert error.part == "run"


def test_floats_that_need_too_much() -> None:
    """A TIFF of floats is refused from its size, not after seconds."""
    error = refused(file(Image.new("F", (1000, 1000)), "TIFF"), memory_mib=60)
    assert isinstance(error, TooMuchMemory)


def test_absurd_exif_costs_no_picture() -> None:
    """EXIF of more entries than any camera writes is taken as none."""
    exif = b"Exif\0\0" + tiff([(tag, 3, 1, 6) for tag in range(0x0112, 0x0112 + 5000)])
    assert decode(file(scene(), "WEBP", exif=exif), LIMITS).full_size == (64, 48)
